using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Logs;

/// <summary>
/// A filter pattern of CloudWatch Logs. Terms: <c>ERROR "time out" -DEBUG</c>, or any of <c>?ERROR ?WARN</c>. Members of JSON messages:
/// <c>{ $.LogLevel = "Error" &amp;&amp; $.State.Count > 3 }</c>. Space-delimited patterns (<c>[ip, user, …]</c>) and regular
/// expressions are refused.
/// </summary>
/// <remarks>https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html</remarks>
internal sealed partial class LogPattern
{
    private readonly Func<string, bool> _matches;

    private LogPattern(Func<string, bool> matches) => _matches = matches;

    public bool Matches(string message) => _matches(message);

    /// <exception cref="AwsServiceException">InvalidParameterException, as AWS answers to a pattern that it cannot read.</exception>
    public static LogPattern Parse(string? pattern)
    {
        var text = pattern?.Trim() ?? "";
        return text.Length == 0 ? new LogPattern(_ => true)
            : text.StartsWith('{') ? ParseJson(text)
            : text.StartsWith('[') || text.StartsWith('%') ? throw Invalid(text)
            : ParseTerms(text);
    }

    private static LogPattern ParseTerms(string text)
    {
        List<string> all = [], any = [], none = [];
        foreach (Match term in Term.Matches(text))
        {
            var list = term.Groups["sign"].Value switch { "?" => any, "-" => none, _ => all };
            list.Add(term.Groups["quoted"].Success ? term.Groups["quoted"].Value : term.Groups["word"].Value);
        }

        return new LogPattern(message =>
            all.TrueForAll(term => message.Contains(term, StringComparison.Ordinal))
            && (any.Count == 0 || all.Count > 0 || any.Exists(term => message.Contains(term, StringComparison.Ordinal)))
            && !none.Exists(term => message.Contains(term, StringComparison.Ordinal)));
    }

    private static LogPattern ParseJson(string text)
    {
        if (!text.EndsWith('}'))
        {
            throw Invalid(text);
        }

        // && binds closer than ||, and there are no parentheses here.
        var alternatives = text[1..^1].Split("||")
            .Select(alternative => alternative.Split("&&").Select(condition => ParseCondition(condition.Trim(), text)).ToList())
            .ToList();
        return new LogPattern(message =>
            TryRead(message) is { } json && alternatives.Exists(conditions => conditions.TrueForAll(holds => holds(json))));
    }

    private static Predicate<JsonObject> ParseCondition(string condition, string pattern)
    {
        var match = Condition.Match(condition);
        if (!match.Success)
        {
            throw Invalid(pattern);
        }

        var path = match.Groups["path"].Value.Split('.');
        var comparison = match.Groups["operator"].Value;
        var expected = match.Groups["quoted"].Success ? match.Groups["quoted"].Value : match.Groups["value"].Value;
        if (comparison is not ("=" or "!=") && !double.TryParse(expected, CultureInfo.InvariantCulture, out _))
        {
            throw Invalid(pattern);
        }

        return json => Find(json, path) is { } value && Compare(value.ToString(), comparison, expected);
    }

    private static bool Compare(string value, string comparison, string expected)
    {
        if (comparison is "=" or "!=")
        {
            // A * stands for any text.
            var wildcard = $"^{Regex.Escape(expected).Replace("\\*", ".*", StringComparison.Ordinal)}$";
            var isEqual = Regex.IsMatch(value, wildcard, RegexOptions.Singleline | RegexOptions.NonBacktracking);
            return isEqual == (comparison == "=");
        }

        if (!double.TryParse(value, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var difference = number.CompareTo(double.Parse(expected, CultureInfo.InvariantCulture));
        return comparison switch { "<" => difference < 0, "<=" => difference <= 0, ">" => difference > 0, _ => difference >= 0 };
    }

    private static JsonNode? Find(JsonObject json, string[] path)
    {
        JsonNode? node = json;
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    private static JsonObject? TryRead(string message)
    {
        try
        {
            return JsonNode.Parse(message) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            // A line that is not JSON has no members.
            return null;
        }
    }

    private static AwsServiceException Invalid(string pattern) => new("InvalidParameterException", $"Invalid filter pattern: {pattern}");

    [GeneratedRegex("""(?<sign>[?-]?)(?:"(?<quoted>[^"]*)"|(?<word>[^\s"]+))""")]
    private static partial Regex Term { get; }

    // $.State.Count >= 3
    [GeneratedRegex("""^\$\.(?<path>[\w.-]+)\s*(?<operator>!=|<=|>=|=|<|>)\s*(?:"(?<quoted>[^"]*)"|(?<value>[^\s"]+))$""")]
    private static partial Regex Condition { get; }
}
