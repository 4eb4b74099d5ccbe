using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class PipesProvisioner(IAwsApi api, TimeProvider time) : ServiceProvisioner(api, "pipes")
{
    private static readonly string[] s_missing = ["NotFoundException"];

    private static readonly string[] s_members =
    [
        "Description", "DesiredState", "Enrichment", "EnrichmentParameters", "KmsKeyIdentifier", "LogConfiguration", "RoleArn", "SourceParameters", "Target",
        "TargetParameters",
    ];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::Pipes::Pipe"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("Name") ?? request.UniqueName(64);
        var input = request.Take([.. s_members, "Source"]);
        input["Name"] = name;
        if (request.Tags() is { Count: > 0 } tags)
        {
            input["Tags"] = TagMap(tags);
        }

        await CallAsync("CreatePipe", input, cancellationToken);
        return await SettleAsync(name, cancellationToken);
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take(s_members);
        input["Name"] = request.Id;
        await CallAsync("UpdatePipe", input, cancellationToken);
        var result = await SettleAsync(request.Id, cancellationToken);
        var arn = result.Attributes["Arn"]!.GetValue<string>();
        await UpdateTagsAsync(request, KeyValuePair.Create("resourceArn", arn), "tags", "tagKeys", TagMap, cancellationToken);
        return result;
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["Name"] = request.Id };
        if (await CallUnlessAsync("DeletePipe", (JsonObject)input.DeepClone(), s_missing, cancellationToken) is not null)
        {
            await WaitAsync(
                request.Id,
                time,
                async token => await CallUnlessAsync("DescribePipe", (JsonObject)input.DeepClone(), s_missing, token) is null,
                cancellationToken);
        }
    }

    private async ValueTask<ProvisionedResource> SettleAsync(string name, CancellationToken cancellationToken)
    {
        JsonObject pipe = [];
        await WaitAsync(
            $"The pipe {name}",
            time,
            async token =>
            {
                pipe = await CallAsync("DescribePipe", new JsonObject { ["Name"] = name }, token);
                return pipe["CurrentState"]!.GetValue<string>() is "RUNNING" or "STOPPED" || pipe["CurrentState"]!.GetValue<string>().EndsWith("_FAILED", StringComparison.Ordinal);
            },
            cancellationToken);
        if (pipe["CurrentState"]!.GetValue<string>().EndsWith("_FAILED", StringComparison.Ordinal))
        {
            throw new ProvisioningException($"The pipe {name} is {pipe["CurrentState"]}: {pipe["StateReason"]}", "NotStabilized");
        }

        return new ProvisionedResource(name, new JsonObject
        {
            ["Arn"] = pipe["Arn"]!.GetValue<string>(),
            ["CurrentState"] = pipe["CurrentState"]!.GetValue<string>(),
        });
    }
}
