using System.Collections.ObjectModel;

namespace Oith.ServiceDefaults.Alarms;

/// <summary>
/// Every alarm of OITH. The templates in infrastructure/ declare the same ones; a test fails when either side drifts.
/// </summary>
public static class AlarmCatalog
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_fiveMinutes = TimeSpan.FromMinutes(5);

    private static readonly (string Table, string[] Indexes)[] s_tables =
    [
        ("users", ["gender-geohash-index", "geohash-lastSeen-index"]),
        ("matches", ["userEmail-index", "matchEmail-index"]),
        ("match-history", ["matchEmail-index"]),
        ("blocks", ["blockedEmail-index"]),
    ];

    /// <summary>The alarms of an environment: development, staging or production.</summary>
    public static IReadOnlyList<AlarmDefinition> For(string environment)
    {
        var names = new EnvironmentNames(environment);
        return
        [
            ResponseTime(names),
            ErrorRate(names),
            .. s_tables.Select(table => Throttling(names, table.Table, table.Indexes)),
            .. s_tables.Select(table => Latency(names, table.Table)),
            QueueDepth(names),
            DeadLetters(names),
            .. names.RedisNodes.Select(node => RedisNode(names, node, "cpu", "CPUUtilization", AlarmInstruments.RedisCpu)),
            .. names.RedisNodes.Select(node => RedisNode(names, node, "memory", "DatabaseMemoryUsagePercentage", AlarmInstruments.RedisMemory)),
            RedisHitRate(names),
            DAXHitRate(names),
            ExecutionsFailed(names, "distributed-matching", "${DistributedMatchingStateMachineArn}"),
            ExecutionsFailed(names, "batch-precompute", "${BatchPrecomputeStateMachineArn}"),
        ];
    }

    // The HTTP API's latency, not the function's duration: it holds cold starts, and is free of the nightly tasks, which may take their time.
    private static AlarmDefinition ResponseTime(EnvironmentNames names) => new()
    {
        Name = names.Alarm("response-time-p95"),
        Runbook = "response-time-p95",
        Severity = AlarmSeverity.Warning,
        Metrics = [Metric("value", "AWS/ApiGateway", "Latency", "p95", ("ApiId", "${ApiId}"))],
        Comparison = AlarmComparison.GreaterThanThreshold,
        Threshold = 200,
        Unit = "ms",
        Period = s_minute,
        EvaluationPeriods = 3,
        MissingData = MissingData.NotBreaching,
        Instrument = new(AlarmInstruments.RequestDuration, "s", 0.2, "p95"),
    };

    private static AlarmDefinition ErrorRate(EnvironmentNames names) => new()
    {
        Name = names.Alarm("error-rate"),
        Runbook = "error-rate",
        Severity = AlarmSeverity.Critical,
        Metrics =
        [
            Metric("errors", "AWS/Lambda", "Errors", "Sum", ("FunctionName", names.Function)),
            Metric("invocations", "AWS/Lambda", "Invocations", "Sum", ("FunctionName", names.Function)),
        ],
        Expression = "100 * errors / invocations",
        Comparison = AlarmComparison.GreaterThanThreshold,
        Threshold = 0.5,
        Unit = "%",
        Period = s_fiveMinutes,
        EvaluationPeriods = 2,
        MissingData = MissingData.NotBreaching,
        Instrument = new(AlarmInstruments.RequestDuration, "s", 0.005, "share of http.response.status_code 5xx"),
    };

    // An index is counted apart from its table, so each is added. Where nothing is throttled there is no data, and alarms on AWS/DynamoDB
    // ignore that whatever they are told: filled with zeros it ends the alarm.
    private static AlarmDefinition Throttling(EnvironmentNames names, string table, string[] indexes)
    {
        var metrics = new List<AlarmMetric>
        {
            Metric("reads", "AWS/DynamoDB", "ReadThrottleEvents", "Sum", ("TableName", names.Table(table))),
            Metric("writes", "AWS/DynamoDB", "WriteThrottleEvents", "Sum", ("TableName", names.Table(table))),
        };
        for (var i = 0; i < indexes.Length; i++)
        {
            (string, string)[] dimensions = [("TableName", names.Table(table)), ("GlobalSecondaryIndexName", indexes[i])];
            metrics.Add(Metric($"reads{i + 1}", "AWS/DynamoDB", "ReadThrottleEvents", "Sum", dimensions));
            metrics.Add(Metric($"writes{i + 1}", "AWS/DynamoDB", "WriteThrottleEvents", "Sum", dimensions));
        }

        return new()
        {
            Name = names.Alarm($"dynamodb-throttling-{table}"),
            Runbook = "dynamodb-throttling",
            Severity = AlarmSeverity.Critical,
            Metrics = metrics,
            Expression = $"SUM(FILL([{Ids(metrics)}], 0))",
            Comparison = AlarmComparison.GreaterThanThreshold,
            Threshold = 1,
            Unit = "throttled reads and writes",
            Period = s_minute,
            EvaluationPeriods = 1,
            MissingData = MissingData.Ignore,
            Instrument = new(AlarmInstruments.DynamoDBThrottles, "{request}", 1, "sum"),
        };
    }

    private static AlarmDefinition Latency(EnvironmentNames names, string table) => new()
    {
        Name = names.Alarm($"dynamodb-latency-{table}"),
        Runbook = "dynamodb-latency",
        Severity = AlarmSeverity.Warning,
        Metrics = [Metric("value", "AWS/DynamoDB", "SuccessfulRequestLatency", "p95", ("TableName", names.Table(table)), ("Operation", "GetItem"))],
        Comparison = AlarmComparison.GreaterThanThreshold,
        Threshold = 30,
        Unit = "ms",
        Period = s_minute,
        EvaluationPeriods = 3,
        MissingData = MissingData.Ignore,
        Instrument = new(AlarmInstruments.DynamoDBDuration, "s", 0.03, "p95 of db.operation.name GetItem"),
    };

    private static AlarmDefinition QueueDepth(EnvironmentNames names) => Queue(names, "queue-depth", "matching-queue.fifo", 1000, 3);

    private static AlarmDefinition DeadLetters(EnvironmentNames names) => Queue(names, "dlq-not-empty", "matching-dlq.fifo", 0, 1);

    private static AlarmDefinition Queue(EnvironmentNames names, string alarm, string queue, double threshold, int periods) => new()
    {
        Name = names.Alarm(alarm),
        Runbook = alarm,
        Severity = AlarmSeverity.Warning,
        Metrics = [Metric("value", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", ("QueueName", names.Prefix(queue)))],
        Comparison = AlarmComparison.GreaterThanThreshold,
        Threshold = threshold,
        Unit = "messages",
        Period = s_minute,
        EvaluationPeriods = periods,
        MissingData = MissingData.NotBreaching,
        Instrument = new(AlarmInstruments.QueueDepth, "{message}", threshold, "maximum"),
    };

    private static AlarmDefinition RedisNode(EnvironmentNames names, string node, string kind, string metric, string instrument) => new()
    {
        Name = names.Alarm($"elasticache-{kind}-{node}"),
        Runbook = $"elasticache-{kind}",
        Severity = AlarmSeverity.Warning,
        Metrics = [Metric("value", "AWS/ElastiCache", metric, "Average", ("CacheClusterId", names.RedisNode(node)))],
        Comparison = AlarmComparison.GreaterThanThreshold,
        Threshold = 80,
        Unit = "%",
        Period = s_fiveMinutes,
        EvaluationPeriods = 2,
        MissingData = MissingData.Ignore,
        Instrument = new(instrument, "1", 0.8, "average"),
    };

    private static AlarmDefinition RedisHitRate(EnvironmentNames names)
    {
        var hits = names.RedisNodes.Select((node, i) => Metric(
            $"hits{i + 1}", "AWS/ElastiCache", "CacheHits", "Sum", ("CacheClusterId", names.RedisNode(node)))).ToList();
        var misses = names.RedisNodes.Select((node, i) => Metric(
            $"misses{i + 1}", "AWS/ElastiCache", "CacheMisses", "Sum", ("CacheClusterId", names.RedisNode(node)))).ToList();
        return HitRate(names, "redis-hit-rate", hits, misses, AlarmInstruments.RedisHitRatio);
    }

    private static AlarmDefinition DAXHitRate(EnvironmentNames names)
    {
        AlarmMetric DAX(string id, string metric) => Metric(id, "AWS/DAX", metric, "Sum", ("ClusterId", names.Prefix("dax")));
        return HitRate(
            names,
            "dax-hit-rate",
            [DAX("itemHits", "ItemCacheHits"), DAX("queryHits", "QueryCacheHits")],
            [DAX("itemMisses", "ItemCacheMisses"), DAX("queryMisses", "QueryCacheMisses")],
            instrument: null);
    }

    private static AlarmDefinition HitRate(
        EnvironmentNames names, string alarm, List<AlarmMetric> hits, List<AlarmMetric> misses, string? instrument)
    {
        List<AlarmMetric> reads = [.. hits, .. misses];
        return new()
        {
            Name = names.Alarm(alarm),
            Runbook = alarm,
            Severity = AlarmSeverity.Warning,
            Metrics = reads,
            Expression = $"100 * SUM([{Ids(hits)}]) / SUM([{Ids(reads)}])",
            Comparison = AlarmComparison.LessThanThreshold,
            Threshold = 60,
            Unit = "%",
            Period = s_fiveMinutes,
            EvaluationPeriods = 3,
            MissingData = MissingData.NotBreaching,
            Instrument = instrument is null ? null : new(instrument, "1", 0.6, "last value"),
        };
    }

    private static AlarmDefinition ExecutionsFailed(EnvironmentNames names, string machine, string arn) => new()
    {
        Name = names.Alarm($"executions-failed-{machine}"),
        Runbook = "executions-failed",
        Severity = AlarmSeverity.Warning,
        Metrics =
        [
            Metric("failed", "AWS/States", "ExecutionsFailed", "Sum", ("StateMachineArn", arn)),
            Metric("timedOut", "AWS/States", "ExecutionsTimedOut", "Sum", ("StateMachineArn", arn)),
        ],
        Expression = "SUM([failed, timedOut])",
        Comparison = AlarmComparison.GreaterThanThreshold,
        Threshold = 0,
        Unit = "executions",
        Period = s_fiveMinutes,
        EvaluationPeriods = 1,
        MissingData = MissingData.NotBreaching,
        Instrument = new(AlarmInstruments.ExecutionsFailed, "{execution}", 0, "sum"),
    };

    private static AlarmMetric Metric(string id, string ns, string name, string statistic, params (string Name, string Value)[] dimensions) =>
        new(id, ns, name, new ReadOnlyDictionary<string, string>(dimensions.ToDictionary(d => d.Name, d => d.Value, StringComparer.Ordinal)), statistic);

    private static string Ids(IEnumerable<AlarmMetric> metrics) => string.Join(", ", metrics.Select(metric => metric.Id));

    /// <summary>The names that the templates give to what is watched.</summary>
    private sealed class EnvironmentNames(string environment)
    {
        public string Function => Prefix("matching-service");

        public string[] RedisNodes { get; } = environment == "production" ? ["001", "002", "003"] : ["001", "002"];

        public string Alarm(string name) => Prefix(name);

        public string Table(string table) => Prefix(table);

        public string RedisNode(string node) => Prefix($"redis-{node}");

        public string Prefix(string name) => $"oith-{environment}-{name}";
    }
}
