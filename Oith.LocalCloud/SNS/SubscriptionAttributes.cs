using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>Which attributes a subscription has, and how GetSubscriptionAttributes shows them.</summary>
internal static class SubscriptionAttributes
{
    private static readonly HashSet<string> s_settable = new(StringComparer.Ordinal)
    {
        "RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy",
    };

    /// <summary>The attributes with one of them changed; an empty value takes it away.</summary>
    /// <exception cref="AwsServiceException">InvalidParameter in AWS's words.</exception>
    public static ImmutableSortedDictionary<string, string> Set(
        ImmutableSortedDictionary<string, string> attributes, TopicDefinition topic, string endpoint, string name, string? value)
    {
        if (!s_settable.Contains(name))
        {
            throw SNSErrors.InvalidParameter("AttributeName");
        }

        try
        {
            return Validated(attributes, topic, endpoint, name, value ?? "");
        }
        catch (FilterPolicyException error)
        {
            throw SNSErrors.InvalidParameter(error.IsWhole ? error.Message : $"FilterPolicy: {error.Message}");
        }
        catch (InvalidAttributeException error)
        {
            throw SNSErrors.InvalidParameter(error.Message);
        }
    }

    /// <summary>The attributes of a new subscription.</summary>
    /// <exception cref="AwsServiceException">InvalidParameter, worded for Subscribe.</exception>
    public static ImmutableSortedDictionary<string, string> Create(TopicDefinition topic, string endpoint, IReadOnlyDictionary<string, string> given)
    {
        var attributes = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
        // The scope decides how the policy is read, so it comes first.
        foreach (var (name, value) in given.OrderBy(pair => pair.Key != "FilterPolicyScope"))
        {
            try
            {
                attributes = s_settable.Contains(name)
                    ? Validated(attributes, topic, endpoint, name, value)
                    : throw SNSErrors.InvalidParameter("Attributes Reason: Unknown attribute: " + name);
            }
            catch (FilterPolicyException error)
            {
                throw SNSErrors.InvalidParameter(error.IsWhole ? error.Message : $"Attributes Reason: FilterPolicy: {error.Message}");
            }
            catch (InvalidAttributeException error)
            {
                throw SNSErrors.InvalidParameter($"Attributes Reason: {error.Message}");
            }
        }

        return attributes;
    }

    /// <summary>
    /// Whether a subscription has the attributes with which Subscribe asks for it again; one that was never set has its default.
    /// </summary>
    public static bool Fit(SNSSubscription subscription, IReadOnlyDictionary<string, string> given)
    {
        return given.All(pair => IsSame(pair.Key, subscription.Attributes.GetValueOrDefault(pair.Key) ?? Default(pair.Key), pair.Value));

        static string Default(string name) => name switch
        {
            "RawMessageDelivery" => "false",
            "FilterPolicyScope" => "MessageAttributes",
            _ => "",
        };
    }

    private static bool IsSame(string name, string mine, string given)
    {
        if (mine == given || (name == "RawMessageDelivery" && mine.Equals(given, StringComparison.OrdinalIgnoreCase)))
        {
            return true;
        }

        // A policy without members is as good as none.
        return name is "FilterPolicy" or "RedrivePolicy" && JsonNode.DeepEquals(Members(mine), Members(given));

        static JsonNode? Members(string policy) => policy.Length == 0 ? new JsonObject() : JsonInput.Parse(policy);
    }

    public static IEnumerable<KeyValuePair<string, string>> Show(SNSSubscription subscription, string owner)
    {
        yield return new("SubscriptionArn", subscription.Arn);
        yield return new("TopicArn", subscription.TopicArn);
        yield return new("Protocol", subscription.Protocol);
        yield return new("Endpoint", subscription.Endpoint);
        yield return new("Owner", owner);
        yield return new("PendingConfirmation", subscription.IsPending ? "true" : "false");
        yield return new("ConfirmationWasAuthenticated", subscription.Protocol is "http" or "https" ? "false" : "true");
        yield return new("SubscriptionPrincipal", $"arn:aws:iam::{owner}:user/localcloud");
        yield return new("RawMessageDelivery", subscription.IsRaw ? "true" : "false");
        if (subscription.Attributes.ContainsKey("FilterPolicy") && !subscription.Attributes.ContainsKey("FilterPolicyScope"))
        {
            yield return new("FilterPolicyScope", "MessageAttributes");
        }

        foreach (var attribute in subscription.Attributes)
        {
            if (attribute.Key != "RawMessageDelivery"
                && (attribute.Key != "FilterPolicyScope" || subscription.Attributes.ContainsKey("FilterPolicy")))
            {
                yield return attribute;
            }
        }
    }

    private static ImmutableSortedDictionary<string, string> Validated(
        ImmutableSortedDictionary<string, string> attributes, TopicDefinition topic, string endpoint, string name, string value)
    {
        switch (name)
        {
            case "RawMessageDelivery":
                if (!value.Equals("true", StringComparison.OrdinalIgnoreCase) && !value.Equals("false", StringComparison.OrdinalIgnoreCase))
                {
                    throw new InvalidAttributeException($"RawMessageDelivery: Invalid value [{value}]. Must be true or false.");
                }

                break;
            case "FilterPolicyScope":
                if (value is not ("MessageAttributes" or "MessageBody"))
                {
                    throw new InvalidAttributeException(
                        $"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes");
                }

                break;
            case "FilterPolicy" when value is not ("" or "{}"):
                FilterPolicy.Parse(value, attributes.GetValueOrDefault("FilterPolicyScope") == "MessageBody");
                break;
            case "RedrivePolicy" when value.Length > 0:
                CheckRedrive(topic, endpoint, value);
                break;
        }

        return value.Length == 0 || (name == "FilterPolicy" && value == "{}") ? attributes.Remove(name) : attributes.SetItem(name, value);
    }

    private static void CheckRedrive(TopicDefinition topic, string endpoint, string value)
    {
        string? target;
        try
        {
            using var document = JsonDocument.Parse(value);
            target = document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("deadLetterTargetArn", out var arn) ? arn.ToString() : null;
        }
        catch (JsonException error)
        {
            throw new InvalidAttributeException($"RedrivePolicy: {SNSErrors.Unparsable(value, error)}");
        }

        if (target is null || Arn.ServiceOf(target) != "sqs")
        {
            throw new InvalidAttributeException("RedrivePolicy: deadLetterTargetArn is an invalid arn");
        }

        // A standard queue may subscribe to a FIFO topic, and its dead letters have no order to keep.
        if (topic.IsFifo && endpoint.EndsWith(".fifo", StringComparison.Ordinal) && !target.EndsWith(".fifo", StringComparison.Ordinal))
        {
            throw new InvalidAttributeException(
                "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
        }
    }

    /// <summary>An attribute that SNS refuses; what stands before it depends on the operation.</summary>
    private sealed class InvalidAttributeException(string message) : Exception(message);
}
