using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>Reads the items of a distributed Map from S3: an object in JSON, JSON lines or CSV, or the list of a bucket's objects.</summary>
internal sealed class ItemReader
{
    private const string Failed = "States.ItemReaderFailed";

    public required string Resource { get; init; }

    public PayloadTemplate? Parameters { get; init; }

    /// <summary>JSON, JSONL or CSV.</summary>
    public string InputType { get; init; } = "JSON";

    /// <summary>Column names; null: the first row has them.</summary>
    public IReadOnlyList<string>? CsvHeaders { get; init; }

    public char CsvDelimiter { get; init; } = ',';

    public NumberField MaxItems { get; init; } = new("MaxItems", null, null);

    public IEnumerable<string> Variables => (Parameters?.Variables ?? []).Concat(MaxItems.Variables);

    /// <exception cref="StateFailedException">States.ItemReaderFailed: the object cannot be read.</exception>
    public async Task<AslValue> ReadAsync(
        MapState state, Branch branch, Evaluation evaluation, long? maximumItems, CancellationToken cancellationToken)
    {
        if (maximumItems is <= 0)
        {
            throw Failure("field MaxItems must be positive");
        }

        var parameters = Parameters?.Evaluate(evaluation) ?? AslValue.EmptyObject;
        var isList = Resource.Contains("listObjects", StringComparison.OrdinalIgnoreCase);
        JsonObject answer;
        try
        {
            answer = await branch.Execution.Engine.Api.InvokeAsync(
                "s3", isList ? "ListObjectsV2" : "GetObject", JsonNode.Parse(parameters.ToJson())!.AsObject(), cancellationToken);
        }
        catch (AwsServiceException error)
        {
            throw Failure($"{error.Message} (Service: S3, Status Code: {(int)error.Status})");
        }

        var items = isList
            ? AslValue.Parse((answer["Contents"] ?? new JsonArray()).ToJsonString())
            : Read(state, branch, Convert.FromBase64String(answer["Body"]?.GetValue<string>() ?? ""));
        return maximumItems is { } maximum && items.Count > maximum ? AslValue.Array(items.Items[..(int)maximum].ToArray()) : items;
    }

    private AslValue Read(MapState state, Branch branch, byte[] body)
    {
        switch (InputType)
        {
            case "CSV":
                return ReadCsv(Encoding.UTF8.GetString(body));
            case "JSONL":
                var lines = Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return AslValue.Array([.. lines.Select(line => ParseJson(Encoding.UTF8.GetBytes(line)))]);
            default:
                return List(state, branch, ParseJson(body));
        }
    }

    private static AslValue ParseJson(byte[] body)
    {
        try
        {
            return AslValue.Parse(body);
        }
        catch (JsonException error)
        {
            throw Failure($"Attempting to map over non-iterable node: the object is not valid JSON. {error.Message}");
        }
    }

    private static AslValue List(MapState state, Branch branch, AslValue content)
    {
        var items = content;
        if (state.ItemsPath is { Root: PathRoot.Input } path)
        {
            try
            {
                items = path.Path.Evaluate(content, new PathBudget(branch.Stopping, PathBudget.MaximumItemSteps));
            }
            catch (PathNotFoundException)
            {
                // AWS then maps over the whole object.
                items = content;
            }
        }

        return items.Kind switch
        {
            AslKind.Array => items,
            AslKind.Object => AslValue.Array(
                [.. items.Members.ToArray().Select(member => AslValue.Object(("Key", AslValue.Of(member.Key)), ("Value", member.Value)))]),
            _ => throw Failure("Attempting to map over non-iterable node."),
        };
    }

    private AslValue ReadCsv(string text)
    {
        var rows = CsvRows(text).ToList();
        var headers = CsvHeaders;
        if (headers is null)
        {
            if (rows.Count == 0)
            {
                return AslValue.EmptyArray;
            }

            headers = rows[0];
            rows.RemoveAt(0);
        }

        return AslValue.Array([.. rows.Select(row => Row(headers, row))]);
    }

    // A row that is too short has empty values; of two columns with one name the last counts.
    private static AslValue Row(IReadOnlyList<string> headers, List<string> row)
    {
        var item = AslValue.EmptyObject;
        for (var i = 0; i < headers.Count; i++)
        {
            item = item.With(headers[i], AslValue.Of(i < row.Count ? row[i] : ""));
        }

        return item;
    }

    private IEnumerable<List<string>> CsvRows(string text)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else if (c == '"')
                {
                    isQuoted = false;
                }
                else
                {
                    field.Append(c);
                }
            }
            else if (c == '"' && field.Length == 0)
            {
                isQuoted = true;
            }
            else if (c == CsvDelimiter)
            {
                row.Add(field.ToString());
                field.Clear();
            }
            else if (c == '\n')
            {
                row.Add(field.ToString());
                field.Clear();
                yield return row;
                row = [];
            }
            else if (c != '\r')
            {
                field.Append(c);
            }
        }

        if (field.Length > 0 || row.Count > 0)
        {
            row.Add(field.ToString());
            yield return row;
        }
    }

    private static StateFailedException Failure(string cause) => new(new StateFailure(Failed, cause));
}
