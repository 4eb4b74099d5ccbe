using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class ElastiCacheProvisioner(IAwsApi api) : ServiceProvisioner(api, "elasticache")
{
    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::ElastiCache::ReplicationGroup"] = new(
            (request, token) => PutAsync("CreateReplicationGroup", request, request.OptionalText("ReplicationGroupId") ?? request.UniqueName(40), token),
            (request, token) => PutAsync("ModifyReplicationGroup", request, request.Id, token),
            DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> PutAsync(string operation, ResourceRequest request, string id, CancellationToken cancellationToken)
    {
        var input = (JsonObject)request.Properties.DeepClone();
        input["ReplicationGroupId"] = id.ToLowerInvariant();
        var nodes = (await CallAsync(operation, input, cancellationToken))["ReplicationGroup"]!["NodeGroups"]![0]!;
        var attributes = new JsonObject();
        AddEndpoint(attributes, "PrimaryEndPoint", nodes["PrimaryEndpoint"]!);
        AddEndpoint(attributes, "ReaderEndPoint", nodes["ReaderEndpoint"]!);
        AddEndpoint(attributes, "ConfigurationEndPoint", nodes["PrimaryEndpoint"]!);
        var members = nodes["NodeGroupMembers"]!.AsArray().Select(member => member!["ReadEndpoint"]!).ToList();
        var addresses = members.ConvertAll(endpoint => endpoint["Address"]!.GetValue<string>());
        var ports = members.ConvertAll(endpoint => endpoint["Port"]!.ToJsonString());
        attributes["ReadEndPoint.Addresses"] = string.Join(',', addresses);
        attributes["ReadEndPoint.AddressesList"] = new JsonArray([.. addresses.Select(address => (JsonNode?)address)]);
        attributes["ReadEndPoint.Ports"] = string.Join(',', ports);
        attributes["ReadEndPoint.PortsList"] = new JsonArray([.. ports.Select(port => (JsonNode?)port)]);
        return new ProvisionedResource(id.ToLowerInvariant(), attributes);
    }

    private static void AddEndpoint(JsonObject attributes, string name, JsonNode endpoint)
    {
        attributes[name + ".Address"] = endpoint["Address"]!.GetValue<string>();
        attributes[name + ".Port"] = endpoint["Port"]!.GetValue<int>().ToString(CultureInfo.InvariantCulture);
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) => await CallUnlessAsync(
        "DeleteReplicationGroup", new JsonObject { ["ReplicationGroupId"] = request.Id }, ["ReplicationGroupNotFoundFault"], cancellationToken);
}
