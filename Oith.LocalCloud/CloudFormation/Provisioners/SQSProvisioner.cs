using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class SQSProvisioner(IAwsApi api) : ServiceProvisioner(api, "sqs")
{
    private const int LongestName = 80;

    private static readonly string[] s_missing = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];
    private static readonly string[] s_notAttributes = ["QueueName", "Tags"];

    // What an attribute is when the template no longer sets it.
    private static readonly Dictionary<string, string> s_defaults = new(StringComparer.Ordinal)
    {
        ["ContentBasedDeduplication"] = "false",
        ["DeduplicationScope"] = "queue",
        ["DelaySeconds"] = "0",
        ["FifoThroughputLimit"] = "perQueue",
        ["KmsDataKeyReusePeriodSeconds"] = "300",
        ["KmsMasterKeyId"] = "",
        ["MaximumMessageSize"] = "1048576",
        ["MessageRetentionPeriod"] = "345600",
        ["ReceiveMessageWaitTimeSeconds"] = "0",
        ["RedriveAllowPolicy"] = "",
        ["RedrivePolicy"] = "",
        ["SqsManagedSseEnabled"] = "true",
        ["VisibilityTimeout"] = "30",
    };

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::SQS::Queue"] = new(CreateQueueAsync, UpdateQueueAsync, DeleteQueueAsync),
        ["AWS::SQS::QueuePolicy"] = new(CreatePolicyAsync, UpdatePolicyAsync, DeletePolicyAsync),
        ["AWS::SQS::QueueInlinePolicy"] = new(CreateInlinePolicyAsync, CreateInlinePolicyAsync, DeleteInlinePolicyAsync),
    };

    private async ValueTask<ProvisionedResource> CreateQueueAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var isFifo = request.IsTrue("FifoQueue");
        var name = request.OptionalText("QueueName") ?? request.UniqueName(LongestName, isFifo ? ".fifo" : "");
        if (await CallUnlessAsync("GetQueueUrl", new JsonObject { ["QueueName"] = name }, s_missing, cancellationToken) is not null)
        {
            throw new ProvisioningException($"Resource of type 'AWS::SQS::Queue' with identifier '{name}' already exists.", "AlreadyExists");
        }

        var created = await CallAsync(
            "CreateQueue",
            new JsonObject { ["QueueName"] = name, ["Attributes"] = Attributes(request.Properties), ["tags"] = request.TagMap() },
            cancellationToken);
        return await DescribeAsync(created["QueueUrl"]!.GetValue<string>(), name, cancellationToken);
    }

    private async ValueTask<ProvisionedResource> UpdateQueueAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var attributes = Attributes(request.Properties);
        foreach (var (name, value) in s_defaults)
        {
            if (request.PreviousProperties.ContainsKey(name) && !request.Properties.ContainsKey(name))
            {
                attributes[name] = value;
            }
        }

        attributes.Remove("FifoQueue");
        if (attributes.Count > 0)
        {
            await CallAsync("SetQueueAttributes", new JsonObject { ["QueueUrl"] = request.Id, ["Attributes"] = attributes }, cancellationToken);
        }

        var (tags, previous) = (request.Tags(), request.PreviousTags());
        var removed = previous.Keys.Except(tags.Keys).Select(key => (JsonNode?)key).ToArray();
        if (removed.Length > 0)
        {
            await CallAsync("UntagQueue", new JsonObject { ["QueueUrl"] = request.Id, ["TagKeys"] = new JsonArray(removed) }, cancellationToken);
        }

        if (tags.Count > 0)
        {
            await CallAsync("TagQueue", new JsonObject { ["QueueUrl"] = request.Id, ["Tags"] = TagMap(tags) }, cancellationToken);
        }

        return await DescribeAsync(request.Id, request.Attributes["QueueName"]!.GetValue<string>(), cancellationToken);
    }

    private async ValueTask DeleteQueueAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteQueue", new JsonObject { ["QueueUrl"] = request.Id }, s_missing, cancellationToken);

    private async ValueTask<ProvisionedResource> DescribeAsync(string url, string name, CancellationToken cancellationToken)
    {
        var output = await CallAsync(
            "GetQueueAttributes", new JsonObject { ["QueueUrl"] = url, ["AttributeNames"] = new JsonArray("QueueArn") }, cancellationToken);
        return new ProvisionedResource(url, new JsonObject
        {
            ["Arn"] = output["Attributes"]!["QueueArn"]!.GetValue<string>(),
            ["QueueName"] = name,
            ["QueueUrl"] = url,
        });
    }

    private static JsonObject Attributes(JsonObject properties)
    {
        var attributes = new JsonObject();
        foreach (var (name, value) in properties.Where(property => !s_notAttributes.Contains(property.Key)))
        {
            // The API takes FifoQueue only as true.
            if (name != "FifoQueue" || value!.GetValue<bool>())
            {
                attributes[name] = value!.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
            }
        }

        return attributes;
    }

    private async ValueTask<ProvisionedResource> CreatePolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await SetPolicyAsync(Queues(request.Properties), Document(request.Properties["PolicyDocument"]!), cancellationToken);
        var id = request.UniqueName(LongestName);
        return new ProvisionedResource(id, new JsonObject { ["Id"] = id });
    }

    private async ValueTask<ProvisionedResource> UpdatePolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var queues = Queues(request.Properties);
        await SetPolicyAsync([.. Queues(request.PreviousProperties).Except(queues)], "", cancellationToken);
        await SetPolicyAsync(queues, Document(request.Properties["PolicyDocument"]!), cancellationToken);
        return await Unchanged(request);
    }

    private ValueTask DeletePolicyAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        SetPolicyAsync(Queues(request.Properties), "", cancellationToken);

    private async ValueTask<ProvisionedResource> CreateInlinePolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await SetPolicyAsync([request.Text("Queue")], Document(request.Properties["PolicyDocument"]!), cancellationToken);
        return new ProvisionedResource(request.Text("Queue"), []);
    }

    private ValueTask DeleteInlinePolicyAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        SetPolicyAsync([request.Id], "", cancellationToken);

    private async ValueTask SetPolicyAsync(IReadOnlyList<string> queueUrls, string policy, CancellationToken cancellationToken)
    {
        foreach (var url in queueUrls)
        {
            var input = new JsonObject { ["QueueUrl"] = url, ["Attributes"] = new JsonObject { ["Policy"] = policy } };
            // A policy that goes may find its queue gone already.
            await CallUnlessAsync("SetQueueAttributes", input, policy.Length == 0 ? s_missing : [], cancellationToken);
        }
    }

    private static List<string> Queues(JsonObject properties) => [.. properties["Queues"]!.AsArray().Select(queue => queue!.GetValue<string>())];
}
