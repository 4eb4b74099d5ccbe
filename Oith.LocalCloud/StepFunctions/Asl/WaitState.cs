using System.Globalization;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

internal sealed class WaitState : State
{
    // A timer takes at most about 49 days; longer waits are made of several.
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(30);

    public override string Type => "Wait";

    public override bool IsAbortable => true;

    public long? Seconds { get; init; }

    public DateTimeOffset? Timestamp { get; init; }

    public PathExpression? SecondsPath { get; init; }

    public PathExpression? TimestampPath { get; init; }

    public JsonataField? SecondsExpression { get; init; }

    public JsonataField? TimestampExpression { get; init; }

    protected override IEnumerable<string> OwnVariables => (SecondsPath?.Variables ?? [])
        .Concat(TimestampPath?.Variables ?? [])
        .Concat(SecondsExpression?.Variables ?? [])
        .Concat(TimestampExpression?.Variables ?? []);

    public override async ValueTask<StateResult> ExecuteAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        var effective = InputPath.Apply(input, branch);
        if (!IsJsonata)
        {
            branch.Inspection?.Note("afterInputPath", effective);
        }

        var until = Until(branch, effective);
        var clock = branch.Execution.Engine.Clock;
        if ((until - clock.GetUtcNow()).TotalSeconds > int.MaxValue)
        {
            throw new StateRuntimeException("Wait state delay is too long.");
        }

        for (var left = until - clock.GetUtcNow(); left > TimeSpan.Zero && branch.Inspection is null; left = until - clock.GetUtcNow())
        {
            await Task.Delay(left < s_longestTimer ? left : s_longestTimer, clock, cancellationToken);
        }

        if (IsJsonata)
        {
            return JsonataResult(new Evaluation(input, branch), input, Next);
        }

        var assigned = Assigned(branch, effective, Assign);
        return new StateResult(OutputPath.Apply(effective, branch), Next, assigned);
    }

    /// <summary>An RFC 3339 timestamp as the States Language wants it, with a capital T and Z or an offset.</summary>
    public static bool TryParseTimestamp(string text, out DateTimeOffset timestamp)
    {
        timestamp = default;
        if (text.Length < 20 || text[10] != 'T' || !(text[^1] == 'Z' || text[^6] is '+' or '-'))
        {
            return false;
        }

        var normal = text;
        if (text[19] == '.')
        {
            // AWS takes nanoseconds; .NET counts in steps of 100.
            var end = 20;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            if (end == 20)
            {
                return false;
            }

            normal = string.Concat(text.AsSpan(0, Math.Min(end, 27)), text.AsSpan(end));
        }

        return DateTimeOffset.TryParseExact(
            normal,
            ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out timestamp);
    }

    // Counted from the moment the state was entered, so that an execution resumed after a restart does not wait anew.
    private DateTimeOffset Until(Branch branch, AslValue input)
    {
        if (Timestamp is { } timestamp)
        {
            return timestamp;
        }

        if (TimestampExpression is not null)
        {
            var text = TimestampExpression.Evaluate(new Evaluation(input, branch), "string").Text;
            return TryParseTimestamp(text, out timestamp) ? timestamp : throw new StateRuntimeException(
                $"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}", JsonataField.EvaluationError)
            {
                Location = "Timestamp",
                IsAfterEvaluation = true,
            };
        }

        if (SecondsExpression is not null)
        {
            var given = SecondsExpression.Evaluate(new Evaluation(input, branch), "integer").Number;
            return given is >= 0 and <= int.MaxValue ? branch.EnteredTime.AddSeconds(given) : throw new StateRuntimeException(
                $"The Seconds field must be a non-negative integer but was: {JavaScriptNumber.Text(given)}", JsonataField.EvaluationError)
            {
                Location = "Seconds",
                IsAfterEvaluation = true,
            };
        }

        if (TimestampPath is not null)
        {
            var value = Value("TimestampPath", TimestampPath, branch, input);
            return value.IsString && TryParseTimestamp(value.Text, out timestamp)
                ? timestamp
                : throw new StateRuntimeException(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
                    + $"{TimestampPath.Text} == {JavaText.Of(value)}");
        }

        if (SecondsPath is null)
        {
            return branch.EnteredTime.AddSeconds(Seconds ?? 0);
        }

        var seconds = Value("SecondsPath", SecondsPath, branch, input);
        if (!long.TryParse(seconds.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            throw new StateRuntimeException(
                $"The SecondsPath parameter cannot be parsed as a long value: {SecondsPath.Text} == {JavaText.Of(seconds)}");
        }

        if (whole < 0)
        {
            throw new StateRuntimeException(
                $"The SecondsPath parameter references a negative value: {SecondsPath.Text} == {JavaText.Of(seconds)}");
        }

        return whole > int.MaxValue ? throw new StateRuntimeException("Wait state delay is too long.") : branch.EnteredTime.AddSeconds(whole);
    }

    private static AslValue Value(string field, PathExpression path, Branch branch, AslValue input)
    {
        try
        {
            var value = path.Evaluate(new Evaluation(input, branch));
            if (!value.IsNull)
            {
                return value;
            }
        }
        catch (PathNotFoundException)
        {
            // Answered below, as for null.
        }

        throw new StateRuntimeException($"The {field} parameter does not reference an input value: {path.Text}");
    }
}
