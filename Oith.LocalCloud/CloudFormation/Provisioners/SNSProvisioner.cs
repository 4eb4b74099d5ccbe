using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class SNSProvisioner(IAwsApi api) : ServiceProvisioner(api, "sns")
{
    private const int LongestName = 256;

    private static readonly string[] s_missing = ["NotFound", "NotFoundException"];

    private static readonly string[] s_topicAttributes =
        ["ArchivePolicy", "ContentBasedDeduplication", "DisplayName", "FifoThroughputScope", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"];

    private static readonly string[] s_subscriptionAttributes =
        ["DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "ReplayPolicy", "SubscriptionRoleArn"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::SNS::Topic"] = new(CreateTopicAsync, UpdateTopicAsync, DeleteTopicAsync),
        ["AWS::SNS::Subscription"] = new(CreateSubscriptionAsync, UpdateSubscriptionAsync, DeleteSubscriptionAsync),
        ["AWS::SNS::TopicPolicy"] = new(CreatePolicyAsync, UpdatePolicyAsync, DeletePolicyAsync),
        ["AWS::SNS::TopicInlinePolicy"] = new(CreateInlinePolicyAsync, CreateInlinePolicyAsync, DeleteInlinePolicyAsync),
    };

    private async ValueTask<ProvisionedResource> CreateTopicAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var isFifo = request.IsTrue("FifoTopic");
        var name = request.OptionalText("TopicName") ?? request.UniqueName(LongestName, isFifo ? ".fifo" : "");
        var attributes = Attributes(request.Properties, s_topicAttributes);
        if (isFifo)
        {
            attributes["FifoTopic"] = "true";
        }

        var input = new JsonObject { ["Name"] = name, ["Attributes"] = attributes };
        if (request.TagList() is { Count: > 0 } tags)
        {
            input["Tags"] = tags;
        }

        var arn = (await CallAsync("CreateTopic", input, cancellationToken))["TopicArn"]!.GetValue<string>();
        await CompleteAsync(
            () => SubscribeAsync(arn, request.Properties["Subscription"] as JsonArray ?? [], cancellationToken),
            async () => await CallAsync("DeleteTopic", new JsonObject { ["TopicArn"] = arn }, cancellationToken));
        return new ProvisionedResource(arn, new JsonObject { ["TopicArn"] = arn, ["TopicName"] = name });
    }

    private async ValueTask<ProvisionedResource> UpdateTopicAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        foreach (var name in s_topicAttributes.Where(request.HasChanged))
        {
            var value = Attributes(request.Properties, [name])[name]?.GetValue<string>() ?? "";
            await CallAsync(
                "SetTopicAttributes",
                new JsonObject { ["TopicArn"] = request.Id, ["AttributeName"] = name, ["AttributeValue"] = value },
                cancellationToken);
        }

        var previous = request.PreviousProperties["Subscription"] as JsonArray ?? [];
        var added = (request.Properties["Subscription"] as JsonArray ?? [])
            .Where(wanted => !previous.Any(old => JsonNode.DeepEquals(old, wanted))).Select(wanted => wanted!.DeepClone()).ToArray();
        await SubscribeAsync(request.Id, new JsonArray(added), cancellationToken);
        await UpdateTagsAsync(request, KeyValuePair.Create("ResourceArn", request.Id), "Tags", "TagKeys", tags => TagList(tags), cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask DeleteTopicAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteTopic", new JsonObject { ["TopicArn"] = request.Id }, s_missing, cancellationToken);

    private async ValueTask SubscribeAsync(string topicArn, JsonArray subscriptions, CancellationToken cancellationToken)
    {
        foreach (var subscription in subscriptions)
        {
            await CallAsync(
                "Subscribe",
                new JsonObject
                {
                    ["TopicArn"] = topicArn,
                    ["Protocol"] = subscription!["Protocol"]!.GetValue<string>(),
                    ["Endpoint"] = subscription["Endpoint"]!.GetValue<string>(),
                },
                cancellationToken);
        }
    }

    private async ValueTask<ProvisionedResource> CreateSubscriptionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("TopicArn", "Protocol", "Endpoint");
        input["Attributes"] = Attributes(request.Properties, s_subscriptionAttributes);
        input["ReturnSubscriptionArn"] = true;
        var arn = (await CallAsync("Subscribe", input, cancellationToken))["SubscriptionArn"]!.GetValue<string>();
        return new ProvisionedResource(arn, new JsonObject { ["Arn"] = arn });
    }

    private async ValueTask<ProvisionedResource> UpdateSubscriptionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        foreach (var name in s_subscriptionAttributes.Where(request.HasChanged))
        {
            var value = Attributes(request.Properties, [name])[name]?.GetValue<string>() ?? "";
            await CallAsync(
                "SetSubscriptionAttributes",
                new JsonObject { ["SubscriptionArn"] = request.Id, ["AttributeName"] = name, ["AttributeValue"] = value },
                cancellationToken);
        }

        return await Unchanged(request);
    }

    private async ValueTask DeleteSubscriptionAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("Unsubscribe", new JsonObject { ["SubscriptionArn"] = request.Id }, s_missing, cancellationToken);

    private async ValueTask<ProvisionedResource> CreatePolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await SetPolicyAsync(Topics(request.Properties), Document(request.Properties["PolicyDocument"]!), cancellationToken);
        var id = request.UniqueName(LongestName);
        return new ProvisionedResource(id, new JsonObject { ["Id"] = id });
    }

    private async ValueTask<ProvisionedResource> UpdatePolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await SetPolicyAsync(Topics(request.Properties), Document(request.Properties["PolicyDocument"]!), cancellationToken);
        return await Unchanged(request);
    }

    // A topic always has a policy: without the stack's it is the one that AWS gives a new topic.
    private ValueTask DeletePolicyAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        SetPolicyAsync(Topics(request.Properties), null, cancellationToken);

    private async ValueTask<ProvisionedResource> CreateInlinePolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await SetPolicyAsync([request.Text("TopicArn")], Document(request.Properties["PolicyDocument"]!), cancellationToken);
        return new ProvisionedResource(request.Text("TopicArn"), []);
    }

    private ValueTask DeleteInlinePolicyAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        SetPolicyAsync([request.Id], null, cancellationToken);

    private async ValueTask SetPolicyAsync(IReadOnlyList<string> topics, string? policy, CancellationToken cancellationToken)
    {
        foreach (var arn in topics)
        {
            var input = new JsonObject { ["TopicArn"] = arn, ["AttributeName"] = "Policy", ["AttributeValue"] = policy ?? DefaultPolicy(arn) };
            await CallUnlessAsync("SetTopicAttributes", input, policy is null ? s_missing : [], cancellationToken);
        }
    }

    private static string DefaultPolicy(string arn) => new JsonObject
    {
        ["Version"] = "2008-10-17",
        ["Id"] = "__default_policy_ID",
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Sid"] = "__default_statement_ID",
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = "*" },
            ["Action"] = new JsonArray("SNS:Publish", "SNS:Subscribe"),
            ["Resource"] = arn,
            ["Condition"] = new JsonObject { ["StringEquals"] = new JsonObject { ["AWS:SourceOwner"] = arn.Split(':')[4] } },
        }),
    }.ToJsonString();

    private static List<string> Topics(JsonObject properties) => [.. properties["Topics"]!.AsArray().Select(topic => topic!.GetValue<string>())];

    private static JsonObject Attributes(JsonObject properties, IEnumerable<string> names)
    {
        var attributes = new JsonObject();
        foreach (var name in names)
        {
            if (properties[name] is { } value)
            {
                attributes[name] = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
            }
        }

        return attributes;
    }
}
