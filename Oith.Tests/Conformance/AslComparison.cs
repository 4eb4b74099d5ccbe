using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Oith.Tests.Conformance;

/// <summary>Compares what an execution gave with what AWS recorded, as the corpus's own compare.py does: placeholders match anything.</summary>
/// <param name="wildcards">JSON Pointers of the values that hold placeholders.</param>
/// <param name="words">Words that are placeholders too.</param>
internal sealed class AslComparison(IReadOnlySet<string> wildcards, IReadOnlyList<string> words)
{
    private static readonly HashSet<string> s_wholly = new(StringComparer.Ordinal)
    {
        "date", "RequestId", "X-Amzn-Trace-Id", "x-amz-crc32", "x-amzn-RequestId", "x-amzn-requestid", "timestamp", "datetime", "start-time", "start-date", "entered-time",
        "a_task_token",
    };

    public static AslComparison Of(JsonObject expected, JsonNode? words) => new(
        (expected["wildcards"] as JsonArray ?? []).Select(pointer => pointer!.GetValue<string>()).ToHashSet(StringComparer.Ordinal),
        words is JsonArray { Count: > 0 } given ? [.. given.Select(word => word!.GetValue<string>())] : ["date"]);

    /// <summary>The first difference, null when there is none.</summary>
    /// <param name="actual">Null both for JSON null and for nothing; <paramref name="isAbsent"/> tells.</param>
    public string? Difference(JsonNode? expected, JsonNode? actual, string path, bool isAbsent = false)
    {
        if (wildcards.Contains(path))
        {
            return isAbsent ? Tell(path, expected, "<absent>")
                : expected is JsonValue value && value.GetValueKind() == JsonValueKind.String && actual is JsonValue text
                    && text.GetValueKind() == JsonValueKind.String && !Matches(value.GetValue<string>(), text.GetValue<string>())
                    ? Tell(path, expected, actual.ToJsonString())
                    : null;
        }

        if (isAbsent)
        {
            return Tell(path, expected, "<absent>");
        }

        return (expected, actual) switch
        {
            (JsonObject members, JsonObject others) => Members(members, others, path),
            (JsonArray items, JsonArray others) => Items(items, others, path),
            _ => Same(expected, actual) ? null : Tell(path, expected, actual?.ToJsonString() ?? "null"),
        };
    }

    private string? Members(JsonObject expected, JsonObject actual, string path)
    {
        foreach (var name in expected.Select(member => member.Key).Union(actual.Select(member => member.Key)))
        {
            if (name is "SdkHttpMetadata" or "SdkResponseMetadata")
            {
                continue;
            }

            var at = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (!expected.ContainsKey(name))
            {
                return Tell(at, "<absent>", actual[name]?.ToJsonString() ?? "null");
            }

            if (Difference(expected[name], actual[name], at, !actual.ContainsKey(name)) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private string? Items(JsonArray expected, JsonArray actual, string path)
    {
        for (var i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            var at = $"{path}/{i.ToString(CultureInfo.InvariantCulture)}";
            if (i >= expected.Count)
            {
                return Tell(at, "<absent>", actual[i]?.ToJsonString() ?? "null");
            }

            if (Difference(expected[i], i < actual.Count ? actual[i] : null, at, i >= actual.Count) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private bool Matches(string expected, string actual)
    {
        if (s_wholly.Contains(expected))
        {
            return true;
        }

        var pattern = new StringBuilder("^");
        var at = 0;
        var tokens = new Regex(
            string.Join('|', words.OrderByDescending(word => word.Length).Select(Regex.Escape).Prepend("111111111111").Prepend("<[A-Za-z_][^<>]*>")),
            RegexOptions.None,
            TimeSpan.FromSeconds(5));
        foreach (Match token in tokens.Matches(expected))
        {
            pattern.Append(Regex.Escape(expected[at..token.Index])).Append(token.Value == "111111111111" ? "[0-9]{12}" : "(?s:.*?)");
            at = token.Index + token.Length;
        }

        pattern.Append(Regex.Escape(expected[at..])).Append('$');
        return Regex.IsMatch(actual, pattern.ToString(), RegexOptions.None, TimeSpan.FromSeconds(5));
    }

    private static bool Same(JsonNode? expected, JsonNode? actual)
    {
        if (expected is null || actual is null)
        {
            return expected is null && actual is null;
        }

        return expected.GetValueKind() == JsonValueKind.Number && actual.GetValueKind() == JsonValueKind.Number
            ? double.Parse(expected.ToJsonString(), CultureInfo.InvariantCulture).Equals(double.Parse(actual.ToJsonString(), CultureInfo.InvariantCulture))
            : JsonNode.DeepEquals(expected, actual);
    }

    private static string Tell(string path, JsonNode? expected, string actual) => $"{path}: expected {Short(expected?.ToJsonString() ?? "null")} but got {Short(actual)}";

    private static string Short(string text) => text.Length <= 400 ? text : text[..400] + "…";
}
