using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>What a definition of PutMetricAlarm must keep to.</summary>
internal static class MetricAlarmRules
{
    // What a list of metrics says of each.
    private static readonly string[] s_ofOneMetric = ["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit"];

    /// <exception cref="AwsServiceException">In AWS's words, as far as they are known.</exception>
    public static void Check(JsonObject definition)
    {
        var periods = definition.Integer("EvaluationPeriods") ?? throw CloudWatchErrors.MissingParameter("EvaluationPeriods");
        if (definition["Threshold"] is null)
        {
            throw CloudWatchErrors.MissingParameter("Threshold");
        }

        AlarmRules.Comparison(definition);
        if (definition.Integer("DatapointsToAlarm") > periods)
        {
            throw CloudWatchErrors.Validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
        }

        if (definition.Text("EvaluateLowSampleCountPercentile") is { } low and not ("evaluate" or "ignore"))
        {
            throw CloudWatchErrors.Validation($"Option {low} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.");
        }

        if (definition.Text("TreatMissingData") is { } treatment and not ("breaching" or "notBreaching" or "ignore" or "missing"))
        {
            throw CloudWatchErrors.Validation(
                $"The value {treatment} is not supported for TreatMissingData parameter. "
                + "Supported values for TreatMissingData parameter are [breaching, notBreaching, ignore, missing].");
        }

        if (definition.List("Metrics") is { } metrics)
        {
            if (s_ofOneMetric.FirstOrDefault(definition.ContainsKey) is { } member)
            {
                throw CloudWatchErrors.Validation($"{member} should not be set if list of Metrics is set.");
            }

            if (MetricQuery.ProblemsOf(metrics).Count > 0)
            {
                throw CloudWatchErrors.Validation("Invalid metrics list");
            }

            var queries = metrics.Select(metric => MetricQuery.Parse(metric!.AsObject())).ToList();
            if (queries.Count(query => query.ReturnData) != 1)
            {
                throw CloudWatchErrors.Validation("Exactly one element of the metrics list should return data.");
            }

            CheckRange(periods, queries.Max(query => query.Period) ?? 60);
            return;
        }

        foreach (var member in (ReadOnlySpan<string>)["MetricName", "Namespace", "Period"])
        {
            if (definition[member] is null)
            {
                throw CloudWatchErrors.Validation($"{member} must not be null");
            }
        }

        MetricKey.Of(definition);
        var period = definition.Integer("Period")!.Value;
        if (period is not (10 or 20 or 30) && (period < 60 || period % 60 != 0))
        {
            throw CloudWatchErrors.Validation("Period must be 10, 20, 30 or a multiple of 60");
        }

        CheckRange(periods, period);
        if (definition.ContainsKey("Statistic") && definition.ContainsKey("ExtendedStatistic"))
        {
            throw CloudWatchErrors.InvalidCombination("The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both.");
        }

        var statistic = definition.Text("Statistic") ?? definition.Text("ExtendedStatistic") ?? throw CloudWatchErrors.MissingParameter("Statistic");
        if (MetricStatistic.Parse(statistic) is null)
        {
            throw CloudWatchErrors.InvalidValue($"The value {statistic} for parameter {(definition.ContainsKey("Statistic") ? "Statistic" : "ExtendedStatistic")} is not supported.");
        }
    }

    /// <summary>An alarm looks back a day, with periods of an hour and more seven.</summary>
    private static void CheckRange(int periods, int period)
    {
        var days = period < 3600 ? 1 : 7;
        var longest = days * 86_400;
        if ((long)periods * period > longest)
        {
            throw CloudWatchErrors.Validation(
                $"Metrics cannot be checked across more than {(days == 1 ? "a day" : "7 days")} (EvaluationPeriods * Period must be <= {longest}).");
        }
    }
}
