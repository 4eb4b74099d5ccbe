using System.Text.RegularExpressions;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>What a matcher found: by a regular expression, or by a function of the expression that plays one.</summary>
/// <param name="Groups">Null where a group took no part.</param>
internal sealed record MatchResult(string Match, int Start, int End, IReadOnlyList<string?> Groups, Func<MatchResult?> Next)
{
    public AslValue ToObject(JsonataRun run) => run.Object(
    [
        KeyValuePair.Create("match", AslValue.Of(Match)),
        KeyValuePair.Create("index", AslValue.OfJavaScript(Start)),
        KeyValuePair.Create("groups", GroupValues(run)),
    ]);

    /// <summary>As a matcher of the expression would give it, with a function that finds the next match.</summary>
    public AslValue ToMatcherValue(JsonataRun run) => run.Object(
    [
        KeyValuePair.Create("match", AslValue.Of(Match)),
        KeyValuePair.Create("start", AslValue.OfJavaScript(Start)),
        KeyValuePair.Create("end", AslValue.OfJavaScript(End)),
        KeyValuePair.Create("groups", GroupValues(run)),
        KeyValuePair.Create("next", (AslValue)new NativeFunction("next", 0, null, 0, (_, inner) => Next()?.ToMatcherValue(inner))),
    ]);

    private AslValue GroupValues(JsonataRun run) => run.Array([.. Groups.Select(AslValue.OfOptional)]);
}

/// <summary>A regular expression as a function: given a string, it finds the first match, which leads to the next.</summary>
internal sealed class RegexFunction(Regex regex, string pattern, int position) : FunctionValue
{
    public override int Arity => 2;

    public MatchResult? Find(string text, int from, JsonataRun run)
    {
        run.Step();
        Match match;
        try
        {
            match = regex.Match(text, from);
        }
        catch (RegexMatchTimeoutException)
        {
            throw JsonataException.TooLong;
        }

        if (!match.Success)
        {
            return null;
        }

        run.ChargeText(match.Length);
        var groups = new string?[match.Groups.Count - 1];
        for (var i = 0; i < groups.Length; i++)
        {
            groups[i] = match.Groups[i + 1].Success ? match.Groups[i + 1].Value : null;
        }

        var end = match.Index + match.Length;
        return new MatchResult(match.Value, match.Index, end, groups, () => Next(text, end, run));
    }

    protected override AslValue? Invoke(AslValue?[] arguments, AslValue? input, JsonataRun run) =>
        arguments is [{ IsString: true } text, ..] ? Find(text.Text, 0, run)?.ToMatcherValue(run) : null;

    private MatchResult? Next(string text, int from, JsonataRun run)
    {
        if (from >= text.Length)
        {
            return null;
        }

        var next = Find(text, from, run);
        return next is { Match: "" } ? throw new JsonataException("D1004", position) { Value = JsonataText.Quoted(pattern) } : next;
    }
}
