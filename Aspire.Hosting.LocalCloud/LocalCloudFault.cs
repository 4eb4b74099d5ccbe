namespace Aspire.Hosting.LocalCloud;

/// <summary>
/// A failure that LocalCloud simulates. At least one of <see cref="Latency"/>, <see cref="ErrorCode"/> and <see cref="Action"/> is set.
/// </summary>
/// <param name="Name">Names the fault: 1 to 64 letters, digits, <c>.</c>, <c>-</c>, <c>_</c>. A fault of the same name is replaced.</param>
/// <param name="Service">A signing name of AWS (<c>dynamodb</c>, <c>sqs</c>), or <c>function</c> or <c>redis</c>.</param>
public sealed record LocalCloudFault(string Name, string Service)
{
    /// <summary>The one operation that fails, by AWS's name; null: all.</summary>
    public string? Operation { get; init; }

    /// <summary>The one table, queue, function, state machine or topic that fails, by name; null: all.</summary>
    public string? Resource { get; init; }

    /// <summary>How long a call is delayed.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>The error that a call is answered with: <c>ThrottlingException</c>.</summary>
    public string? ErrorCode { get; init; }

    /// <summary><c>Stop</c>, <c>Busy</c>, <c>Fill</c> (redis) or <c>Redeliver</c> (sqs).</summary>
    public string? Action { get; init; }

    /// <summary>The share of calls that fail, above 0 and up to 1. Null: all.</summary>
    public double? Probability { get; init; }

    /// <summary>After how long the fault ends by itself. Null: it lasts until it is removed.</summary>
    public TimeSpan? Duration { get; init; }
}
