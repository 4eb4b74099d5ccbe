using System.Collections.Immutable;
using Oith.LocalCloud.Messaging;

namespace Oith.LocalCloud.SNS;

/// <summary>What is kept of a topic. Never changes: an update replaces it.</summary>
/// <param name="Attributes">Those that were set, by AWS's names.</param>
internal sealed record TopicDefinition(string Arn, ImmutableSortedDictionary<string, string> Attributes, ImmutableSortedDictionary<string, string> Tags)
{
    public string Name => Arn[(Arn.LastIndexOf(':') + 1)..];

    public bool IsFifo => Attributes.ContainsKey("FifoTopic");

    public bool IsContentDeduplicated => Attributes.GetValueOrDefault("ContentBasedDeduplication") == "true";

    /// <summary>1 or 2; only shown in messages.</summary>
    public string SignatureVersion => Attributes.GetValueOrDefault("SignatureVersion", "1");
}

/// <summary>A topic. A FIFO topic publishes one message at a time, so that every subscriber gets them in one order.</summary>
internal sealed class SNSTopic(TopicDefinition definition)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    public TopicDefinition Definition { get; set; } = definition;

    public string Arn => Definition.Arn;

    /// <summary>How many subscriptions were taken back.</summary>
    public int SubscriptionsDeleted { get; set; }

    public DeduplicationWindow Deduplication { get; } = new();

    /// <summary>Runs one publish after the other; for FIFO topics.</summary>
    public async ValueTask<T> InOrderAsync<T>(Func<ValueTask<T>> publish)
    {
        Task previous;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            previous = _last;
            _last = done.Task;
        }

        await previous;
        try
        {
            return await publish();
        }
        finally
        {
            done.SetResult();
        }
    }
}

/// <summary>What is kept of a subscription. Never changes: an update replaces it.</summary>
/// <param name="Attributes">Those that were set, by AWS's names.</param>
/// <param name="Token">What confirms it; null once it is confirmed.</param>
internal sealed record SNSSubscription(
    string Arn, string TopicArn, string Protocol, string Endpoint, ImmutableSortedDictionary<string, string> Attributes, string? Token)
{
    private FilterPolicy? _filter;

    public bool IsPending => Token is not null;

    public bool IsRaw => string.Equals(Attributes.GetValueOrDefault("RawMessageDelivery"), "true", StringComparison.OrdinalIgnoreCase);

    public bool FiltersOnBody => Attributes.GetValueOrDefault("FilterPolicyScope") == "MessageBody";

    /// <summary>Null: every message is delivered.</summary>
    public FilterPolicy? Filter => Attributes.TryGetValue("FilterPolicy", out var policy)
        ? _filter ??= FilterPolicy.Parse(policy, FiltersOnBody)
        : null;
}
