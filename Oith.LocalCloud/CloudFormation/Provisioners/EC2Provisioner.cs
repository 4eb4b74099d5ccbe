using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class EC2Provisioner(IAwsApi api) : ServiceProvisioner(api, "ec2")
{
    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        // Rules mean nothing on one machine, so a change of them changes nothing.
        ["AWS::EC2::SecurityGroup"] = new(CreateSecurityGroupAsync, (request, _) => Unchanged(request), DeleteSecurityGroupAsync),
    };

    private async ValueTask<ProvisionedResource> CreateSecurityGroupAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("GroupDescription", "VpcId");
        input["GroupName"] = request.OptionalText("GroupName") ?? request.UniqueName(255);
        input["Tags"] = request.TagList();
        var id = (await CallAsync("CreateSecurityGroup", input, cancellationToken))["GroupId"]!.GetValue<string>();
        var described = await CallAsync("DescribeSecurityGroups", new JsonObject { ["GroupIds"] = new JsonArray(id) }, cancellationToken);
        return new ProvisionedResource(id, new JsonObject { ["GroupId"] = id, ["VpcId"] = described["SecurityGroups"]![0]!["VpcId"]!.DeepClone() });
    }

    private async ValueTask DeleteSecurityGroupAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteSecurityGroup", new JsonObject { ["GroupId"] = request.Id }, ["InvalidGroup.NotFound"], cancellationToken);
}
