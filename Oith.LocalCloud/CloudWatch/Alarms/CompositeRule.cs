using System.Text.RegularExpressions;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>The rule of a composite alarm: <c>ALARM("cpu") AND NOT (OK(memory) OR INSUFFICIENT_DATA(memory))</c>.</summary>
internal sealed partial class CompositeRule
{
    private const int MaximumDepth = 100;

    private readonly List<string> _tokens;
    private readonly HashSet<string> _references = new(StringComparer.Ordinal);
    private readonly Func<Func<string, string>, bool> _evaluate;
    private readonly Wire.NestingLimit _nesting;
    private int _position;

    private CompositeRule(string text)
    {
        _nesting = new Wire.NestingLimit(MaximumDepth, () => Invalid(text));
        _tokens = [.. Token().Matches(text).Select(match => match.Value)];
        if (string.Concat(_tokens).Length != text.Count(character => !char.IsWhiteSpace(character)) + _tokens.Sum(token => token.Count(char.IsWhiteSpace)))
        {
            throw Invalid(text);
        }

        _evaluate = Or(text);
        if (_position != _tokens.Count)
        {
            throw Invalid(text);
        }
    }

    /// <summary>Names or ARNs of the alarms that the rule looks at.</summary>
    public IReadOnlySet<string> References => _references;

    /// <exception cref="Wire.AwsServiceException">ValidationError.</exception>
    public static CompositeRule Parse(string text) => new(text);

    /// <param name="stateOf">The state of an alarm by its name or ARN.</param>
    public bool Evaluate(Func<string, string> stateOf) => _evaluate(stateOf);

    private static Wire.AwsServiceException Invalid(string text) => CloudWatchErrors.Validation($"AlarmRule must not contain syntax errors: {text}");

    private bool Take(string token)
    {
        if (_position < _tokens.Count && _tokens[_position] == token)
        {
            _position++;
            return true;
        }

        return false;
    }

    private Func<Func<string, string>, bool> Or(string text)
    {
        var any = new List<Func<Func<string, string>, bool>>();
        do
        {
            any.Add(And(text));
        }
        while (Take("OR"));
        return stateOf => any.Exists(one => one(stateOf));
    }

    private Func<Func<string, string>, bool> And(string text)
    {
        var all = new List<Func<Func<string, string>, bool>>();
        do
        {
            all.Add(Unary(text));
        }
        while (Take("AND"));
        return stateOf => all.TrueForAll(one => one(stateOf));
    }

    private Func<Func<string, string>, bool> Unary(string text)
    {
        using var level = _nesting.Enter();
        if (Take("NOT"))
        {
            var inside = Unary(text);
            return stateOf => !inside(stateOf);
        }

        if (Take("("))
        {
            var inside = Or(text);
            return Take(")") ? inside : throw Invalid(text);
        }

        if (Take("TRUE"))
        {
            return _ => true;
        }

        if (Take("FALSE"))
        {
            return _ => false;
        }

        if (_position + 3 < _tokens.Count && _tokens[_position] is Alarm.Ok or Alarm.InAlarm or Alarm.InsufficientData && _tokens[_position + 1] == "(" && _tokens[_position + 3] == ")")
        {
            var (state, reference) = (_tokens[_position], _tokens[_position + 2].Trim('"', '\''));
            _position += 4;
            _references.Add(reference);
            return stateOf => stateOf(reference) == state;
        }

        throw Invalid(text);
    }

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|\\(|\\)|[^\\s()\"']+")]
    private static partial Regex Token();
}
