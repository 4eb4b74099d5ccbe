using Oith.LocalCloud.StepFunctions.Integrations;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads Map states.</summary>
internal sealed class MapParser(DefinitionParser parser)
{
    private const int LongestLabel = 40;

    // What AWS forbids in a label, besides control characters and white space.
    private const string ForbiddenInLabel = "?*<>{}[]:;,\\|^~$#%&`\"";

    public MapState? Parse(DefinitionReader reader, string name)
    {
        var processor = reader.Has("ItemProcessor") ? reader.Object("ItemProcessor") : reader.Object("Iterator");
        if (processor is null)
        {
            reader.Require("ItemProcessor");
            return null;
        }

        var config = processor.Object("ProcessorConfig");
        var isDistributed = config?.String("Mode") == "DISTRIBUTED";
        var isExpress = config?.String("ExecutionType") == "EXPRESS";
        var group = parser.ParseProcessor(processor, isDistributed ? isExpress : parser.IsExpress);
        var parameters = reader.Template("ItemSelector") ?? (reader.IsJsonata ? null : reader.Template("Parameters"));
        var distributed = isDistributed ? Distributed(reader, isExpress) : null;
        var state = new MapState
        {
            Name = name,
            Next = reader.String("Next"),
            InputPath = reader.PathField("InputPath"),
            OutputPath = reader.PathField("OutputPath"),
            IsJsonata = reader.IsJsonata,
            Output = reader.JsonataTemplate("Output"),
            ItemsTemplate = reader.JsonataTemplate("Items"),
            Assign = reader.Template("Assign"),
            ResultPath = reader.ResultPath(),
            ResultSelector = reader.Template("ResultSelector"),
            Retry = StateParser.Retriers(reader),
            Catch = StateParser.Catchers(reader),
            ItemProcessor = group!,
            ItemsPath = reader.PathExpression("ItemsPath"),
            ItemSelector = parameters,
            MaxConcurrency = reader.NumberField("MaxConcurrency", 0),
            Distributed = distributed,
        };
        return group is null ? null : state;
    }

    private static DistributedMap Distributed(DefinitionReader reader, bool isExpress) => new()
    {
        IsExpress = isExpress,
        Label = Label(reader),
        Reader = reader.Object("ItemReader") is { } itemReader ? Reader(itemReader) : null,
        Batcher = reader.Object("ItemBatcher") is { } batcher ? Batcher(batcher) : null,
        Writer = reader.Object("ResultWriter") is { } writer ? Writer(writer) : null,
        ToleratedFailureCount = reader.NumberField("ToleratedFailureCount", null),
        ToleratedFailurePercentage = reader.NumberField("ToleratedFailurePercentage", null),
    };

    /// <summary>What the call of S3 is given; the other language's name for it is refused.</summary>
    private static string ArgumentsName(DefinitionReader reader)
    {
        var (name, other) = reader.IsJsonata ? ("Arguments", "Parameters") : ("Parameters", "Arguments");
        if (reader.Has(other))
        {
            var (language, owner) = reader.IsJsonata ? ("JSONata", "JSONPath") : ("JSONPath", "JSONata");
            reader.Fault($"The QueryLanguage is set to '{language}', but field '{other}' is only supported for the '{owner}' QueryLanguage");
        }

        return name;
    }

    private static string? Label(DefinitionReader reader)
    {
        var label = reader.String("Label");
        if (label is null)
        {
            return null;
        }

        if (label.Length == 0)
        {
            reader.Fault("Label cannot be empty", "Label");
        }
        else if (label.Length > LongestLabel)
        {
            reader.Fault("Label cannot exceed 40 characters", "Label");
        }
        else if (label.FirstOrDefault(c => char.IsControl(c) || char.IsWhiteSpace(c) || ForbiddenInLabel.Contains(c)) is var bad and not '\0')
        {
            reader.Fault($"Label contains invalid character: '{bad}'", "Label");
        }
        else if (label.Contains('\0'))
        {
            reader.Fault("Label contains invalid character: '\\x00'", "Label");
        }

        return label;
    }

    private static ItemReader Reader(DefinitionReader reader)
    {
        reader.Require("Resource");
        var config = reader.Object("ReaderConfig");
        return new ItemReader
        {
            Resource = reader.String("Resource") ?? "",
            Parameters = reader.Template(ArgumentsName(reader)),
            InputType = config?.String("InputType") ?? "JSON",
            ItemsPointer = config?.String("ItemsPointer") is { Length: > 0 } pointer ? pointer : null,
            CsvHeaders = config?.String("CSVHeaderLocation") == "GIVEN" ? config.Strings("CSVHeaders") : null,
            CsvDelimiter = config?.String("CSVDelimiter") switch
            {
                "PIPE" => '|',
                "SEMICOLON" => ';',
                "SPACE" => ' ',
                "TAB" => '\t',
                _ => ',',
            },
            MaxItems = config?.NumberField("MaxItems", null) ?? new NumberField("MaxItems", null, null),
        };
    }

    private static ResultWriter Writer(DefinitionReader reader)
    {
        var config = reader.Object("WriterConfig");
        var parameters = reader.Template(ArgumentsName(reader));
        if (parameters is null != !reader.Has("Resource"))
        {
            reader.Require(parameters is null ? ArgumentsName(reader) : "Resource");
        }
        else if (parameters is null && config is null)
        {
            reader.Fault("At least one of these fields is required: [Resource, WriterConfig]");
        }

        return new ResultWriter
        {
            Parameters = parameters,
            Transformation = OneOf(config, "Transformation", "NONE", "COMPACT", "FLATTEN") ?? (parameters is null ? "COMPACT" : "NONE"),
            OutputType = OneOf(config, "OutputType", "JSON", "JSONL") ?? "JSON",
        };
    }

    private static string? OneOf(DefinitionReader? reader, string field, params string[] values)
    {
        var value = reader?.String(field);
        if (value is null || values.Contains(value, StringComparer.Ordinal))
        {
            return value;
        }

        reader!.Fault($"The field '{field}' should have one of these values: [{string.Join(", ", values)}]", field);
        return null;
    }

    private static ItemBatcher Batcher(DefinitionReader reader) => new(
        reader.Template("BatchInput"),
        reader.NumberField("MaxItemsPerBatch", null, minimum: 1),
        reader.NumberField("MaxInputBytesPerBatch", null, minimum: 1));
}
