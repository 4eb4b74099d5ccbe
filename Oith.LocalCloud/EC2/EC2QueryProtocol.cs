using System.Text.Json.Nodes;

namespace Oith.LocalCloud.EC2;

/// <summary>EC2's own dialect of the Query protocol: lists in the singular on the way in, names of their own on the way out.</summary>
internal static class EC2QueryProtocol
{
    private static readonly Dictionary<string, string> s_fromQuery = new(StringComparer.Ordinal)
    {
        ["Filter"] = "Filters",
        ["GroupId"] = "GroupIds",
        ["RouteTableId"] = "RouteTableIds",
        ["SubnetId"] = "SubnetIds",
        ["Value"] = "Values",
        ["VpcId"] = "VpcIds",
        ["ZoneName"] = "ZoneNames",
    };

    private static readonly Dictionary<string, string> s_toQuery = new(StringComparer.Ordinal)
    {
        ["Associations"] = "associationSet",
        ["AvailabilityZones"] = "availabilityZoneInfo",
        ["GroupIds"] = "groupSet",
        ["RouteTables"] = "routeTableSet",
        ["Routes"] = "routeSet",
        ["SecurityGroups"] = "securityGroupInfo",
        ["Subnets"] = "subnetSet",
        ["Tags"] = "tagSet",
        ["Vpcs"] = "vpcSet",
    };

    public static JsonObject FromQuery(JsonObject input)
    {
        var result = new JsonObject();
        foreach (var (name, value) in input)
        {
            // Only lists are in the singular: GroupId=sg-1 (to delete) is no list, GroupId.1=sg-1 (to describe) is.
            result[value is JsonArray ? s_fromQuery.GetValueOrDefault(name, name) : name] = value switch
            {
                JsonArray items => new JsonArray([.. items.Select(item => item is JsonObject members ? FromQuery(members) : item?.DeepClone())]),
                JsonObject members => FromQuery(members),
                _ => value?.DeepClone(),
            };
        }

        return result;
    }

    public static JsonObject ToQuery(JsonObject output) => Rename(output, "");

    private static JsonObject Rename(JsonObject members, string list)
    {
        var result = new JsonObject();
        foreach (var (name, value) in members)
        {
            result[NameOf(name, list)] = value switch
            {
                JsonArray items => new JsonArray([.. items.Select(item => item is JsonObject inner ? Rename(inner, name) : item?.DeepClone())]),
                JsonObject inner => Rename(inner, name),
                _ => value?.DeepClone(),
            };
        }

        return result;
    }

    private static string NameOf(string name, string list) => (list, name) switch
    {
        ("AvailabilityZones", "State") => "zoneState",
        ("SecurityGroups", "Description") => "groupDescription",
        _ => s_toQuery.GetValueOrDefault(name) ?? char.ToLowerInvariant(name[0]) + name[1..],
    };
}
