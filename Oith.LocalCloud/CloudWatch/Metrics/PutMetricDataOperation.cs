using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Metrics;

internal sealed class PutMetricDataOperation(MetricStore store, CloudWatchClock clock)
{
    private const int MaximumData = 1000;
    private const int MaximumValues = 150;
    private const int MaximumDimensions = 30;

    private static readonly double s_largest = Math.Pow(2, 360);
    private static readonly TimeSpan s_oldest = TimeSpan.FromDays(14);
    private static readonly TimeSpan s_newest = TimeSpan.FromHours(2);

    public JsonObject? PutMetricData(JsonObject input)
    {
        input.AllowOnly("PutMetricData", "Namespace", "MetricData", "StrictEntityValidation");
        var metricNamespace = input.Text("Namespace") ?? throw CloudWatchErrors.MissingParameter("Namespace");
        var data = input.List("MetricData") ?? throw CloudWatchErrors.MissingParameter("MetricData");
        if (data.Count > MaximumData)
        {
            throw CloudWatchErrors.InvalidValue($"The collection MetricData must not have a size greater than {MaximumData}.");
        }

        // All are checked before the first is kept: a refused call changes nothing.
        var writes = data.Select((datum, index) => Read(metricNamespace, datum!.AsObject(), $"MetricData.member.{index + 1}")).ToList();
        foreach (var write in writes)
        {
            write();
        }

        return null;
    }

    private Action Read(string metricNamespace, JsonObject datum, string path)
    {
        datum.AllowOnly(path, "MetricName", "Dimensions", "Timestamp", "Value", "StatisticValues", "Values", "Counts", "Unit", "StorageResolution");
        var key = new MetricKey(
            metricNamespace, datum.Text("MetricName") ?? throw CloudWatchErrors.MissingParameter($"{path}.MetricName"), MetricKey.DimensionsOf(datum));
        if (key.Dimensions.Count > MaximumDimensions)
        {
            throw CloudWatchErrors.InvalidValue($"The collection {path}.Dimensions must not have a size greater than {MaximumDimensions}.");
        }

        var time = datum.Time("Timestamp") is { } given ? clock.FromWall(given) : clock.Now;
        if (time < clock.Now - s_oldest)
        {
            throw CloudWatchErrors.InvalidValue($"The parameter {path}.Timestamp must specify a time no more than two weeks in the past.");
        }

        if (time > clock.Now + s_newest)
        {
            throw CloudWatchErrors.InvalidValue($"The parameter {path}.Timestamp must specify a time no more than two hours in the future.");
        }

        var unit = datum.Text("Unit") ?? "None";
        var isHighResolution = datum.Integer("StorageResolution") == 1;
        var add = ReadValues(datum, path);
        return () => store.Series(key).Add(time, unit, isHighResolution, add);
    }

    private static Action<StatisticSet> ReadValues(JsonObject datum, string path)
    {
        var (value, values, set) = (datum.Number("Value"), datum.List("Values"), datum.Structure("StatisticValues"));
        if (value is not null && values is not null)
        {
            throw Exclusive("Value", "Values");
        }

        if (value is not null && set is not null)
        {
            throw Exclusive("Value", "StatisticValues");
        }

        if (value is not null)
        {
            Check(value.Value, "Value");
            return target => target.Add(value.Value);
        }

        // AWS accepts Values beside a set; the set is what they sum up to.
        if (set is not null)
        {
            var (count, sum, minimum, maximum) = (Required("SampleCount"), Required("Sum"), Required("Minimum"), Required("Maximum"));
            return target => target.AddSet(count, sum, minimum, maximum);
        }

        if (values is null)
        {
            throw CloudWatchErrors.MissingParameter($"{path}.Value");
        }

        var numbers = Numbers(datum, "Values");
        var counts = datum.List("Counts") is null ? null : Numbers(datum, "Counts");
        if (counts is not null && counts.Count != numbers.Count)
        {
            throw CloudWatchErrors.InvalidValue($"The parameters {path}.Values and {path}.Counts must be of the same size.");
        }

        if (numbers.Count > MaximumValues)
        {
            throw CloudWatchErrors.InvalidValue($"The collection {path}.Values must not have a size greater than {MaximumValues}.");
        }

        numbers.ForEach(number => Check(number, "Values"));
        return target =>
        {
            for (var index = 0; index < numbers.Count; index++)
            {
                target.Add(numbers[index], counts?[index] ?? 1);
            }
        };

        AwsServiceException Exclusive(string first, string second) => CloudWatchErrors.InvalidCombination(
            $"The parameters {path}.{first} and {path}.{second} are mutually exclusive and you have specified both.");

        double Required(string name) => set.Number(name) ?? throw CloudWatchErrors.MissingParameter($"{path}.StatisticValues.{name}");

        void Check(double number, string name)
        {
            if (!double.IsFinite(number) || Math.Abs(number) > s_largest)
            {
                throw CloudWatchErrors.InvalidValue($"The value {number} for parameter {path}.{name} is invalid.");
            }
        }
    }

    private static List<double> Numbers(JsonObject datum, string name) => [.. datum.List(name)!.Select(item => new JsonObject { [name] = item?.DeepClone() }.Number(name) ?? double.NaN)];
}
