using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>Which attributes a topic has, and how GetTopicAttributes shows them.</summary>
internal static partial class TopicAttributes
{
    private static readonly HashSet<string> s_settable = new(StringComparer.Ordinal)
    {
        "DisplayName", "Policy", "DeliveryPolicy", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "ContentBasedDeduplication",
        "ArchivePolicy", "FifoThroughputScope", "DataProtectionPolicy",
    };

    /// <summary>Adds one attribute; an empty value takes it away.</summary>
    /// <exception cref="Wire.AwsServiceException">InvalidParameter: no such attribute.</exception>
    public static ImmutableSortedDictionary<string, string> Set(
        ImmutableSortedDictionary<string, string> attributes, string name, string? value)
    {
        if (!s_settable.Contains(name) && !FeedbackName().IsMatch(name))
        {
            throw SNSErrors.InvalidParameter("AttributeName");
        }

        if (name == "DeliveryPolicy")
        {
            value = NormalDeliveryPolicy(value);
        }

        return string.IsNullOrEmpty(value) ? attributes.Remove(name) : attributes.SetItem(name, value);
    }

    /// <summary>The attributes of a new topic, from those given.</summary>
    public static ImmutableSortedDictionary<string, string> Create(IEnumerable<KeyValuePair<string, string>> given)
    {
        var attributes = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            if (name != "FifoTopic")
            {
                attributes = Set(attributes, name, value);
            }
            else if (value == "true")
            {
                attributes = attributes.SetItem(name, value);
            }
        }

        return attributes;
    }

    public static IEnumerable<KeyValuePair<string, string>> Show(TopicDefinition topic, string owner, int confirmed, int pending, int deleted)
    {
        yield return new("TopicArn", topic.Arn);
        yield return new("Owner", owner);
        yield return new("DisplayName", topic.Attributes.GetValueOrDefault("DisplayName", ""));
        yield return new("Policy", topic.Attributes.GetValueOrDefault("Policy") ?? TopicPolicy.Default(topic.Arn, owner));
        yield return new("EffectiveDeliveryPolicy", EffectiveDeliveryPolicy(topic.Attributes.GetValueOrDefault("DeliveryPolicy")));
        yield return new("SubscriptionsConfirmed", Text(confirmed));
        yield return new("SubscriptionsPending", Text(pending));
        yield return new("SubscriptionsDeleted", Text(deleted));
        if (topic.IsFifo)
        {
            yield return new("ContentBasedDeduplication", topic.IsContentDeduplicated ? "true" : "false");
        }

        foreach (var attribute in topic.Attributes)
        {
            if (attribute.Key is not ("DisplayName" or "Policy" or "ContentBasedDeduplication" or "DataProtectionPolicy"))
            {
                yield return attribute;
            }
        }

        static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string? NormalDeliveryPolicy(string? value)
    {
        if (string.IsNullOrEmpty(value) || value == "{}")
        {
            return null;
        }

        JsonNode? policy;
        try
        {
            policy = JsonInput.Parse(value);
        }
        catch (JsonException error)
        {
            throw SNSErrors.InvalidParameter($"DeliveryPolicy: {SNSErrors.Unparsable(value, error)}");
        }

        if (policy?["http"] is not JsonObject http)
        {
            return null;
        }

        foreach (var name in http.Where(member => member.Value is null).Select(member => member.Key).ToArray())
        {
            http.Remove(name);
        }

        http.TryAdd("disableSubscriptionOverrides", false);
        return policy.ToJsonString();
    }

    private static string EffectiveDeliveryPolicy(string? deliveryPolicy)
    {
        var http = new JsonObject
        {
            ["defaultHealthyRetryPolicy"] = new JsonObject
            {
                ["minDelayTarget"] = 20,
                ["maxDelayTarget"] = 20,
                ["numRetries"] = 3,
                ["numMaxDelayRetries"] = 0,
                ["numNoDelayRetries"] = 0,
                ["numMinDelayRetries"] = 0,
                ["backoffFunction"] = "linear",
            },
            ["disableSubscriptionOverrides"] = false,
            ["defaultRequestPolicy"] = new JsonObject { ["headerContentType"] = "text/plain; charset=UTF-8" },
        };
        if (deliveryPolicy is not null)
        {
            foreach (var (name, value) in JsonInput.Parse(deliveryPolicy)!["http"]!.AsObject())
            {
                http[name] = value?.DeepClone();
            }
        }

        return new JsonObject { ["http"] = http }.ToJsonString();
    }

    [GeneratedRegex("^(HTTP|Firehose|Lambda|Application|SQS)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn)$")]
    private static partial Regex FeedbackName();
}
