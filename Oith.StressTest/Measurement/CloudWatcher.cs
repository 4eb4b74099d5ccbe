using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Measurement;

/// <summary>Looks at the matching queue and at the alarms while a load runs. What cannot be seen at a moment (a fault may be why) is left out.</summary>
internal sealed class CloudWatcher(AwsEndpoint aws, Func<TimeSpan> clock, TimeProvider time)
{
    private const int AlarmsEvery = 4;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly List<QueueDepth> _depths = [];
    private readonly Dictionary<string, RaisedAlarm> _alarms = new(StringComparer.Ordinal);

    public IReadOnlyList<QueueDepth> Depths
    {
        get
        {
            lock (_lock)
            {
                return [.. _depths];
            }
        }
    }

    public IReadOnlyList<RaisedAlarm> Alarms
    {
        get
        {
            lock (_lock)
            {
                return [.. _alarms.Values.OrderBy(alarm => alarm.From)];
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            for (var turn = 0; await timer.WaitForNextTickAsync(cancellationToken); turn++)
            {
                await LookAsync(turn % AlarmsEvery == 0, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>Waits until the matching queue is empty and nobody works on it any more, so that nothing changes by itself; at most that long.</summary>
    public async Task WaitForRestAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var end = clock() + patience;
        while (clock() < end && await DepthAsync(cancellationToken) is not { Visible: 0, InFlight: 0 })
        {
            await Task.Delay(s_interval, time, cancellationToken);
        }
    }

    /// <summary>P95 of GetItem on the users table since then, in milliseconds, as CloudWatch has it; null without data.</summary>
    public async Task<double?> DynamoDBLatencyAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        using var answer = await aws.CallAsync(
            AwsEndpoint.CloudWatch,
            "GetMetricStatistics",
            new JsonObject
            {
                ["Namespace"] = "AWS/DynamoDB",
                ["MetricName"] = "SuccessfulRequestLatency",
                ["Dimensions"] = new JsonArray(
                    new JsonObject { ["Name"] = "TableName", ["Value"] = aws.Table("users") },
                    new JsonObject { ["Name"] = "Operation", ["Value"] = "GetItem" }),
                ["StartTime"] = since.ToUnixTimeSeconds(),
                ["EndTime"] = time.GetUtcNow().ToUnixTimeSeconds() + 1,
                ["Period"] = 86_400,
                ["ExtendedStatistics"] = new JsonArray("p95"),
            },
            cancellationToken);
        return answer.RootElement.TryGetProperty("Datapoints", out var points) && points.GetArrayLength() > 0
            ? points.EnumerateArray().Max(point => point.GetProperty("ExtendedStatistics").GetProperty("p95").GetDouble())
            : null;
    }

    private async Task LookAsync(bool withAlarms, CancellationToken cancellationToken)
    {
        try
        {
            var depth = await DepthAsync(cancellationToken);
            lock (_lock)
            {
                _depths.Add(depth);
            }

            if (withAlarms)
            {
                await LookAtAlarmsAsync(cancellationToken);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // A gap in the plot shows it.
        }
    }

    private async Task<QueueDepth> DepthAsync(CancellationToken cancellationToken)
    {
        using var answer = await aws.CallAsync(
            AwsEndpoint.SQS,
            "GetQueueAttributes",
            new JsonObject
            {
                ["QueueUrl"] = aws.Queue("matching-queue.fifo").ToString(),
                ["AttributeNames"] = new JsonArray("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
            },
            cancellationToken);
        var attributes = answer.RootElement.GetProperty("Attributes");
        return new QueueDepth(
            Math.Round(clock().TotalSeconds, 2),
            Number(attributes, "ApproximateNumberOfMessages"),
            Number(attributes, "ApproximateNumberOfMessagesNotVisible"));
    }

    private static int Number(JsonElement attributes, string name) =>
        int.Parse(attributes.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private async Task LookAtAlarmsAsync(CancellationToken cancellationToken)
    {
        using var answer = await aws.CallAsync(AwsEndpoint.CloudWatch, "DescribeAlarms", new JsonObject { ["StateValue"] = "ALARM" }, cancellationToken);
        if (!answer.RootElement.TryGetProperty("MetricAlarms", out var raised))
        {
            return;
        }

        var now = Math.Round(clock().TotalSeconds, 1);
        lock (_lock)
        {
            foreach (var alarm in raised.EnumerateArray())
            {
                var name = alarm.GetProperty("AlarmName").GetString()!;
                _alarms[name] = _alarms.TryGetValue(name, out var known)
                    ? known with { To = now }
                    : new RaisedAlarm(name, now, now, alarm.TryGetProperty("StateReason", out var reason) ? reason.GetString() : null);
            }
        }
    }
}

/// <param name="At">Seconds from the start of the run.</param>
/// <param name="Visible">Messages that wait; the alarm counts these.</param>
/// <param name="InFlight">Messages that somebody works on.</param>
internal sealed record QueueDepth(double At, int Visible, int InFlight);

/// <param name="From">When it was first seen in state ALARM, seconds from the start of the run.</param>
/// <param name="To">When it was last seen so.</param>
internal sealed record RaisedAlarm(string Name, double From, double To, string? Reason);
