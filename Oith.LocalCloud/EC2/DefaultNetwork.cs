using System.Text.Json.Nodes;

namespace Oith.LocalCloud.EC2;

/// <summary>The network that LocalCloud has from the start: one default VPC with a private subnet in each of three zones.</summary>
internal sealed class DefaultNetwork(LocalCloudOptions options)
{
    public const string VpcId = "vpc-0a1b2c3d4e5f60718";
    public const string SecurityGroupId = "sg-0a1b2c3d4e5f60718";

    private const string RouteTableId = "rtb-0a1b2c3d4e5f60718";

    private static readonly string[] s_zones = ["a", "b", "c"];

    public IEnumerable<JsonObject> Vpcs() =>
    [
        new()
        {
            ["VpcId"] = VpcId,
            ["OwnerId"] = options.AccountId,
            ["State"] = "available",
            ["CidrBlock"] = "172.31.0.0/16",
            ["DhcpOptionsId"] = "dopt-0a1b2c3d4e5f60718",
            ["InstanceTenancy"] = "default",
            ["IsDefault"] = true,
            ["Tags"] = new JsonArray(),
        },
    ];

    public IEnumerable<JsonObject> Subnets() => s_zones.Select((zone, index) => new JsonObject
    {
        ["SubnetId"] = SubnetId(index),
        ["SubnetArn"] = $"arn:aws:ec2:{options.Region}:{options.AccountId}:subnet/{SubnetId(index)}",
        ["VpcId"] = VpcId,
        ["OwnerId"] = options.AccountId,
        ["State"] = "available",
        ["CidrBlock"] = $"172.31.{16 * index}.0/20",
        ["AvailableIpAddressCount"] = 4091,
        ["AvailabilityZone"] = options.Region + zone,
        ["AvailabilityZoneId"] = $"use1-az{index + 1}",
        ["DefaultForAz"] = true,
        ["MapPublicIpOnLaunch"] = false,
        ["AssignIpv6AddressOnCreation"] = false,
        ["Tags"] = new JsonArray(new JsonObject { ["Key"] = "Name", ["Value"] = $"private-{zone}" }),
    });

    public IEnumerable<JsonObject> AvailabilityZones() => s_zones.Select((zone, index) => new JsonObject
    {
        ["ZoneName"] = options.Region + zone,
        ["ZoneId"] = $"use1-az{index + 1}",
        ["ZoneType"] = "availability-zone",
        ["State"] = "available",
        ["RegionName"] = options.Region,
        ["GroupName"] = options.Region,
        ["NetworkBorderGroup"] = options.Region,
        ["OptInStatus"] = "opt-in-not-required",
    });

    /// <summary>No route leads to an internet gateway: the subnets are private.</summary>
    public IEnumerable<JsonObject> RouteTables() =>
    [
        new()
        {
            ["RouteTableId"] = RouteTableId,
            ["VpcId"] = VpcId,
            ["OwnerId"] = options.AccountId,
            ["Routes"] = new JsonArray(new JsonObject
            {
                ["DestinationCidrBlock"] = "172.31.0.0/16",
                ["GatewayId"] = "local",
                ["Origin"] = "CreateRouteTable",
                ["State"] = "active",
            }),
            ["Associations"] = new JsonArray(new JsonObject
            {
                ["RouteTableAssociationId"] = "rtbassoc-0a1b2c3d4e5f60718",
                ["RouteTableId"] = RouteTableId,
                ["Main"] = true,
                ["AssociationState"] = new JsonObject { ["State"] = "associated" },
            }),
            ["Tags"] = new JsonArray(),
        },
    ];

    public JsonObject SecurityGroup() => new()
    {
        ["GroupId"] = SecurityGroupId,
        ["GroupName"] = "default",
        ["Description"] = "default VPC security group",
        ["VpcId"] = VpcId,
        ["OwnerId"] = options.AccountId,
        ["IpPermissions"] = new JsonArray(),
        ["IpPermissionsEgress"] = new JsonArray(),
        ["Tags"] = new JsonArray(),
    };

    private static string SubnetId(int index) => $"subnet-0a1b2c3d4e5f6071{index + 1}";
}
