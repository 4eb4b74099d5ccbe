using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>Evaluates alarms at a moment of the clock.</summary>
internal sealed class AlarmEvaluator(AlarmStore alarms, AlarmStates states, MetricStore metrics)
{
    /// <summary>Whether an alarm has to be looked at every ten seconds and not only every minute.</summary>
    public bool HasShortPeriods
    {
        get
        {
            lock (alarms.Lock)
            {
                return alarms.All.Any(alarm => !alarm.IsComposite && alarm.Period < 60);
            }
        }
    }

    /// <summary>Evaluates all alarms over what lies before <paramref name="now"/>: windows slide, they are not tied to multiples of the period.</summary>
    public void Evaluate(DateTimeOffset now)
    {
        lock (alarms.Lock)
        {
            // Composite alarms are looked at when one of their children changes, and only then.
            foreach (var alarm in alarms.All.Where(alarm => !alarm.IsComposite && (alarm.Period < 60 || now.Second == 0)).ToList())
            {
                Evaluate(alarm, now);
            }
        }
    }

    private void Evaluate(Alarm alarm, DateTimeOffset now)
    {
        var definition = alarm.Definition;
        var period = alarm.Period;
        var count = definition.Integer("EvaluationPeriods")!.Value + AlarmRules.ExtraDatapoints;
        var end = now.ToUnixTimeSeconds();
        var start = end - (long)count * period;
        if (HasTooFewSamples(alarm, end - period, end))
        {
            return;
        }

        AlarmDecision decision;
        try
        {
            var values = new MetricQueryEvaluator(metrics, alarm.Queries, start, end, period).Evaluate(alarm.Queries.Single(query => query.ReturnData).Id);
            var series = values.Series.Count > 0 ? values.Series[0] : [];
            decision = AlarmRules.Decide(definition, alarm.MissingData, [.. Enumerable.Range(1, count).Select(index =>
            {
                var at = end - (long)index * period;
                return new AlarmDatapoint(DateTimeOffset.FromUnixTimeSeconds(at), series.TryGetValue(at, out var value) ? value : values.Number);
            })]);
        }
        catch (AwsServiceException error)
        {
            decision = new AlarmDecision(Alarm.InsufficientData, $"The alarm cannot be evaluated: {error.Message}", []);
        }

        if (decision.State is not null && decision.State != alarm.StateValue)
        {
            states.Set(alarm, decision.State, decision.Reason, ReasonData(alarm, decision, now).ToJsonString());
        }
    }

    /// <summary>
    /// Whether the newest period has too few samples for its percentile to say anything, and the alarm is to stay as it is then: a percentile
    /// p needs 10 / (1 - p) of them, below the median 10 / p.
    /// </summary>
    private bool HasTooFewSamples(Alarm alarm, long start, long end)
    {
        if (alarm.Definition.Text("EvaluateLowSampleCountPercentile") != "ignore"
            || alarm.Queries is not [{ Metric: { } metric, Stat: ['p', .. var percent] }]
            || !double.TryParse(percent, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var share = number / 100;
        var samples = metrics.Find(metric)?.Read(start, end, (int)(end - start), unit: null).Sum(read => read.Set.SampleCount) ?? 0;
        return samples > 0 && samples < 10 / (share >= 0.5 ? 1 - share : share);
    }

    private static JsonObject ReasonData(Alarm alarm, AlarmDecision decision, DateTimeOffset now)
    {
        var definition = alarm.Definition;
        var data = new JsonObject { ["version"] = "1.0", ["queryDate"] = AlarmActions.Timestamp(now) };
        if (decision.Evaluated.Count > 0)
        {
            data["startDate"] = AlarmActions.Timestamp(decision.Evaluated.Min(datapoint => datapoint.Time));
        }

        if (definition.Text("Unit") is { } unit)
        {
            data["unit"] = unit;
        }

        if ((definition.Text("Statistic") ?? definition.Text("ExtendedStatistic")) is { } statistic)
        {
            data["statistic"] = statistic;
        }

        data["period"] = alarm.Period;
        data["recentDatapoints"] = new JsonArray([.. decision.Evaluated.Reverse().Select(datapoint => (JsonNode?)datapoint.Value)]);
        data["threshold"] = definition["Threshold"]!.DeepClone();
        data["evaluatedDatapoints"] = new JsonArray([.. decision.Evaluated.Count > 0
            ? decision.Evaluated.Select(datapoint => (JsonNode?)new JsonObject { ["timestamp"] = AlarmActions.Timestamp(datapoint.Time), ["value"] = datapoint.Value })
            : Enumerable.Range(1, definition.Integer("EvaluationPeriods")!.Value)
                .Select(index => (JsonNode?)new JsonObject { ["timestamp"] = AlarmActions.Timestamp(now.AddSeconds(-(long)index * alarm.Period)) })]);
        return data;
    }
}
