using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>
/// Reads a template's text, YAML or JSON, as one JSON tree in which YAML's short forms are written out:
/// <c>!GetAtt Queue.Arn</c> becomes <c>{"Fn::GetAtt": ["Queue", "Arn"]}</c>.
/// </summary>
internal static class TemplateReader
{
    private static readonly SearchValues<char> s_numberCharacters = SearchValues.Create("0123456789.eE+-");

    // A stream, its document and the root mapping are levels of YAML too.
    private const int MaximumDepth = 64;

    private static readonly JsonDocumentOptions s_jsonOptions = new() { AllowDuplicateProperties = false, MaxDepth = MaximumDepth };

    /// <exception cref="Wire.AwsServiceException">ValidationError: not well-formed, or not an object.</exception>
    public static JsonObject Read(string text)
    {
        var root = text.AsSpan().TrimStart() is ['{', ..] ? ReadJson(text) : ReadYaml(text);
        return root as JsonObject ?? throw TemplateErrors.Format("unsupported structure.");
    }

    private static JsonNode? ReadJson(string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: s_jsonOptions);
        }
        catch (JsonException error)
        {
            throw TemplateErrors.Format($"JSON not well-formed. (line {error.LineNumber + 1}, column {error.BytePositionInLine + 1})");
        }
    }

    private static JsonNode? ReadYaml(string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new BoundedParser(new Parser(new StringReader(text))));
            return stream.Documents.Count == 1 ? Convert(stream.Documents[0].RootNode) : null;
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            // YamlDotNet's scanner fails so on some malformed scalars, its nodes on a mapping without a key.
            throw TemplateErrors.Format("YAML not well-formed.");
        }
        catch (YamlException error)
        {
            throw TemplateErrors.Format($"YAML not well-formed. (line {error.Start.Line}, column {error.Start.Column})");
        }
    }

    private static Wire.AwsServiceException TooDeep(long line, long column) =>
        TemplateErrors.Format($"the template is nested deeper than {MaximumDepth} levels. (line {line}, column {column})");

    private static JsonNode? Convert(YamlNode node)
    {
        var value = node switch
        {
            YamlScalarNode scalar => Scalar(scalar),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
            YamlMappingNode mapping => Mapping(mapping),
            _ => throw TemplateErrors.Format("unsupported structure."),
        };
        return node.Tag.IsEmpty || node.Tag.IsNonSpecific || !node.Tag.Value.StartsWith('!') ? value : ShortForm(node.Tag.Value[1..], value);
    }

    private static JsonObject Mapping(YamlMappingNode mapping)
    {
        var result = new JsonObject();
        foreach (var (key, value) in mapping)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                throw TemplateErrors.Format($"YAML not well-formed. (line {key.Start.Line}, column {key.Start.Column})");
            }

            result[name] = Convert(value);
        }

        return result;
    }

    // !Ref X, !Condition X; every other short form is a function: !Sub, !Join…
    private static JsonObject ShortForm(string name, JsonNode? value) => name switch
    {
        "Ref" or "Condition" => new JsonObject { [name] = value },
        "GetAtt" when value is JsonValue text && text.GetValueKind() == JsonValueKind.String => new JsonObject { ["Fn::GetAtt"] = AttributePath(text.GetValue<string>()) },
        _ when Intrinsics.Functions.Contains("Fn::" + name) => new JsonObject { ["Fn::" + name] = value },
        _ => throw TemplateErrors.Format($"YAML tag !{name} is not supported."),
    };

    private static JsonArray AttributePath(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? [path] : [path[..dot], path[(dot + 1)..]];
    }

    // Plain scalars as YAML's core schema has them. Dates stay text, as CloudFormation wants them, and so do numbers with
    // leading zeros: an account id is no octal number.
    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty)
        {
            return text;
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => true,
            "false" or "False" or "FALSE" => false,
            _ when IsNumber(text) => JsonNode.Parse(text),
            _ => text,
        };
    }

    private static bool IsNumber(string text)
    {
        var digits = text.AsSpan().TrimStart('-');
        return digits.Length > 0 && text.Length - digits.Length <= 1 && char.IsAsciiDigit(digits[0]) && char.IsAsciiDigit(digits[^1])
            && (digits[0] != '0' || digits.Length == 1 || digits[1] == '.')
            && digits.IndexOfAnyExcept(s_numberCharacters) < 0
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
    }

    // Loading and converting recurse, and an alias stands for its anchor as often as it is written: both are refused while the text is read.
    private sealed class BoundedParser(IParser parser) : IParser
    {
        private int _depth;

        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            if (!parser.MoveNext())
            {
                return false;
            }

            _depth += Current!.NestingIncrease;
            return _depth > MaximumDepth ? throw TooDeep(Current.Start.Line, Current.Start.Column)
                : Current is AnchorAlias ? throw TemplateErrors.Template("YAML aliases are not allowed in CloudFormation templates")
                : true;
        }
    }
}
