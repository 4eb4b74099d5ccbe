using System.Globalization;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$contains $match $replace $split</c>: a string or a matcher is looked for.</summary>
internal static class MatchFunctions
{
    public static IEnumerable<NativeFunction> All() =>
    [
        new("contains", 2, "<s-(sf):b>", 2, static (arguments, run) => arguments is not [{ } text, { } token] ? null
            : AslValue.Of(token.IsString ? text.Text.Contains(token.Text, StringComparison.Ordinal) : Find(token, text.Text, run) is not null)),
        new("match", 3, "<s-f<s:o>n?:a<o>>", 3, static (arguments, run) => arguments[0] is { } text ? Match(text.Text, arguments[1]!, arguments[2]?.Number, run) : null),
        new("replace", 4, "<s-(sf)(sf)n?:s>", 4, static (arguments, run) =>
            arguments[0] is { } text ? Replace(text.Text, arguments[1]!, arguments[2]!, arguments[3]?.Number, run) : null),
        new("split", 3, "<s-(sf)n?:a<s>>", 3, static (arguments, run) => arguments[0] is { } text ? Split(text.Text, arguments[1], arguments[2]?.Number, run) : null),
    ];

    private static MatchResult? Find(AslValue matcher, string text, JsonataRun run) => matcher is RegexFunction regex
        ? regex.Find(text, 0, run)
        : FromValue(run.Apply((FunctionValue)matcher, [AslValue.Of(text)], AslValue.Null), run);

    // A function of the expression that gives {"match": …, "start": …, "end": …, "groups": …, "next": function}.
    private static MatchResult? FromValue(AslValue? value, JsonataRun run)
    {
        if (value is null or { IsNull: true })
        {
            return null;
        }

        var start = value.Find("start");
        var end = value.Find("end");
        var groups = value.Find("groups");
        if (start is not { Kind: AslKind.Number } && end is not { Kind: AslKind.Number } && groups is not { IsArray: true }
            && value.Find("next") is not FunctionValue)
        {
            throw new JsonataException("T1010");
        }

        return new MatchResult(
            value.Find("match")?.Text ?? "",
            (int)(start?.Number ?? 0),
            (int)(end?.Number ?? 0),
            groups is null ? [] : [.. groups.Items.ToArray().Select(group => group.IsNull ? null : group.Text)],
            () => value.Find("next") is FunctionValue next ? FromValue(run.Apply(next, [], AslValue.Null), run) : null);
    }

    private static IEnumerable<MatchResult> Matches(AslValue matcher, string text, double? limit, JsonataRun run)
    {
        var count = 0;
        for (var match = Find(matcher, text, run); match is not null && !(count >= limit); match = match.Next())
        {
            count++;
            yield return match;
        }
    }

    private static AslValue? Match(string text, AslValue matcher, double? limit, JsonataRun run)
    {
        if (limit < 0)
        {
            throw new JsonataException("D3040") { Index = 3, Value = JavaScriptNumber.Text(limit.Value) };
        }

        var found = default(SequenceBuilder);
        foreach (var match in limit is 0 ? [] : Matches(matcher, text, limit, run))
        {
            found.Add(match.ToObject(run));
        }

        return found.ToArray(run, ArrayTraits.Sequence);
    }

    private static AslValue Split(string text, AslValue? separator, double? limit, JsonataRun run)
    {
        if (limit < 0)
        {
            throw new JsonataException("D3020") { Index = 3, Value = JavaScriptNumber.Text(limit.Value) };
        }

        var parts = default(SequenceBuilder);
        if (limit is 0)
        {
            return parts.ToArray(run);
        }

        if (separator is not FunctionValue)
        {
            SplitAt(text, separator?.Text, limit is { } most ? Math.Floor(most) : double.MaxValue, ref parts, run);
            return parts.ToArray(run);
        }

        var start = 0;
        foreach (var match in Matches(separator, text, limit, run))
        {
            parts.Add(run.Text(text[start..Math.Clamp(match.Start, start, text.Length)]));
            start = Math.Clamp(match.End, 0, text.Length);
        }

        if (limit is null || parts.Count < limit)
        {
            parts.Add(run.Text(text[start..]));
        }

        return parts.ToArray(run);
    }

    private static void SplitAt(string text, string? separator, double limit, ref SequenceBuilder parts, JsonataRun run)
    {
        run.ChargeText(text.Length);
        if (separator is "")
        {
            for (var i = 0; i < text.Length && parts.Count < limit; i++)
            {
                parts.Add(AslValue.Of(text[i].ToString()));
            }

            return;
        }

        var start = 0;
        while (parts.Count < limit)
        {
            var at = separator is null ? -1 : text.IndexOf(separator, start, StringComparison.Ordinal);
            parts.Add(AslValue.Of(at < 0 ? text[start..] : text[start..at]));
            if (at < 0)
            {
                return;
            }

            start = at + separator!.Length;
        }
    }

    private static AslValue Replace(string text, AslValue pattern, AslValue replacement, double? limit, JsonataRun run)
    {
        if (pattern is { IsString: true, Text: "" })
        {
            throw new JsonataException("D3010") { Index = 2, Value = "\"\"" };
        }

        if (limit < 0)
        {
            throw new JsonataException("D3011") { Index = 4, Value = JavaScriptNumber.Text(limit.Value) };
        }

        if (limit is 0)
        {
            return AslValue.Of(text);
        }

        var result = new StringBuilder();
        var position = 0;
        if (pattern.IsString)
        {
            position = ReplaceText(text, pattern.Text, StringOf(replacement), limit, result, run);
        }
        else
        {
            foreach (var match in Matches(pattern, text, limit, run))
            {
                var start = Math.Clamp(match.Start, position, text.Length);
                var with = Replacement(match, replacement, run);
                run.ChargeText(start - position + with.Length);
                result.Append(text, position, start - position).Append(with);
                position = Math.Clamp(start + match.Match.Length, 0, text.Length);
            }
        }

        run.ChargeText(text.Length - position);
        return AslValue.Of(result.Append(text, position, text.Length - position).ToString());
    }

    private static int ReplaceText(string text, string pattern, string replacement, double? limit, StringBuilder result, JsonataRun run)
    {
        var position = 0;
        for (var count = 0; !(count >= limit); count++)
        {
            var at = text.IndexOf(pattern, position, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            run.ChargeText(at - position + replacement.Length);
            result.Append(text, position, at - position).Append(replacement);
            position = at + pattern.Length;
        }

        return position;
    }

    private static string StringOf(AslValue replacement) =>
        replacement.IsString ? replacement.Text : throw new JsonataException("D3012") { Value = JsonataException.Shown(replacement) };

    private static string Replacement(MatchResult match, AslValue replacement, JsonataRun run)
    {
        if (replacement.IsString)
        {
            return Substitute(replacement.Text, match);
        }

        var with = run.Apply((FunctionValue)replacement, [match.ToMatcherValue(run)], AslValue.Null);
        return with is { IsString: true } ? with.Text : throw new JsonataException("D3012") { Value = JsonataException.Shown(with) };
    }

    // $0 is the match, $1 the first group, $$ a dollar; of $12 as many digits count as there are groups for.
    private static string Substitute(string replacement, MatchResult match)
    {
        if (!replacement.Contains('$'))
        {
            return replacement;
        }

        var text = new StringBuilder();
        for (var i = 0; i < replacement.Length; i++)
        {
            if (replacement[i] != '$')
            {
                text.Append(replacement[i]);
                continue;
            }

            var next = i + 1 < replacement.Length ? replacement[i + 1] : '\0';
            if (next == '$')
            {
                text.Append('$');
                i++;
            }
            else if (next == '0')
            {
                text.Append(match.Match);
                i++;
            }
            else if (char.IsAsciiDigit(next))
            {
                i += AppendGroup(text, replacement, i + 1, match.Groups);
            }
            else
            {
                text.Append('$');
            }
        }

        return text.ToString();
    }

    /// <returns>How many digits were taken.</returns>
    private static int AppendGroup(StringBuilder text, string replacement, int index, IReadOnlyList<string?> groups)
    {
        var digits = groups.Count == 0 ? 1 : groups.Count.ToString(CultureInfo.InvariantCulture).Length;
        var taken = 0;
        while (taken < digits && index + taken < replacement.Length && char.IsAsciiDigit(replacement[index + taken]))
        {
            taken++;
        }

        var number = int.Parse(replacement.AsSpan(index, taken), CultureInfo.InvariantCulture);
        if (taken > 1 && number > groups.Count)
        {
            number = int.Parse(replacement.AsSpan(index, --taken), CultureInfo.InvariantCulture);
        }

        if (number > 0 && number <= groups.Count)
        {
            text.Append(groups[number - 1]);
        }

        return number.ToString(CultureInfo.InvariantCulture).Length;
    }
}
