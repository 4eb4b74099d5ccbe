using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// SQS's own dialect of the Query protocol: lists are flattened under singular names, maps are lists of
/// <c>Attribute.1.Name=…&amp;Attribute.1.Value=…</c>.
/// </summary>
internal static class SQSQueryProtocol
{
    private static readonly Dictionary<string, string> s_lists = new(StringComparer.Ordinal)
    {
        ["AttributeName"] = "AttributeNames",
        ["MessageAttributeName"] = "MessageAttributeNames",
        ["MessageSystemAttributeName"] = "MessageSystemAttributeNames",
        ["TagKey"] = "TagKeys",
        ["AWSAccountId"] = "AWSAccountIds",
        ["ActionName"] = "Actions",
        ["SendMessageBatchRequestEntry"] = "Entries",
        ["DeleteMessageBatchRequestEntry"] = "Entries",
        ["ChangeMessageVisibilityBatchRequestEntry"] = "Entries",
    };

    private static readonly Dictionary<string, (string Member, string Key)> s_maps = new(StringComparer.Ordinal)
    {
        ["Attribute"] = ("Attributes", "Name"),
        ["MessageAttribute"] = ("MessageAttributes", "Name"),
        ["MessageSystemAttribute"] = ("MessageSystemAttributes", "Name"),
        ["Tag"] = ("Tags", "Key"),
    };

    private static readonly HashSet<string> s_numbers = new(StringComparer.Ordinal)
    {
        "DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds", "MaxResults", "MaxNumberOfMessagesPerSecond",
    };

    private static readonly Dictionary<string, string> s_batchResults = new(StringComparer.Ordinal)
    {
        ["SendMessageBatch"] = "SendMessageBatchResultEntry",
        ["DeleteMessageBatch"] = "DeleteMessageBatchResultEntry",
        ["ChangeMessageVisibilityBatch"] = "ChangeMessageVisibilityBatchResultEntry",
    };

    /// <summary>Lists that stand without an element around them.</summary>
    public static IReadOnlyDictionary<string, string> FlatLists { get; } = new[]
    {
        "QueueUrl", "Message", "Attribute", "MessageAttribute", "Tag", "BatchResultErrorEntry", "ListMessageMoveTasksResultEntry",
    }.Concat(s_batchResults.Values).ToDictionary(name => name, _ => "", StringComparer.Ordinal);

    /// <exception cref="AwsServiceException">InvalidAction: the call was sent to a queue's URL and is about no queue.</exception>
    public static JsonObject FromQuery(string action, JsonObject form)
    {
        if (action is "CreateQueue" or "ListQueues" && form.ContainsKey("QueueUrl"))
        {
            throw SQSErrors.InvalidAction(action);
        }

        var input = new JsonObject();
        foreach (var (name, value) in form.ToArray())
        {
            form.Remove(name);
            if (s_maps.TryGetValue(name, out var map))
            {
                input[map.Member] = ToMap(value, map.Key);
            }
            else if (s_lists.TryGetValue(name, out var member))
            {
                input[member] = ToList(action, value);
            }
            else
            {
                input[name] = s_numbers.Contains(name) ? ToNumber(name, value) : value;
            }
        }

        return input;
    }

    public static JsonObject ToQuery(string action, JsonObject output)
    {
        var answer = new JsonObject();
        foreach (var (name, value) in output.ToArray())
        {
            output.Remove(name);
            switch (name)
            {
                case "Messages":
                    answer["Message"] = new JsonArray([.. TakeItems(value).Select(message => (JsonNode)ToQuery(action, message!.AsObject()))]);
                    break;
                case "Attributes":
                    answer["Attribute"] = FromMap(value, "Name");
                    break;
                case "MessageAttributes":
                    answer["MessageAttribute"] = FromMap(value, "Name");
                    break;
                case "Tags":
                    answer["Tag"] = FromMap(value, "Key");
                    break;
                case "QueueUrls" or "queueUrls":
                    answer["QueueUrl"] = value;
                    break;
                case "Successful":
                    answer[s_batchResults[action]] = value;
                    break;
                case "Failed":
                    answer["BatchResultErrorEntry"] = value;
                    break;
                case "Results":
                    answer["ListMessageMoveTasksResultEntry"] = value;
                    break;
                default:
                    answer[name] = value;
                    break;
            }
        }

        return answer;
    }

    private static JsonArray ToList(string action, JsonNode? value)
    {
        // An empty text is how a form writes an empty list. A client may leave the number of a single item out.
        JsonNode?[] items = value is JsonArray ? TakeItems(value) : IsEmptyText(value) ? [] : [value];
        return new JsonArray([.. items.Select(item => item is JsonObject entry ? FromQuery(action, entry) : item)]);
    }

    private static JsonObject ToMap(JsonNode? value, string key)
    {
        var map = new JsonObject();
        foreach (var item in value is JsonArray ? TakeItems(value) : [value])
        {
            if (item is JsonObject entry && entry[key]?.GetValue<string>() is { } name)
            {
                var content = entry["Value"];
                entry.Remove("Value");
                map[name] = content ?? "";
            }
        }

        return map;
    }

    private static JsonArray FromMap(JsonNode? value, string key)
    {
        var list = new JsonArray();
        foreach (var (name, content) in value!.AsObject().ToArray())
        {
            value.AsObject().Remove(name);
            list.Add(new JsonObject { [key] = name, ["Value"] = content });
        }

        return list;
    }

    private static bool IsEmptyText(JsonNode? value) => value is JsonValue text && text.GetValue<string>().Length == 0;

    private static JsonNode?[] TakeItems(JsonNode? value)
    {
        var items = value!.AsArray().ToArray();
        value.AsArray().Clear();
        return items;
    }

    private static JsonNode? ToNumber(string name, JsonNode? value) =>
        int.TryParse(value?.GetValue<string>(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new AwsServiceException("MalformedInput", $"The parameter {name} must be an integer.");
}
