using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Oith.Tests.Conformance;

/// <summary>
/// The values of one replay: what placeholders of the recording (<c>&lt;uuid:1&gt;</c>) stand for here, and the comparison
/// of answers modulo them.
/// </summary>
internal sealed partial class AwsPlaceholders(string endpoint, string account, string region, int caseNumber)
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal)
    {
        ["<endpoint>"] = endpoint,
        ["<region>"] = region,
        ["<partition>"] = "aws",
    };

    // Members of streams whose recorded values stand for the last one answered here, under any of these names.
    private static readonly Dictionary<string, string[]> s_streamMembers = new(StringComparer.Ordinal)
    {
        ["StreamArn"] = ["LatestStreamArn", "StreamArn"],
        ["ShardId"] = ["ShardId"],
        ["ShardIterator"] = ["ShardIterator", "NextShardIterator"],
        ["SequenceNumber"] = ["StartingSequenceNumber", "SequenceNumber"],
    };

    private readonly Dictionary<string, string> _handles = new(StringComparer.Ordinal);
    private readonly List<string> _receivedHandles = [];
    private readonly Dictionary<string, string> _lastOfStream = new(StringComparer.Ordinal);

    /// <summary>Takes over what later calls may use: receipt handles, in the order they were received.</summary>
    public void Remember(JsonObject answer)
    {
        foreach (var message in answer["Messages"] as JsonArray ?? [])
        {
            if (message?["ReceiptHandle"]?.GetValue<string>() is { } handle)
            {
                _receivedHandles.Add(handle);
            }
        }

        RememberStream(answer);
    }

    private void RememberStream(JsonNode? node)
    {
        foreach (var (name, value) in node as JsonObject ?? [])
        {
            if (value is JsonValue text && s_streamMembers.FirstOrDefault(member => member.Value.Contains(name)).Key is { } member)
            {
                _lastOfStream[member] = text.ToString();
            }

            RememberStream(value);
        }

        foreach (var item in node as JsonArray ?? [])
        {
            RememberStream(item);
        }
    }

    /// <summary>The parameters of a call with this replay's values.</summary>
    public JsonObject Fill(JsonObject parameters)
    {
        var isFifo = (parameters["Attributes"] as JsonObject)?["FifoQueue"] is not null;
        return Fill(parameters, "", isFifo)!.AsObject();
    }

    /// <summary>The first difference between an answer and the recorded one, null when there is none.</summary>
    public string? Difference(JsonNode? recorded, JsonNode? actual)
    {
        var bound = new Dictionary<string, string>(_values, StringComparer.Ordinal);
        if (Compare(recorded, actual, "", bound) is { } difference)
        {
            return difference;
        }

        foreach (var (name, value) in bound)
        {
            _values[name] = value;
        }

        return null;
    }

    private JsonNode? Fill(JsonNode? node, string member, bool isFifo) => node switch
    {
        JsonObject members => new JsonObject(members.Select(item =>
            KeyValuePair.Create(item.Key.StartsWith('<') ? Fill(item.Key, "", isFifo) : item.Key, Fill(item.Value, item.Key, isFifo)))),
        JsonArray items => new JsonArray([.. items.Select(item => Fill(item, member, isFifo))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Fill(value.GetValue<string>(), member, isFifo),
        _ => node?.DeepClone(),
    };

    private string Fill(string text, string member, bool isFifo)
    {
        if (member == "ReceiptHandle")
        {
            return Handle(text);
        }

        // An iterator is opaque; the others may be spelled with placeholders that are bound by now.
        var isLiteral = member == "ShardIterator" || !text.Contains(":1>", StringComparison.Ordinal);
        if (isLiteral && _lastOfStream.TryGetValue(member, out var last))
        {
            return _handles.TryGetValue(text, out var known) ? known : _handles[text] = last;
        }

        return Placeholder().Replace(text.Replace("111111111111", account, StringComparison.Ordinal), match =>
        {
            if (!_values.TryGetValue(match.Value, out var value))
            {
                value = $"case-{caseNumber}-{match.Value.Trim('<', '>').Replace(':', '-')}{(isFifo ? ".fifo" : "")}";
                _values.Add(match.Value, value);
            }

            return value;
        });
    }

    /// <summary>A handle of the recording stands for one received here: the one bound to it, else the oldest not yet used.</summary>
    private string Handle(string recorded)
    {
        if (_values.TryGetValue(recorded, out var bound) || _handles.TryGetValue(recorded, out bound))
        {
            return bound;
        }

        var next = _receivedHandles.Find(handle => !_handles.ContainsValue(handle) && !_values.ContainsValue(handle)) ?? recorded;
        return _handles[recorded] = next;
    }

    private string? Compare(JsonNode? recorded, JsonNode? actual, string path, Dictionary<string, string> bound)
    {
        switch (recorded)
        {
            case null:
                return actual is null ? null : $"{path}: AWS has nothing, here is {actual.ToJsonString()}";
            case JsonObject members when actual is JsonObject actualMembers:
                return CompareMembers(members, actualMembers, path, bound);
            case JsonArray items when actual is JsonArray actualItems:
                return CompareItems(items, actualItems, path, bound);
            case JsonObject or JsonArray when actual is JsonValue text && TryParse(text) is { } parsed:
                return Compare(recorded, parsed, path, bound);
            case JsonValue value:
                return CompareValues(value, actual, path, bound);
            default:
                return $"{path}: AWS has {Short(recorded)}, here is {Short(actual)}";
        }
    }

    private string? CompareMembers(JsonObject recorded, JsonObject actual, string path, Dictionary<string, string> bound)
    {
        foreach (var (name, value) in recorded)
        {
            // A client repeats an error's message outside of it when its model says so; that is not the server's answer.
            if (value is null || (name is "message" or "Message" && recorded.ContainsKey("Error")))
            {
                continue;
            }

            if (!actual.TryGetPropertyValue(name, out var actualValue) || actualValue is null)
            {
                return $"{path}/{name}: AWS has {Short(value)}, here it is missing";
            }

            if (Compare(value, actualValue, $"{path}/{name}", bound) is { } difference)
            {
                return difference;
            }
        }

        foreach (var (name, value) in actual)
        {
            if (value is not null && !recorded.ContainsKey(name) && !(name is "message" or "Message" && actual.ContainsKey("Error")))
            {
                return $"{path}/{name}: AWS has no such member, here is {Short(value)}";
            }
        }

        return null;
    }

    private string? CompareItems(JsonArray recorded, JsonArray actual, string path, Dictionary<string, string> bound)
    {
        if (recorded.Count != actual.Count)
        {
            return $"{path}: AWS has {recorded.Count} items, here are {actual.Count}";
        }

        for (var i = 0; i < recorded.Count; i++)
        {
            if (Compare(recorded[i], actual[i], $"{path}/{i}", bound) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private string? CompareValues(JsonValue recorded, JsonNode? actual, string path, Dictionary<string, string> bound)
    {
        var expected = recorded.GetValueKind() == JsonValueKind.String ? recorded.GetValue<string>() : recorded.ToJsonString();
        if (expected is "timestamp" or "datetime" or "date" || path.EndsWith("/NextToken", StringComparison.Ordinal) || IsAny(expected, path))
        {
            return null;
        }

        if (actual is not JsonValue value)
        {
            return $"{path}: AWS has {Short(recorded)}, here is {Short(actual)}";
        }

        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        return Matches(expected, text, bound) ? null : $"{path}: AWS has {Short(recorded)}, here is {Short(actual)}";
    }

    // The recording put a member's own name in the place of a value that differs from answer to answer: IndexStatus: <index-status>.
    private static bool IsAny(string expected, string path) =>
        expected.Trim('<', '>') is var name && name.Contains('-')
        && name == UpperCase().Replace(path[(path.LastIndexOf('/') + 1)..], match => (match.Index == 0 ? "" : "-") + match.Value.ToLowerInvariant());

    private bool Matches(string expected, string actual, Dictionary<string, string> bound)
    {
        if (expected == actual || (expected.StartsWith("b'", StringComparison.Ordinal) && IsSameBytes(expected, actual)))
        {
            return true;
        }

        // The recordings name LocalStack's host in queue URLs.
        var start = expected.IndexOf("localhost.localstack.cloud:4566", StringComparison.Ordinal);
        if (start >= 0 && Uri.TryCreate(actual, UriKind.Absolute, out var url))
        {
            return Matches(expected[(start + "localhost.localstack.cloud:4566".Length)..], url.AbsolutePath, bound);
        }

        var names = new List<string>();
        var pattern = new StringBuilder("^");
        var position = 0;
        foreach (Match match in Placeholder().Matches(expected))
        {
            pattern.Append(Literal(expected[position..match.Index]));
            position = match.Index + match.Length;
            if (bound.TryGetValue(match.Value, out var known))
            {
                pattern.Append(Regex.Escape(known));
            }
            else
            {
                names.Add(match.Value);
                pattern.Append("(.+?)");
            }
        }

        pattern.Append(Literal(expected[position..])).Append('$');
        var found = Regex.Match(actual, pattern.ToString(), RegexOptions.Singleline);
        for (var i = 0; found.Success && i < names.Count; i++)
        {
            bound[names[i]] = found.Groups[i + 1].Value;
        }

        return found.Success;
    }

    private string Literal(string text) => Regex.Escape(text.Replace("111111111111", account, StringComparison.Ordinal));

    private static bool IsSameBytes(string python, string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            return false;
        }

        var text = new StringBuilder("b'");
        foreach (var value in bytes.AsSpan(0, length))
        {
            text.Append(value is >= 0x20 and < 0x7F ? ((char)value).ToString() : $"\\x{value:x2}");
        }

        return text.Append('\'').ToString() == python;
    }

    private static JsonNode? TryParse(JsonValue text)
    {
        try
        {
            return text.GetValueKind() == JsonValueKind.String ? JsonNode.Parse(text.GetValue<string>()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Short(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "nothing";
        return text.Length <= 200 ? text : text[..200] + "…";
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex UpperCase();

    [GeneratedRegex("<[a-z][a-z0-9-]*(:[0-9]+)?>")]
    private static partial Regex Placeholder();
}
