namespace Oith.ServiceDefaults.Alarms;

/// <summary>How soon somebody must look: a critical alarm at once, a warning today.</summary>
public enum AlarmSeverity
{
    Warning,
    Critical,
}

/// <summary>The side of the threshold that is bad.</summary>
public enum AlarmComparison
{
    GreaterThanThreshold,
    LessThanThreshold,
}

/// <summary>What a period without data means, in CloudWatch's words.</summary>
public enum MissingData
{
    /// <summary>Nothing happened, so nothing is wrong.</summary>
    NotBreaching,

    /// <summary>Nothing is known, so the alarm stays as it was.</summary>
    Ignore,
}

/// <summary>One alarm: what CloudWatch watches in AWS, and the instrument that shows the same on any OpenTelemetry backend.</summary>
public sealed record AlarmDefinition
{
    /// <summary>Full name, <c>oith-production-queue-depth</c>.</summary>
    public required string Name { get; init; }

    /// <summary>File of docs/runbook that says what to do, without <c>.md</c>; alarms of one kind share it.</summary>
    public required string Runbook { get; init; }

    public required AlarmSeverity Severity { get; init; }

    /// <summary>One metric, or those that <see cref="Expression"/> combines.</summary>
    public required IReadOnlyList<AlarmMetric> Metrics { get; init; }

    /// <summary>Metric math over the ids of <see cref="Metrics"/>; null where the one metric itself is compared.</summary>
    public string? Expression { get; init; }

    public required AlarmComparison Comparison { get; init; }

    /// <summary>In <see cref="Unit"/>.</summary>
    public required double Threshold { get; init; }

    /// <summary>Unit of the threshold as people read it: <c>ms</c>, <c>%</c>, <c>messages</c>.</summary>
    public required string Unit { get; init; }

    public required TimeSpan Period { get; init; }

    /// <summary>Periods in a row that must breach.</summary>
    public required int EvaluationPeriods { get; init; }

    public required MissingData MissingData { get; init; }

    /// <summary>Null where only AWS can measure: DAX tells nobody but CloudWatch what its caches answered.</summary>
    public required AlarmInstrument? Instrument { get; init; }
}

/// <summary>A CloudWatch metric in an alarm.</summary>
/// <param name="Id">Its name in the expression; <c>value</c> where there is none.</param>
/// <param name="Namespace"><c>AWS/SQS</c></param>
/// <param name="Name"><c>ApproximateNumberOfMessagesVisible</c></param>
/// <param name="Dimensions">
/// By name. A value <c>${ApiId}</c> is the stack output of that name: AWS chooses it when the stack is made.
/// </param>
/// <param name="Statistic"><c>Sum</c>, <c>Maximum</c>, <c>p95</c></param>
public sealed record AlarmMetric(string Id, string Namespace, string Name, IReadOnlyDictionary<string, string> Dimensions, string Statistic);

/// <summary>The OpenTelemetry side of an alarm.</summary>
/// <param name="Name">Instrument, <c>http.server.request.duration</c>.</param>
/// <param name="Unit">Unit by the semantic conventions: <c>s</c>, <c>1</c>, <c>{message}</c>.</param>
/// <param name="Threshold">The alarm's threshold in that unit.</param>
/// <param name="Aggregation">What of the instrument is held against the threshold, <c>p95</c> or <c>share of http.response.status_code 5xx</c>.</param>
public sealed record AlarmInstrument(string Name, string Unit, double Threshold, string Aggregation);
