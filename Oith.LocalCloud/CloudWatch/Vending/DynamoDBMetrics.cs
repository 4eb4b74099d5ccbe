using System.Text.Json;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>The metrics of AWS/DynamoDB that a call's course tells: latency, throttles and refused calls by table and operation.</summary>
internal sealed class DynamoDBMetrics(MetricStore store, CloudWatchClock clock) : IAwsCallObserver
{
    private const string Namespace = "AWS/DynamoDB";

    private readonly SeriesCache<(string Table, string Operation)> _latencies = new();

    public string Service => "dynamodb";

    public void Completed(AwsCall call, TimeSpan duration, AwsServiceException? error)
    {
        if (call.Input.ValueKind != JsonValueKind.Object || call.OptionalString("TableName") is not { } table)
        {
            return;
        }

        if (error is null)
        {
            Latency(table, call.Operation)
                .Add(clock.Now, "Milliseconds", isHighResolution: false, set => set.Add(duration.TotalMilliseconds));
            return;
        }

        switch (error.Code)
        {
            case "ProvisionedThroughputExceededException" or "ThrottlingException" or "RequestLimitExceeded":
                Count("ThrottledRequests", ("TableName", table), ("Operation", call.Operation));
                var events = call.Operation is "GetItem" or "Query" or "Scan" or "BatchGetItem" ? "ReadThrottleEvents" : "WriteThrottleEvents";
                if (call.OptionalString("IndexName") is { } index)
                {
                    // An index's throttles are counted apart from its table's.
                    Count(events, ("TableName", table), ("GlobalSecondaryIndexName", index));
                }
                else
                {
                    Count(events, ("TableName", table));
                }

                break;
            case "ConditionalCheckFailedException":
                Count("ConditionalCheckFailedRequests", ("TableName", table));
                break;
            case var _ when (int)error.Status >= 500:
                Count("SystemErrors", ("TableName", table), ("Operation", call.Operation));
                break;
            default:
                Count("UserErrors");
                break;
        }
    }

    private MetricSeries Latency(string table, string operation) => _latencies.TryGet((table, operation), out var series)
        ? series
        : _latencies.Set(
            (table, operation), store.Series(Key("SuccessfulRequestLatency", ("TableName", table), ("Operation", operation))));

    private void Count(string metric, params ReadOnlySpan<(string Name, string Value)> dimensions) => store.Record(Key(metric, dimensions), 1, "Count");

    private static MetricKey Key(string metric, params ReadOnlySpan<(string Name, string Value)> dimensions) =>
        new(Namespace, metric, dimensions.ToArray().Select(dimension => KeyValuePair.Create(dimension.Name, dimension.Value)));
}
