using System.Text.Json;

namespace Oith.LocalCloud.Faults;

/// <summary>Something that goes wrong on purpose with a share of the calls of one service.</summary>
/// <param name="Name">What it is put, listed and deleted by.</param>
/// <param name="Service">A signing name (<c>dynamodb</c>), or <c>function</c>, <c>redis</c>, <c>matching</c>.</param>
internal sealed record Fault(string Name, string Service)
{
    // The members by which the operations of AWS name what they work on.
    private static readonly string[] s_resourceMembers =
        ["TableName", "QueueUrl", "FunctionName", "StateMachineArn", "stateMachineArn", "TopicArn"];

    private long _struck;

    /// <summary>AWS's operation name; null for every operation.</summary>
    public string? Operation { get; init; }

    /// <summary>Name of the table, queue, function, state machine or topic; null for all.</summary>
    public string? Resource { get; init; }

    /// <summary>How long a call is held up before it is carried out.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>What is answered instead of carrying the call out; null carries it out.</summary>
    public string? ErrorCode { get; init; }

    public FaultAction Action { get; init; }

    /// <summary>Share of the calls that it strikes, above 0 and up to 1.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>When it ends by itself; null: when it is deleted.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>How many calls it has struck.</summary>
    public long Struck => Interlocked.Read(ref _struck);

    public void Strike() => Interlocked.Increment(ref _struck);

    public bool Concerns(string service, string operation) =>
        Service == service && (Operation is null || Operation == operation);

    /// <summary>Whether the call works on <see cref="Resource"/>, named outright, by URL or by ARN.</summary>
    public bool ConcernsResource(JsonElement input)
    {
        if (Resource is null)
        {
            return true;
        }

        foreach (var member in s_resourceMembers)
        {
            if (input.ValueKind == JsonValueKind.Object && input.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
                && ConcernsResource(value.GetString()!))
            {
                return true;
            }
        }

        return false;
    }

    public bool ConcernsResource(string name) =>
        Resource is null || name == Resource || name.EndsWith('/' + Resource, StringComparison.Ordinal) || name.EndsWith(':' + Resource, StringComparison.Ordinal);
}

/// <summary>What a fault does beyond holding up calls and refusing them.</summary>
internal enum FaultAction
{
    None,

    /// <summary>Redis is stopped while the fault lasts, and starts empty afterwards.</summary>
    Stop,

    /// <summary>Redis works without a pause.</summary>
    Busy,

    /// <summary>Redis's memory is nearly full.</summary>
    Fill,

    /// <summary>A queue shows received messages again at once, as if their visibility timeout had run out.</summary>
    Redeliver,
}
