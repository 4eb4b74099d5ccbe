using System.Globalization;
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

    /// <summary>Where in a JSON object the list is: <c>/orders/0/lines</c>; null: the object itself is the list.</summary>
    public string? ItemsPointer { get; init; }

    /// <summary>JSON, JSONL or CSV.</summary>
    public string InputType { get; init; } = "JSON";

    /// <summary>Column names; null: the first row has them.</summary>
    public IReadOnlyList<string>? CsvHeaders { get; init; }

    public char CsvDelimiter { get; init; } = ',';

    public NumberField MaxItems { get; init; } = new("MaxItems", null, null);

    public IEnumerable<string> Variables => (Parameters?.Variables ?? []).Concat(MaxItems.Variables);

    /// <exception cref="StateFailedException">States.ItemReaderFailed: the object cannot be read.</exception>
    /// <param name="maximumItems">How many items at most; 0 and null are all of them.</param>
    public async Task<AslValue> ReadAsync(Branch branch, Evaluation evaluation, long? maximumItems, CancellationToken cancellationToken)
    {
        if (maximumItems is < 0)
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
            ? AslValue.Array([.. AslValue.Parse((answer["Contents"] ?? new JsonArray()).ToJsonString()).Items.ToArray().Select(ListedObject)])
            : Read(Convert.FromBase64String(answer["Body"]?.GetValue<string>() ?? ""));
        return maximumItems is > 0 and { } maximum && items.Count > maximum ? AslValue.Array(items.Items[..(int)maximum].ToArray()) : items;
    }

    private AslValue Read(byte[] body)
    {
        switch (InputType)
        {
            case "CSV":
                return ReadCsv(Encoding.UTF8.GetString(body));
            case "JSONL":
                var lines = Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return AslValue.Array([.. lines.Select(line => ParseJson(Encoding.UTF8.GetBytes(line)))]);
            case "JSON":
                return List(ParseJson(body));
            default:
                throw Failure($"LocalCloud does not read the InputType {InputType}; it reads CSV, JSON and JSONL.");
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

    /// <summary>The list that the object is or, by ItemsPointer, holds.</summary>
    private AslValue List(AslValue content)
    {
        var items = ItemsPointer is null ? content : JsonPointer(content, ItemsPointer);
        return items is { IsArray: true } ? items : throw Failure("Attempting to map over non-iterable node.");
    }

    // RFC 6901: "/a/0/b", where ~1 stands for a slash and ~0 for a tilde.
    private static AslValue? JsonPointer(AslValue content, string pointer)
    {
        AslValue? current = content;
        foreach (var token in pointer.Split('/').Skip(1))
        {
            var name = token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            current = current is { IsArray: true } list
                ? int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Count ? list.Items[index] : null
                : current?.Find(name);
        }

        return current;
    }

    // The names that Step Functions gives the members, and the time in seconds.
    private static AslValue ListedObject(AslValue entry)
    {
        var item = AslValue.EmptyObject;
        foreach (var (name, value) in entry.Members)
        {
            item = name switch
            {
                "ETag" => item.With("Etag", value),
                "LastModified" when value.IsString => item.With(
                    name, AslValue.Of(DateTimeOffset.Parse(value.Text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds())),
                "LastModified" => item.With(name, AslValue.Of((long)value.Number)),
                _ => item.With(name, value),
            };
        }

        return item;
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

        if (headers.Distinct(StringComparer.Ordinal).Count() < headers.Count)
        {
            throw Failure("CSV headers cannot contain duplicates.");
        }

        return AslValue.Array([.. rows.Select(row => Row(headers, row))]);
    }

    // A row that is too short has empty values; what a longer one has beside the columns is left out.
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
