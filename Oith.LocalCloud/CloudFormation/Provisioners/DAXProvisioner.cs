using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class DAXProvisioner(IAwsApi api) : ServiceProvisioner(api, "dax")
{
    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::DAX::Cluster"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("ClusterEndpointEncryptionType", "Description", "NodeType", "ReplicationFactor", "SubnetGroupName");
        input["ClusterName"] = (request.OptionalText("ClusterName") ?? request.UniqueName(20)).ToLowerInvariant();
        input["IamRoleArn"] = request.Text("IAMRoleARN");
        if (request.Properties["SSESpecification"]?["SSEEnabled"] is { } encrypted)
        {
            input["SSESpecification"] = new JsonObject { ["Enabled"] = encrypted.DeepClone() };
        }

        var cluster = (await CallAsync("CreateCluster", input, cancellationToken))["Cluster"]!;
        var endpoint = cluster["ClusterDiscoveryEndpoint"]!;
        var id = cluster["ClusterName"]!.GetValue<string>();
        return new ProvisionedResource(id, new JsonObject
        {
            ["Arn"] = cluster["ClusterArn"]!.DeepClone(),
            ["ClusterDiscoveryEndpoint"] = $"{endpoint["Address"]}:{endpoint["Port"]}",
            ["ClusterDiscoveryEndpointURL"] = endpoint["URL"]!.DeepClone(),
            ["Id"] = id,
        });
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("Description");
        input["ClusterName"] = request.Id;
        await CallAsync("UpdateCluster", input, cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteCluster", new JsonObject { ["ClusterName"] = request.Id }, ["ClusterNotFoundFault"], cancellationToken);
}
