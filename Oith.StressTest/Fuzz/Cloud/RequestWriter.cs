using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>Writes an operation's input as the request of one of the service's protocols.</summary>
internal static class RequestWriter
{
    // The JSON tree is no deeper than the shapes; what is deeper is put in as text.
    private static readonly JsonWriterOptions s_json = new() { MaxDepth = 1000, SkipValidation = true };

    /// <param name="protocol">One of the service's.</param>
    public static CloudRequest Write(OperationModel operation, string protocol, JsonObject input) => protocol switch
    {
        "json" => WriteJson(operation, input),
        "smithy-rpc-v2-cbor" => WriteCbor(operation, input),
        "query" or "ec2" => WriteQuery(operation, protocol == "ec2", input),
        _ => WriteRest(operation, protocol == "rest-xml", input),
    };

    /// <summary>A damaged copy: cut short, with a byte changed, or sent as another type.</summary>
    public static CloudRequest Damaged(CloudRequest request, PCG random)
    {
        var body = request.Body.ToArray();
        if (body.Length == 0)
        {
            return request;
        }

        switch (random.Next(3))
        {
            case 0:
                return request with { Body = body.AsMemory(0, (int)random.Next((uint)body.Length)) };
            case 1:
                body[random.Next((uint)body.Length)] = (byte)random.Next(256);
                return request with { Body = body };
            default:
                return request with { ContentType = random.Next(2) == 0 ? "text/plain" : "multipart/form-data; boundary=x" };
        }
    }

    public static byte[] Json(JsonNode? node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_json))
        {
            if (node is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                node.WriteTo(writer);
            }
        }

        var text = Encoding.UTF8.GetString(buffer.WrittenSpan);
        foreach (var (mark, json) in Oddities.Raw)
        {
            text = text.Replace($"\"\\uE000{mark[1..]}\"", json, StringComparison.OrdinalIgnoreCase);
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static CloudRequest WriteJson(OperationModel operation, JsonObject input) => new(operation, "POST", "/", Json(input))
    {
        ContentType = $"application/x-amz-json-{operation.Service.JsonVersion}",
        Target = $"{operation.Service.TargetPrefix}.{operation.Name}",
    };

    private static CloudRequest WriteCbor(OperationModel operation, JsonObject input) =>
        new(operation, "POST", $"/service/{operation.Service.TargetPrefix}/operation/{operation.Name}", CborBody.Write(input)) { ContentType = "application/cbor" };

    private static CloudRequest WriteQuery(OperationModel operation, bool isEc2, JsonObject input)
    {
        var form = new StringBuilder($"Action={operation.Name}&Version={operation.Service.ApiVersion}");
        foreach (var (name, value) in Flatten(input, "", isEc2))
        {
            form.Append('&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
        }

        return new CloudRequest(operation, "POST", "/", Encoding.UTF8.GetBytes(form.ToString())) { ContentType = "application/x-www-form-urlencoded" };
    }

    private static IEnumerable<(string Name, string Value)> Flatten(JsonNode? node, string prefix, bool isEc2)
    {
        var dot = prefix.Length == 0 ? "" : ".";
        return node switch
        {
            JsonObject members => members.SelectMany(member => Flatten(member.Value, $"{prefix}{dot}{member.Key}", isEc2)),
            JsonArray items => items.SelectMany((item, index) => Flatten(item, $"{prefix}{(isEc2 ? "" : ".member")}.{index + 1}", isEc2)),
            null => [(prefix, "")],
            _ => [(prefix, Text(node))],
        };
    }

    private static CloudRequest WriteRest(OperationModel operation, bool isXml, JsonObject input)
    {
        var shape = operation.InputShape is { } name ? operation.Service.Shape(name) : [];
        var path = operation.Path;
        var query = new List<string>();
        var headers = new List<KeyValuePair<string, string>>();
        var body = new JsonObject();
        var members = shape["members"] as JsonObject ?? [];
        foreach (var (member, value) in input)
        {
            var model = members[member] as JsonObject ?? [];
            var wireName = model["locationName"]?.GetValue<string>() ?? member;
            switch (model["location"]?.GetValue<string>())
            {
                case "uri":
                    path = path.Replace($"{{{wireName}}}", Uri.EscapeDataString(Text(value)), StringComparison.Ordinal)
                        .Replace($"{{{wireName}+}}", Uri.EscapeDataString(Text(value)), StringComparison.Ordinal);
                    break;
                case "querystring":
                    query.Add($"{wireName}={Uri.EscapeDataString(Text(value))}");
                    break;
                case "header":
                    headers.Add(KeyValuePair.Create(wireName, Text(value)));
                    break;
                case "headers":
                    break;
                default:
                    body[isXml ? wireName : member] = value?.DeepClone();
                    break;
            }
        }

        // A parameter that was not drawn stays as it is written, which is a name like any other.
        path = path.Replace("{", "%7B", StringComparison.Ordinal).Replace("}", "%7D", StringComparison.Ordinal).Replace("+%7D", "%7D", StringComparison.Ordinal);
        var uri = query.Count == 0 ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{string.Join('&', query)}";
        return new CloudRequest(operation, operation.Method, uri, BodyOf(shape, isXml, body))
        {
            ContentType = isXml ? "application/xml" : "application/json",
            Headers = headers,
        };
    }

    private static byte[] BodyOf(JsonObject shape, bool isXml, JsonObject body)
    {
        var payload = shape["payload"]?.GetValue<string>();
        var content = payload is null ? body : body.FirstOrDefault().Value;
        return (payload, content) switch
        {
            (_, JsonValue text) => Encoding.UTF8.GetBytes(Text(text)),
            (null, JsonObject { Count: 0 }) => [],
            _ when isXml => Encoding.UTF8.GetBytes(Xml(payload ?? "Request", content)),
            _ => Json(content),
        };
    }

    private static string Xml(string name, JsonNode? node)
    {
        var element = new string([.. name.Where(character => char.IsAsciiLetterOrDigit(character) || character == '-')]);
        element = element.Length == 0 || !char.IsAsciiLetter(element[0]) ? "Name" + element : element;
        return node switch
        {
            JsonObject members => $"<{element}>{string.Concat(members.Select(member => Xml(member.Key, member.Value)))}</{element}>",
            JsonArray items => string.Concat(items.Select(item => Xml(element, item))),
            _ => $"<{element}>{System.Net.WebUtility.HtmlEncode(Text(node))}</{element}>",
        };
    }

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value => value.ToJsonString(),
        _ => Encoding.UTF8.GetString(Json(node)),
    };
}

/// <summary>A request to LocalCloud, as it can be repeated.</summary>
internal sealed record CloudRequest(OperationModel Operation, string Method, string Path, ReadOnlyMemory<byte> Body)
{
    private const int LongestShown = 4000;

    public required string ContentType { get; init; }

    public string? Target { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public string Authorization => string.Create(
        CultureInfo.InvariantCulture, $"AWS4-HMAC-SHA256 Credential=fuzz/20260101/us-east-1/{Operation.Service.SigningName}/aws4_request, SignedHeaders=host, Signature=0");

    /// <summary>The curl command that sends it again; a long body is cut, its length is told.</summary>
    public string Repeat(Uri endpoint)
    {
        var text = new StringBuilder($"curl -X {Method} '{endpoint.GetLeftPart(UriPartial.Authority)}{Path}' -H 'Authorization: {Authorization}' -H 'Content-Type: {ContentType}'");
        text.Append(Target is null ? "" : $" -H 'X-Amz-Target: {Target}'");
        foreach (var (name, value) in Headers)
        {
            text.Append(CultureInfo.InvariantCulture, $" -H '{name}: {value}'");
        }

        var shown = Body.Length > LongestShown ? Body[..LongestShown] : Body;
        text.Append(CultureInfo.InvariantCulture, $" --data-binary @<(base64 -d <<< {Convert.ToBase64String(shown.Span)})");
        return Body.Length > LongestShown ? text.Append(CultureInfo.InvariantCulture, $" # the first {LongestShown} of {Body.Length} bytes").ToString() : text.ToString();
    }
}
