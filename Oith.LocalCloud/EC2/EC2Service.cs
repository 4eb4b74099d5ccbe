using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EC2;

/// <summary>Amazon EC2's describe calls over the default network, and security groups.</summary>
internal sealed class EC2Service : TreeService, IDisposable
{
    private const string SecurityGroups = "security-group";

    private readonly LocalCloudOptions _options;
    private readonly DefaultNetwork _network;
    private readonly RecordStore _store;

    public EC2Service(JournalFactory journals, LocalCloudOptions options)
        : base(new AwsServiceDescription("ec2")
        {
            QueryVersion = "2016-11-15",
            XmlNamespace = "http://ec2.amazonaws.com/doc/2016-11-15/",
            IsEc2Query = true,
            FromQuery = (_, input) => EC2QueryProtocol.FromQuery(input),
            ToQuery = (_, output) => EC2QueryProtocol.ToQuery(output),
        })
    {
        _options = options;
        _network = new DefaultNetwork(options);
        _store = new RecordStore(journals, "ec2");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateSecurityGroup"] = Now(CreateSecurityGroup),
            ["DeleteSecurityGroup"] = Now(DeleteSecurityGroup),
            ["DescribeAvailabilityZones"] = Now(input => Describe(input, "AvailabilityZones", "ZoneName", "ZoneNames", null, _network.AvailabilityZones())),
            ["DescribeRouteTables"] = Now(input => Describe(
                input, "RouteTables", "RouteTableId", "RouteTableIds", "InvalidRouteTableID.NotFound", _network.RouteTables())),
            ["DescribeSecurityGroups"] = Now(input => Describe(
                input, "SecurityGroups", "GroupId", "GroupIds", "InvalidGroup.NotFound", _store.All(SecurityGroups).Prepend(_network.SecurityGroup()))),
            ["DescribeSubnets"] = Now(input => Describe(input, "Subnets", "SubnetId", "SubnetIds", "InvalidSubnetID.NotFound", _network.Subnets())),
            ["DescribeVpcs"] = Now(input => Describe(input, "Vpcs", "VpcId", "VpcIds", "InvalidVpcID.NotFound", _network.Vpcs())),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject CreateSecurityGroup(JsonObject input)
    {
        var id = "sg-" + RandomNumberGenerator.GetString("0123456789abcdef", 17);
        _store.Put(SecurityGroups, id, new JsonObject
        {
            ["GroupId"] = id,
            ["GroupName"] = input.RequiredText("GroupName"),
            ["Description"] = input.Text("GroupDescription") ?? input.RequiredText("Description"),
            ["VpcId"] = input.Text("VpcId") ?? DefaultNetwork.VpcId,
            ["OwnerId"] = _options.AccountId,
            ["IpPermissions"] = input.List("IpPermissions")?.DeepClone() ?? new JsonArray(),
            ["IpPermissionsEgress"] = input.List("IpPermissionsEgress")?.DeepClone() ?? new JsonArray(),
            ["Tags"] = input.List("Tags")?.DeepClone() ?? new JsonArray(),
        });
        return new JsonObject { ["GroupId"] = id };
    }

    private JsonObject DeleteSecurityGroup(JsonObject input)
    {
        var id = input.RequiredText("GroupId");
        return _store.Remove(SecurityGroups, id)
            ? new JsonObject { ["Return"] = true }
            : throw new AwsServiceException("InvalidGroup.NotFound", $"The security group '{id}' does not exist");
    }

    private static JsonObject Describe(
        JsonObject input, string listName, string idName, string idsName, string? missingCode, IEnumerable<JsonObject> resources)
    {
        var ids = input.Texts(idsName);
        var all = resources.ToList();
        if (ids.Find(id => all.TrueForAll(resource => resource[idName]!.GetValue<string>() != id)) is { } missing)
        {
            throw new AwsServiceException(missingCode ?? "InvalidParameterValue", $"The ID '{missing}' does not exist");
        }

        var filters = (input.List("Filters") ?? []).Select(filter => filter as JsonObject ?? throw new AwsServiceException(
            "InvalidParameterValue", "A filter must have a name and values.")).ToList();
        return new JsonObject
        {
            [listName] = new JsonArray(
            [
                .. all.Where(resource => (ids.Count == 0 || ids.Contains(resource[idName]!.GetValue<string>())) && filters.TrueForAll(filter => Matches(resource, filter))),
            ]),
        };
    }

    // A filter is named in kebab case after the member: vpc-id is VpcId, isDefault and is-default are IsDefault, tag:Name a tag.
    private static bool Matches(JsonObject resource, JsonObject filter)
    {
        var name = filter.RequiredText("Name");
        var values = filter.Texts("Values");
        if (name.StartsWith("tag:", StringComparison.Ordinal))
        {
            return (resource["Tags"] as JsonArray ?? []).Any(tag => tag!["Key"]!.GetValue<string>() == name[4..] && values.Contains(tag["Value"]!.GetValue<string>()));
        }

        var member = string.Concat(name.Split('-', StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        return resource.TryGetPropertyValue(member, out var value)
            ? values.Contains(value!.ToString())
            : throw new AwsServiceException("InvalidParameterValue", $"The filter '{name}' is invalid");
    }
}
