using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Oith.Tests.Conformance;

/// <summary>Turns an HTTP answer into the tree that the recordings show: members, ResponseMetadata, Error.</summary>
internal static class AwsAnswer
{
    private static readonly Dictionary<string, string> s_sqsLists = new(StringComparer.Ordinal)
    {
        ["Message"] = "Messages",
        ["SendMessageBatchResultEntry"] = "Successful",
        ["DeleteMessageBatchResultEntry"] = "Successful",
        ["ChangeMessageVisibilityBatchResultEntry"] = "Successful",
        ["BatchResultErrorEntry"] = "Failed",
    };

    private static readonly Dictionary<string, (string Member, string Key)> s_sqsMaps = new(StringComparer.Ordinal)
    {
        ["Attribute"] = ("Attributes", "Name"),
        ["MessageAttribute"] = ("MessageAttributes", "Name"),
        ["Tag"] = ("Tags", "Key"),
    };

    public static async Task<JsonObject> FromJsonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var answer = text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
        if (!response.IsSuccessStatusCode)
        {
            var type = answer["__type"]?.GetValue<string>() ?? "";
            type = type[(type.LastIndexOf('#') + 1)..];
            var error = new JsonObject
            {
                ["Code"] = type,
                ["Message"] = (answer["message"] ?? answer["Message"])?.DeepClone(),
            };
            if (response.Headers.TryGetValues("x-amzn-query-error", out var header) && header.First().Split(';') is [var code, var sender])
            {
                error["Code"] = code;
                error["QueryErrorCode"] = type;
                error["Type"] = sender;
            }

            answer.Remove("__type");
            answer["Error"] = error;
        }

        return WithMetadata(answer, response);
    }

    public static async Task<JsonObject> FromXmlAsync(HttpResponseMessage response, bool isSqs, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var root = XDocument.Parse(text).Root!;
        if (!response.IsSuccessStatusCode)
        {
            var error = root.Descendants().First(element => element.Name.LocalName == "Error");
            return WithMetadata(new JsonObject { ["Error"] = Members(error, isSqs: false) }, response);
        }

        var result = root.Elements().FirstOrDefault(element => element.Name.LocalName.EndsWith("Result", StringComparison.Ordinal));
        return WithMetadata(result is null ? [] : Members(result, isSqs), response);
    }

    private static JsonObject WithMetadata(JsonObject answer, HttpResponseMessage response)
    {
        answer["ResponseMetadata"] = new JsonObject { ["HTTPHeaders"] = new JsonObject(), ["HTTPStatusCode"] = (int)response.StatusCode };
        return answer;
    }

    private static JsonObject Members(XElement parent, bool isSqs)
    {
        var members = new JsonObject();
        foreach (var group in parent.Elements().GroupBy(element => element.Name.LocalName))
        {
            var name = group.Key;
            if (isSqs && s_sqsMaps.TryGetValue(name, out var map))
            {
                members[map.Member] = new JsonObject(group.Select(item => KeyValuePair.Create(Text(item, map.Key)!, Value(item, "Value", isSqs))));
            }
            else if (isSqs && s_sqsLists.TryGetValue(name, out var list))
            {
                members[list] = new JsonArray([.. group.Select(item => (JsonNode)Members(item, isSqs))]);
            }
            else if (isSqs && name == "QueueUrl" && parent.Name.LocalName.StartsWith("List", StringComparison.Ordinal))
            {
                members["QueueUrls"] = new JsonArray([.. group.Select(item => (JsonNode)item.Value)]);
            }
            else
            {
                members[name] = Node(group.First(), isSqs);
            }
        }

        return members;
    }

    private static JsonNode? Node(XElement element, bool isSqs)
    {
        var children = element.Elements().ToArray();
        if (children.Length == 0)
        {
            return element.Value.Length == 0 ? null : element.Value;
        }

        return children[0].Name.LocalName switch
        {
            "member" => new JsonArray([.. children.Select(child => Node(child, isSqs))]),
            "entry" => new JsonObject(children.Select(entry => KeyValuePair.Create(
                Text(entry, "key") ?? Text(entry, "Name")!,
                Value(entry, "value", isSqs) ?? Value(entry, "Value", isSqs)))),
            _ => Members(element, isSqs),
        };
    }

    private static string? Text(XElement parent, string name) => Child(parent, name)?.Value;

    private static JsonNode? Value(XElement parent, string name, bool isSqs) =>
        Child(parent, name) is not { } child ? null : child.HasElements ? Node(child, isSqs) : child.Value;

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(element => element.Name.LocalName == name);
}
