using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>Topics and subscriptions, kept in the journal. Captured messages are in memory only.</summary>
internal sealed class SNSTopics : IDisposable
{
    private readonly ConcurrentDictionary<string, SNSTopic> _topics = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SNSSubscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Journal _journal;
    private readonly Arn _arn;

    public SNSTopics(Arn arn, JournalFactory journals)
    {
        _arn = arn;
        _journal = journals.Open("sns");
        _journal.Replay(record => Apply(JsonNode.Parse(record)!.AsObject()));

        if (_journal.IsEnabled)
        {
            _journal.Rewrite([.. _topics.Values.Select(topic => (ReadOnlyMemory<byte>)Record(topic.Definition)),
                .. _subscriptions.Values.Select(subscription => (ReadOnlyMemory<byte>)Record(subscription))]);
        }
    }

    public IEnumerable<SNSTopic> Topics => _topics.Values.OrderBy(topic => topic.Arn, StringComparer.Ordinal);

    public IEnumerable<SNSSubscription> Subscriptions => _subscriptions.Values.OrderBy(subscription => subscription.Arn, StringComparer.Ordinal);

    /// <summary>The topic of an ARN.</summary>
    /// <exception cref="AwsServiceException">InvalidParameter for none and for what is no ARN of this place, NotFound.</exception>
    public SNSTopic Require(string? arn, string parameter = "TopicArn")
    {
        if (arn is null)
        {
            throw SNSErrors.MissingParameter(parameter);
        }

        var parts = arn.Split(':');
        if (parts.Length < 6)
        {
            throw SNSErrors.InvalidArn(parameter, arn);
        }

        if (!arn.StartsWith(_arn.Of("sns", ""), StringComparison.Ordinal))
        {
            throw SNSErrors.InvalidParameter(parameter);
        }

        return _topics.GetValueOrDefault(arn) ?? throw SNSErrors.TopicNotFound();
    }

    public SNSTopic? Find(string arn) => _topics.GetValueOrDefault(arn);

    /// <summary>A new topic, or the one of that name when what is given fits it.</summary>
    public SNSTopic Create(string name, ImmutableSortedDictionary<string, string> attributes, ImmutableSortedDictionary<string, string> tags)
    {
        lock (_lock)
        {
            var arn = _arn.Of("sns", name);
            if (_topics.TryGetValue(arn, out var existing))
            {
                if (attributes.Any(pair => existing.Definition.Attributes.GetValueOrDefault(pair.Key) != pair.Value))
                {
                    throw SNSErrors.InvalidParameter("Attributes Reason: Topic already exists with different attributes");
                }

                return tags.All(tag => existing.Definition.Tags.GetValueOrDefault(tag.Key) == tag.Value)
                    ? existing
                    : throw SNSErrors.InvalidParameter("Tags Reason: Topic already exists with different tags");
            }

            var topic = new SNSTopic(new TopicDefinition(arn, attributes, tags));
            Keep(Record(topic.Definition));
            return _topics[arn] = topic;
        }
    }

    public void Update(SNSTopic topic, Func<TopicDefinition, TopicDefinition> change)
    {
        lock (_lock)
        {
            var definition = change(topic.Definition);
            Keep(Record(definition));
            topic.Definition = definition;
        }
    }

    /// <summary>Its subscriptions stay, as AWS leaves them, but nothing reaches them any more.</summary>
    public void Delete(string arn)
    {
        lock (_lock)
        {
            if (_topics.ContainsKey(arn))
            {
                Keep(Record(new JsonObject { ["deletedTopic"] = arn }));
                _topics.TryRemove(arn, out _);
            }
        }
    }

    public IEnumerable<SNSSubscription> SubscriptionsOf(string topicArn) =>
        Subscriptions.Where(subscription => subscription.TopicArn == topicArn);

    public SNSSubscription? FindSubscription(string arn) => _subscriptions.GetValueOrDefault(arn);

    /// <summary>The subscription of that topic, protocol and endpoint; made by <paramref name="create"/> when there is none.</summary>
    public SNSSubscription Subscribe(string topicArn, string protocol, string endpoint, Action<SNSSubscription> check, Func<string, SNSSubscription> create)
    {
        lock (_lock)
        {
            var existing = _subscriptions.Values.FirstOrDefault(subscription =>
                subscription.TopicArn == topicArn && subscription.Protocol == protocol && subscription.Endpoint == endpoint);
            if (existing is not null)
            {
                check(existing);
                return existing;
            }

            return Put(create($"{topicArn}:{Guid.NewGuid()}"));
        }
    }

    public void Update(string subscriptionArn, Func<SNSSubscription, SNSSubscription> change)
    {
        lock (_lock)
        {
            if (_subscriptions.TryGetValue(subscriptionArn, out var subscription))
            {
                Put(change(subscription));
            }
        }
    }

    public void Unsubscribe(string subscriptionArn)
    {
        lock (_lock)
        {
            if (_subscriptions.TryGetValue(subscriptionArn, out var subscription))
            {
                Keep(Record(new JsonObject { ["deletedSubscription"] = subscriptionArn }));
                _subscriptions.TryRemove(subscriptionArn, out _);
                if (Find(subscription.TopicArn) is { } topic)
                {
                    topic.SubscriptionsDeleted++;
                }
            }
        }
    }

    public void Dispose() => _journal.Dispose();

    private SNSSubscription Put(SNSSubscription subscription)
    {
        Keep(Record(subscription));
        return _subscriptions[subscription.Arn] = subscription;
    }

    private void Keep(byte[] record) => _journal.Append(record);

    private byte[] Record(TopicDefinition topic) => Record(new JsonObject
    {
        ["topic"] = topic.Arn,
        ["attributes"] = JsonSerializer.SerializeToNode(topic.Attributes),
        ["tags"] = JsonSerializer.SerializeToNode(topic.Tags),
    });

    private byte[] Record(SNSSubscription subscription) => Record(new JsonObject
    {
        ["subscription"] = subscription.Arn,
        ["topicArn"] = subscription.TopicArn,
        ["protocol"] = subscription.Protocol,
        ["endpoint"] = subscription.Endpoint,
        ["attributes"] = JsonSerializer.SerializeToNode(subscription.Attributes),
        ["token"] = subscription.Token,
    });

    private byte[] Record(JsonObject record) => _journal.IsEnabled ? JsonSerializer.SerializeToUtf8Bytes(record) : [];

    private void Apply(JsonObject record)
    {
        if (record["topic"]?.GetValue<string>() is { } topic)
        {
            _topics[topic] = new SNSTopic(new TopicDefinition(topic, Map(record["attributes"]), Map(record["tags"])));
        }
        else if (record["subscription"]?.GetValue<string>() is { } subscription)
        {
            _subscriptions[subscription] = new SNSSubscription(
                subscription,
                record["topicArn"]!.GetValue<string>(),
                record["protocol"]!.GetValue<string>(),
                record["endpoint"]!.GetValue<string>(),
                Map(record["attributes"]),
                record["token"]?.GetValue<string>());
        }
        else if (record["deletedTopic"]?.GetValue<string>() is { } deletedTopic)
        {
            _topics.TryRemove(deletedTopic, out _);
        }
        else if (record["deletedSubscription"]?.GetValue<string>() is { } deletedSubscription)
        {
            _subscriptions.TryRemove(deletedSubscription, out _);
        }
    }

    private static ImmutableSortedDictionary<string, string> Map(JsonNode? node) =>
        node.Deserialize<Dictionary<string, string>>()!.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
