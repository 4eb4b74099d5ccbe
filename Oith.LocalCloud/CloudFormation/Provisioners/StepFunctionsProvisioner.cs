using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class StepFunctionsProvisioner(IAwsApi api, TimeProvider time) : ServiceProvisioner(api, "states")
{
    private static readonly string[] s_missing = ["StateMachineDoesNotExist", "StateMachineDeleting"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::StepFunctions::StateMachine"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("StateMachineName") ?? request.UniqueName(80);
        var input = await InputAsync(request, cancellationToken);
        input["name"] = name;
        input["type"] = request.OptionalText("StateMachineType") ?? "STANDARD";
        if (request.Tags() is { Count: > 0 } tags)
        {
            input["tags"] = TagList(tags, "key", "value");
        }

        var arn = (await CallAsync("CreateStateMachine", input, cancellationToken))["stateMachineArn"]!.GetValue<string>();
        return await DescribeAsync(arn, cancellationToken);
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = await InputAsync(request, cancellationToken);
        input["stateMachineArn"] = request.Id;
        await CallAsync("UpdateStateMachine", input, cancellationToken);
        await UpdateTagsAsync(request, KeyValuePair.Create("resourceArn", request.Id), "tags", "tagKeys", tags => TagList(tags, "key", "value"), cancellationToken);
        return await DescribeAsync(request.Id, cancellationToken);
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["stateMachineArn"] = request.Id };
        if (await CallUnlessAsync("DeleteStateMachine", (JsonObject)input.DeepClone(), s_missing, cancellationToken) is not null)
        {
            await WaitAsync(
                request.Id,
                time,
                async token => await CallUnlessAsync("DescribeStateMachine", (JsonObject)input.DeepClone(), s_missing, token) is null,
                cancellationToken);
        }
    }

    private async ValueTask<JsonObject> InputAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = new JsonObject
        {
            ["definition"] = await DefinitionAsync(request, cancellationToken),
            ["roleArn"] = request.Text("RoleArn"),
        };
        if (request.Properties["LoggingConfiguration"] is JsonObject logging)
        {
            input["loggingConfiguration"] = CamelCase(logging);
        }

        if (request.Properties["TracingConfiguration"] is JsonObject tracing)
        {
            input["tracingConfiguration"] = CamelCase(tracing);
        }

        if (request.Properties["EncryptionConfiguration"] is JsonObject encryption)
        {
            input["encryptionConfiguration"] = CamelCase(encryption);
        }

        return input;
    }

    private async ValueTask<string> DefinitionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var definition = request.OptionalText("DefinitionString")
            ?? request.Properties["Definition"]?.ToJsonString()
            ?? await FromS3Async(request, cancellationToken);
        foreach (var (name, value) in request.Properties["DefinitionSubstitutions"] as JsonObject ?? [])
        {
            definition = definition.Replace($"${{{name}}}", value!.ToString(), StringComparison.Ordinal);
        }

        return definition;
    }

    private async ValueTask<string> FromS3Async(ResourceRequest request, CancellationToken cancellationToken)
    {
        if (request.Properties["DefinitionS3Location"] is not JsonObject location)
        {
            throw new ProvisioningException("Property validation failure: [One of Definition, DefinitionString or DefinitionS3Location is required]", "InvalidRequest");
        }

        var input = new JsonObject { ["Bucket"] = location["Bucket"]!.DeepClone(), ["Key"] = location["Key"]!.DeepClone() };
        if (location["Version"] is { } version)
        {
            input["VersionId"] = version.DeepClone();
        }

        var output = await Api.InvokeAsync("s3", "GetObject", input, cancellationToken);
        return Encoding.UTF8.GetString(Convert.FromBase64String(output["Body"]!.GetValue<string>()));
    }

    private async ValueTask<ProvisionedResource> DescribeAsync(string arn, CancellationToken cancellationToken)
    {
        var machine = await CallAsync("DescribeStateMachine", new JsonObject { ["stateMachineArn"] = arn }, cancellationToken);
        var attributes = new JsonObject { ["Arn"] = arn, ["Name"] = machine["name"]!.GetValue<string>() };
        if (machine["revisionId"]?.GetValue<string>() is { } revision)
        {
            attributes["StateMachineRevisionId"] = revision;
        }

        return new ProvisionedResource(arn, attributes);
    }

    // The API spells the members of these configurations in camel case.
    private static JsonNode? CamelCase(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                var result = new JsonObject();
                foreach (var (name, value) in members)
                {
                    result[char.ToLowerInvariant(name[0]) + name[1..]] = CamelCase(value);
                }

                return result;
            case JsonArray items:
                return new JsonArray([.. items.Select(CamelCase)]);
            default:
                return node?.DeepClone();
        }
    }
}
