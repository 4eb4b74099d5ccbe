using System.Text;
using System.Text.Json;

namespace Oith.LocalCloud.EventPatterns;

/// <summary>A text with <c>*</c> for any characters; <c>\*</c> and <c>\\</c> are the characters themselves.</summary>
internal sealed class WildcardPattern
{
    /// <summary>AWS bounds the states of the automaton that it builds; beyond this many wildcards its rules are refused.</summary>
    private const int MaximumWildcards = 5;

    private readonly IReadOnlyList<string> _parts;

    private WildcardPattern(IReadOnlyList<string> parts) => _parts = parts;

    /// <param name="operand">A string.</param>
    public static WildcardPattern Parse(JsonElement operand)
    {
        var text = operand.GetString()!;
        var parts = new List<string>();
        var part = new StringBuilder();
        for (var index = 0; index < text.Length; index++)
        {
            switch (text[index])
            {
                case '*' when index + 1 < text.Length && text[index + 1] == '*':
                    throw EventPatternException.After(operand, $"Consecutive wildcard characters at pos {index + 1}");
                case '*':
                    parts.Add(part.ToString());
                    part.Clear();
                    break;
                case '\\' when index + 1 < text.Length && text[index + 1] is '*' or '\\':
                    part.Append(text[++index]);
                    break;
                case '\\':
                    throw EventPatternException.After(operand, $"Invalid escape character at pos {index}");
                default:
                    part.Append(text[index]);
                    break;
            }
        }

        parts.Add(part.ToString());
        return parts.Count <= MaximumWildcards + 1
            ? new WildcardPattern(parts)
            : throw EventPatternException.After(operand,
                "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character");
    }

    public bool Matches(string value)
    {
        if (_parts.Count == 1)
        {
            return value == _parts[0];
        }

        var (first, last) = (_parts[0], _parts[^1]);
        if (value.Length < first.Length + last.Length || !value.StartsWith(first, StringComparison.Ordinal) || !value.EndsWith(last, StringComparison.Ordinal))
        {
            return false;
        }

        var (position, end) = (first.Length, value.Length - last.Length);
        foreach (var part in _parts.Skip(1).SkipLast(1))
        {
            var found = value.IndexOf(part, position, end - position, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            position = found + part.Length;
        }

        return true;
    }
}
