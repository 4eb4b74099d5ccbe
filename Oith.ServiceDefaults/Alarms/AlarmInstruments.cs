namespace Oith.ServiceDefaults.Alarms;

/// <summary>Names of the instruments that the alarms rest on, and the histogram bounds that make a percentile exact at its threshold.</summary>
public static class AlarmInstruments
{
    /// <summary>Histogram, s; of ASP.NET Core.</summary>
    public const string RequestDuration = "http.server.request.duration";

    /// <summary>Histogram, s, by <c>db.system.name</c> (aws.dynamodb), <c>db.operation.name</c> and <c>db.collection.name</c>, the table.</summary>
    public const string DynamoDBDuration = "db.client.operation.duration";

    /// <summary>Counter, {request}, by the same: calls that DynamoDB throttled, retries included.</summary>
    public const string DynamoDBThrottles = "oith.dynamodb.throttles";

    /// <summary>Gauge of LocalCloud, {message}, by <c>messaging.destination.name</c>: messages that wait.</summary>
    public const string QueueDepth = "oith.queue.depth";

    /// <summary>Attribute of the gauges of Redis: the node.</summary>
    public const string RedisNode = "aws.elasticache.cache_cluster.id";

    /// <summary>Gauge of LocalCloud, 1, by node: share of time that Redis works.</summary>
    public const string RedisCpu = "oith.redis.cpu.utilization";

    /// <summary>Gauge of LocalCloud, 1, by node: share of its memory limit that Redis uses.</summary>
    public const string RedisMemory = "oith.redis.memory.utilization";

    /// <summary>Gauge of LocalCloud, 1: share of Redis reads of the last five minutes that found their key.</summary>
    public const string RedisHitRatio = "oith.redis.hit_ratio";

    /// <summary>Counter of LocalCloud, {execution}, by <c>aws.step_functions.state_machine.arn</c>: executions that failed or timed out.</summary>
    public const string ExecutionsFailed = "oith.executions.failed";

    /// <summary>Bounds of <see cref="RequestDuration"/> in seconds: the convention's own, and those around the target of 200 ms.</summary>
    public static IReadOnlyList<double> RequestDurationBounds { get; } =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
}
