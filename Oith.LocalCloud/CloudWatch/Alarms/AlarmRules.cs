using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>A datapoint of the evaluation range; no value: it is missing.</summary>
internal readonly record struct AlarmDatapoint(DateTimeOffset Time, double? Value);

/// <summary>What an evaluation says; no state: the alarm stays as it is.</summary>
internal sealed record AlarmDecision(string? State, string Reason, IReadOnlyList<AlarmDatapoint> Evaluated);

/// <summary>
/// How CloudWatch decides an alarm's state from the datapoints of the evaluation range, which holds more than the evaluation periods
/// so that some may be missing.
/// </summary>
internal static class AlarmRules
{
    /// <summary>How many datapoints are looked at beyond the evaluation periods; AWS's own example has two.</summary>
    public const int ExtraDatapoints = 2;

    /// <param name="treatment">How missing datapoints are treated, as TreatMissingData says it.</param>
    /// <param name="range">The evaluation range, newest first.</param>
    public static AlarmDecision Decide(JsonObject definition, string treatment, IReadOnlyList<AlarmDatapoint> range)
    {
        var periods = definition.Integer("EvaluationPeriods")!.Value;
        var toAlarm = definition.Integer("DatapointsToAlarm") ?? periods;
        var breaches = Comparison(definition);
        var real = range.Where(datapoint => datapoint.Value is not null).ToList();
        if (real.Count >= periods)
        {
            // Enough real datapoints: how missing ones are treated does not matter.
            var latest = real.Take(periods).ToList();
            return Crossed(definition, latest, latest.Count(datapoint => breaches(datapoint.Value!.Value)) >= toAlarm, toAlarm, filled: 0, treatment);
        }

        var filled = periods - real.Count;
        var breaching = real.Count(datapoint => breaches(datapoint.Value!.Value));
        if (treatment is "breaching" or "notBreaching")
        {
            return Crossed(definition, real, breaching + (treatment == "breaching" ? filled : 0) >= toAlarm, toAlarm, filled, treatment);
        }

        if (breaching >= toAlarm)
        {
            return Crossed(definition, real, isAlarm: true, toAlarm, filled, treatment);
        }

        if (breaching < real.Count)
        {
            return Crossed(definition, real, isAlarm: false, toAlarm, filled, treatment);
        }

        if (treatment == "ignore")
        {
            return new AlarmDecision(null, "", real);
        }

        if (real.Count == 0)
        {
            return new AlarmDecision(Alarm.InsufficientData, $"Insufficient Data: {Count(periods, "datapoint was", "datapoints were")} unknown.", real);
        }

        // All that is there is breaching, but too little. It is an alarm only when the oldest of it is old enough: a younger one could still
        // be followed by a good datapoint.
        var age = range.Select((datapoint, index) => (datapoint.Value, Age: index + 1)).Last(item => item.Value is not null).Age;
        return age >= toAlarm ? Crossed(definition, real, isAlarm: true, toAlarm, filled, treatment) : new AlarmDecision(null, "", real);
    }

    public static Func<double, bool> Comparison(JsonObject definition)
    {
        var threshold = definition.Number("Threshold")!.Value;
        return definition.Text("ComparisonOperator") switch
        {
            "GreaterThanThreshold" => value => value > threshold,
            "GreaterThanOrEqualToThreshold" => value => value >= threshold,
            "LessThanThreshold" => value => value < threshold,
            "LessThanOrEqualToThreshold" => value => value <= threshold,
            var other => throw CloudWatchErrors.NotInSet(
                other, "comparisonOperator", "GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanThreshold, LessThanOrEqualToThreshold"),
        };
    }

    private static AlarmDecision Crossed(
        JsonObject definition, List<AlarmDatapoint> real, bool isAlarm, int toAlarm, int filled, string treatment)
    {
        var breaches = Comparison(definition);
        var shown = real.Where(datapoint => breaches(datapoint.Value!.Value) == isAlarm).ToList();
        var treated = treatment switch
        {
            "breaching" => "Breaching",
            "notBreaching" => "NonBreaching",
            _ => null,
        };
        var missing = filled > 0 && treated is not null ? $"{Count(filled, "missing datapoint was", "missing datapoints were")} treated as [{treated}]" : null;
        if (shown.Count == 0)
        {
            // Only what is missing speaks for the new state.
            return new AlarmDecision(
                isAlarm ? Alarm.InAlarm : Alarm.Ok, $"Threshold Crossed: no datapoints were received for {Count(filled, "period", "periods")} and {missing}.", real);
        }

        var compared = (shown.Count == 1 ? "was " : "were ") + (isAlarm ? "" : "not ") + Words(definition) + $" the threshold ({Number(definition.Number("Threshold")!.Value)})";
        var points = string.Join(", ", shown.Select(datapoint => $"{Number(datapoint.Value!.Value)} ({datapoint.Time.ToString("dd/MM/yy HH:mm:ss", CultureInfo.InvariantCulture)})"));
        var periods = definition.Integer("EvaluationPeriods")!.Value;
        var needed = isAlarm ? toAlarm : periods - toAlarm + 1;
        var (from, to) = isAlarm ? ("OK", "ALARM") : ("ALARM", "OK");
        var reason = missing is null
            ? $"Threshold Crossed: {shown.Count} out of the last {periods} datapoints [{points}] {compared} (minimum {Count(needed, "datapoint", "datapoints")} for {from} -> {to} transition)."
            : $"Threshold Crossed: {Count(shown.Count, "datapoint", "datapoints")} [{points}] {compared} and {missing}.";
        return new AlarmDecision(isAlarm ? Alarm.InAlarm : Alarm.Ok, reason, real);
    }

    private static string Words(JsonObject definition) => definition.Text("ComparisonOperator") switch
    {
        "GreaterThanThreshold" => "greater than",
        "GreaterThanOrEqualToThreshold" => "greater than or equal to",
        "LessThanThreshold" => "less than",
        _ => "less than or equal to",
    };

    private static string Count(int number, string one, string many) => $"{number} {(number == 1 ? one : many)}";

    /// <summary>As AWS, whose language writes 5 as 5.0.</summary>
    private static string Number(double value) => double.IsInteger(value) && Math.Abs(value) < 1e7
        ? value.ToString("F1", CultureInfo.InvariantCulture)
        : value.ToString("R", CultureInfo.InvariantCulture);
}
