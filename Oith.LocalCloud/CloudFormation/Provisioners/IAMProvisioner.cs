using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class IAMProvisioner(IAwsApi api) : ServiceProvisioner(api, "iam")
{
    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::IAM::Role"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("RoleName") ?? request.UniqueName(64);
        var input = request.Take("Description", "MaxSessionDuration", "Path");
        input["RoleName"] = name;
        input["AssumeRolePolicyDocument"] = Document(request.Properties["AssumeRolePolicyDocument"]!);
        var role = (await CallAsync("CreateRole", input, cancellationToken))["Role"]!;
        return new ProvisionedResource(name, new JsonObject { ["Arn"] = role["Arn"]!.DeepClone(), ["RoleId"] = role["RoleId"]!.DeepClone() });
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await CallAsync(
            "UpdateAssumeRolePolicy",
            new JsonObject { ["RoleName"] = request.Id, ["PolicyDocument"] = Document(request.Properties["AssumeRolePolicyDocument"]!) },
            cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteRole", new JsonObject { ["RoleName"] = request.Id }, ["NoSuchEntity"], cancellationToken);
}
