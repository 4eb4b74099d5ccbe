using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Oith.LocalCloud.Wire;

/// <summary>Reads the JSON of requests, and passes trees on between services, within one limit of nesting.</summary>
internal static class JsonInput
{
    /// <summary>How deep a call's input and output may nest: DynamoDB's 32 levels of lists and maps are two levels of JSON each.</summary>
    public const int MaximumDepth = 128;

    private static readonly JsonDocumentOptions s_documentOptions = new() { MaxDepth = MaximumDepth };

    private static readonly JsonSerializerOptions s_serializerOptions = new() { MaxDepth = MaximumDepth };

    /// <summary>Reads a request's body; an empty one is an empty object.</summary>
    /// <exception cref="AwsServiceException">SerializationException: not JSON, not an object, nested too deeply, or text that is not Unicode.</exception>
    public static JsonDocument ParseObject(ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0)
        {
            return JsonDocument.Parse("{}");
        }

        // The parser reads texts lazily: a text that no string can hold would fail later, inside of the service.
        if (!Utf8.IsValid(body.Span) || HasLoneSurrogate(body.Span))
        {
            throw Invalid("The request body contains text that is not valid Unicode.");
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, s_documentOptions);
        }
        catch (JsonException)
        {
            throw Invalid("The request body is not valid JSON.");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw Invalid("The request body must be a JSON object.");
    }

    /// <summary>A document inside of a request, a policy or a template; of two members with one name the last counts.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonNode? Parse(string text)
    {
        if (HasLoneSurrogate(System.Text.Encoding.UTF8.GetBytes(text)))
        {
            throw new JsonException("The JSON contains text that is not valid Unicode.");
        }

        using var document = JsonDocument.Parse(text, s_documentOptions);
        return Tree(document.RootElement.Clone());
    }

    /// <summary>A tree as the input of a call, or as an event to be matched.</summary>
    /// <exception cref="AwsServiceException">SerializationException: nested too deeply.</exception>
    public static JsonDocument ToDocument(JsonNode? input)
    {
        try
        {
            return JsonSerializer.SerializeToDocument(input, s_serializerOptions);
        }
        catch (JsonException)
        {
            throw Invalid("The request is nested too deeply.");
        }
    }

    /// <summary>An element as a tree; of two members with one name the last counts, as in AWS's parsers.</summary>
    /// <param name="element">Must outlive the tree.</param>
    public static JsonNode? Tree(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in element.EnumerateObject())
                {
                    members[member.Name] = Tree(member.Value);
                }

                return members;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Tree)]);
            default:
                return JsonValue.Create(element);
        }
    }

    /// <summary>The output that a service wrote, as a tree; empty when it wrote none.</summary>
    public static JsonObject OutputTree(ReadOnlySpan<byte> output) =>
        output.Length == 0 ? [] : JsonNode.Parse(output, documentOptions: s_documentOptions)!.AsObject();

    private static AwsServiceException Invalid(string message) => new("SerializationException", message);

    // "\ud83d" without the second half of its pair. A pair is always written \ud8xx\udcxx, one escape behind the other.
    private static bool HasLoneSurrogate(ReadOnlySpan<byte> json)
    {
        while (json.IndexOf((byte)'\\') is >= 0 and var at && at + 1 < json.Length)
        {
            json = json[at..];
            var unit = CodeUnit(json);
            if (unit is >= 0xDC00 and <= 0xDFFF || (unit is >= 0xD800 and <= 0xDBFF && CodeUnit(json[6..]) is not (>= 0xDC00 and <= 0xDFFF)))
            {
                return true;
            }

            json = json[(unit is >= 0xD800 and <= 0xDBFF ? 12 : 2)..];
        }

        return false;
    }

    /// <returns>The value of the escape <c>\uXXXX</c> at the start, -1 for anything else.</returns>
    private static int CodeUnit(ReadOnlySpan<byte> json) =>
        json.Length >= 6 && json[0] == '\\' && json[1] == 'u'
        && int.TryParse(json[2..6], System.Globalization.NumberStyles.AllowHexSpecifier, null, out var unit) ? unit : -1;
}
