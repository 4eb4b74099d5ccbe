using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>DescribeAlarms, DescribeAlarmsForMetric and DescribeAlarmHistory; call under the store's lock.</summary>
internal sealed class AlarmReads(AlarmStore store)
{
    private const int DefaultPage = 50;
    private const int DefaultHistory = 100;

    public JsonObject DescribeAlarms(JsonObject input)
    {
        input.AllowOnly(
            "DescribeAlarms", "AlarmNames", "AlarmNamePrefix", "AlarmTypes", "ChildrenOfAlarmName", "ParentsOfAlarmName", "StateValue", "ActionPrefix", "MaxRecords", "NextToken");
        if (input.List("AlarmNames") is { Count: > 0 } && input.Text("AlarmNamePrefix") is not null)
        {
            throw CloudWatchErrors.InvalidCombination("The parameters AlarmNames and AlarmNamePrefix are mutually exclusive and you have specified both.");
        }

        var types = input.List("AlarmTypes") is null ? ["MetricAlarm"] : input.Texts("AlarmTypes");
        var names = input.List("AlarmNames") is null ? null : input.Texts("AlarmNames");
        var (prefix, state, action) = (input.Text("AlarmNamePrefix") ?? "", input.Text("StateValue"), input.Text("ActionPrefix"));
        var found = Related(input)
            .Where(alarm => types.Contains(alarm.Type)
                && (names is null || names.Contains(alarm.Name))
                && alarm.Name.StartsWith(prefix, StringComparison.Ordinal)
                && (state is null || alarm.StateValue == state)
                && (action is null || alarm.Definition.List("AlarmActions")!.Any(item => item!.GetValue<string>().StartsWith(action, StringComparison.Ordinal))))
            .ToList();
        var (start, count) = (Position(input), input.Integer("MaxRecords") ?? (names is null ? DefaultPage : found.Count));
        var page = found.Skip(start).Take(count).ToList();
        var answer = new JsonObject
        {
            ["MetricAlarms"] = Describe(page.Where(alarm => !alarm.IsComposite)),
            ["CompositeAlarms"] = Describe(page.Where(alarm => alarm.IsComposite)),
        };
        SetNext(answer, start + count, found.Count);
        return answer;
    }

    public JsonObject DescribeAlarmsForMetric(JsonObject input)
    {
        input.AllowOnly("DescribeAlarmsForMetric", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit");
        var key = MetricKey.Of(input);
        var (statistic, period, unit) = (input.Text("Statistic") ?? input.Text("ExtendedStatistic"), input.Integer("Period"), input.Text("Unit"));
        return new JsonObject
        {
            ["MetricAlarms"] = Describe(store.All.Where(alarm => !alarm.IsComposite && alarm.Queries.Any(query => key.Equals(query.Metric)
                && (statistic is null || query.Stat == statistic) && (period is null || query.Period == period) && (unit is null || query.Unit == unit)))),
        };
    }

    public JsonObject DescribeAlarmHistory(JsonObject input)
    {
        input.AllowOnly("DescribeAlarmHistory", "AlarmName", "AlarmTypes", "HistoryItemType", "StartDate", "EndDate", "MaxRecords", "NextToken", "ScanBy");
        var (name, type) = (input.Text("AlarmName"), input.Text("HistoryItemType"));
        // Of all alarms those of metrics, of one alarm whatever it is.
        var types = input.List("AlarmTypes") is not null ? input.Texts("AlarmTypes") : name is null ? ["MetricAlarm"] : null;
        var from = input.Time("StartDate") is { } start ? CloudWatchMembers.Seconds(start) : 0;
        var to = input.Time("EndDate") is { } end ? CloudWatchMembers.Seconds(end) : double.MaxValue;
        var items = store.History
            .Where(item => (name is null || item.Text("AlarmName") == name)
                && (types is null || types.Contains(item.Text("AlarmType")!))
                && (type is null || item.Text("HistoryItemType") == type) && item.Number("Timestamp") >= from && item.Number("Timestamp") <= to)
            .OrderBy(item => item.Number("Timestamp"))
            .ToList();
        if (input.Text("ScanBy") != "TimestampAscending")
        {
            items.Reverse();
        }

        var (position, count) = (Position(input), input.Integer("MaxRecords") ?? DefaultHistory);
        var answer = new JsonObject { ["AlarmHistoryItems"] = new JsonArray([.. items.Skip(position).Take(count).Select(item => item.DeepClone())]) };
        SetNext(answer, position + count, items.Count);
        return answer;
    }

    private IEnumerable<Alarm> Related(JsonObject input)
    {
        if (input.Text("ChildrenOfAlarmName") is { } parent)
        {
            return store.Find(parent) is { IsComposite: true } composite ? composite.Rule.References.Select(store.FindByReference).OfType<Alarm>() : [];
        }

        return input.Text("ParentsOfAlarmName") is { } child
            ? store.All.Where(alarm => alarm.IsComposite && alarm.Rule.References.Any(reference => store.FindByReference(reference)?.Name == child))
            : store.All;
    }

    private static JsonArray Describe(IEnumerable<Alarm> alarms) => new([.. alarms.Select(alarm => (JsonNode?)alarm.Describe())]);

    private static int Position(JsonObject input) =>
        input.Text("NextToken") is { } token && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : 0;

    private static void SetNext(JsonObject answer, int next, int total)
    {
        if (next < total)
        {
            answer["NextToken"] = next.ToString(CultureInfo.InvariantCulture);
        }
    }
}
