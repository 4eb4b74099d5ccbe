using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class KMSProvisioner(IAwsApi api) : ServiceProvisioner(api, "kms")
{
    private static readonly string[] s_missing = ["NotFoundException"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::KMS::Key"] = new(CreateKeyAsync, (request, _) => Unchanged(request), DeleteKeyAsync),
        ["AWS::KMS::Alias"] = new(CreateAliasAsync, UpdateAliasAsync, DeleteAliasAsync),
    };

    private async ValueTask<ProvisionedResource> CreateKeyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var key = (await CallAsync("CreateKey", request.Take("Description", "KeySpec", "KeyUsage"), cancellationToken))["KeyMetadata"]!;
        return new ProvisionedResource(
            key["KeyId"]!.GetValue<string>(), new JsonObject { ["Arn"] = key["Arn"]!.DeepClone(), ["KeyId"] = key["KeyId"]!.DeepClone() });
    }

    private async ValueTask DeleteKeyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("PendingWindowInDays");
        input["KeyId"] = request.Id;
        await CallUnlessAsync("ScheduleKeyDeletion", input, s_missing, cancellationToken);
    }

    private async ValueTask<ProvisionedResource> CreateAliasAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await CallAsync("CreateAlias", request.Take("AliasName", "TargetKeyId"), cancellationToken);
        return new ProvisionedResource(request.Text("AliasName"), []);
    }

    private async ValueTask<ProvisionedResource> UpdateAliasAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await DeleteAliasAsync(request, cancellationToken);
        return await CreateAliasAsync(request, cancellationToken);
    }

    private async ValueTask DeleteAliasAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteAlias", new JsonObject { ["AliasName"] = request.Id }, s_missing, cancellationToken);
}
