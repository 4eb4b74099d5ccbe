using System.Text.Json;
using System.Text.RegularExpressions;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Reads and checks the parts of a table's definition in CreateTable and UpdateTable.</summary>
internal static partial class TableDefinitionReader
{
    private const int MaximumLocalIndexes = 5;
    private const int MaximumGlobalIndexes = 20;
    private const long MaximumUnits = 1_000_000_000_000;

    public static readonly string[] BillingModes = ["PROVISIONED", "PAY_PER_REQUEST"];

    private static readonly string[] s_keyTypes = ["HASH", "RANGE"];
    private static readonly string[] s_attributeTypes = ["B", "N", "S"];
    private static readonly string[] s_projectionTypes = ["ALL", "INCLUDE", "KEYS_ONLY"];
    private static readonly string[] s_viewTypes = ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"];
    private static readonly RequestMembers s_globalIndex = new(
        "CreateTable", "IndexName KeySchema Projection ProvisionedThroughput WarmThroughput OnDemandThroughput");

    private static readonly RequestMembers s_localIndex = new("CreateTable", "IndexName KeySchema Projection");

    public static string TableName(JsonElement input)
    {
        var name = input.Text("TableName"u8)
            ?? throw DynamoDBError.Validation("The parameter 'TableName' is required but was not present in the request");
        CheckName(name, "tableName", "TableName");
        return name;
    }

    public static IReadOnlyList<AttributeDefinition> Attributes(JsonElement input)
    {
        var list = input.List("AttributeDefinitions"u8)
            ?? throw DynamoDBError.Constraint("attributeDefinitions", null, "Member must not be null");
        var attributes = new List<AttributeDefinition>();
        foreach (var definition in list.EnumerateArray())
        {
            var path = $"attributeDefinitions.{attributes.Count + 1}.member";
            var name = definition.RequiredText("AttributeName"u8, path + ".attributeName");
            var type = definition.Choice("AttributeType"u8, path + ".attributeType", s_attributeTypes)
                ?? throw DynamoDBError.Constraint(path + ".attributeType", null, "Member must not be null");
            attributes.Add(new AttributeDefinition(name, Enum.Parse<AttributeType>(type)));
        }

        return attributes;
    }

    /// <summary>A key schema whose attributes are all defined.</summary>
    public static (string Partition, string? Sort) Key(JsonElement input, IReadOnlyList<AttributeDefinition> attributes)
    {
        var list = input.List("KeySchema"u8) ?? throw DynamoDBError.Constraint("keySchema", null, "Member must not be null");
        var elements = new List<(string Name, string Type)>();
        foreach (var element in list.EnumerateArray())
        {
            var path = $"keySchema.{elements.Count + 1}.member";
            elements.Add((
                element.RequiredText("AttributeName"u8, path + ".attributeName"),
                element.Choice("KeyType"u8, path + ".keyType", s_keyTypes)
                    ?? throw DynamoDBError.Constraint(path + ".keyType", null, "Member must not be null")));
        }

        if (elements.Count is 0 or > 2)
        {
            throw DynamoDBError.Constraint(
                "keySchema", list.GetRawText(),
                elements.Count == 0 ? "Member must have length greater than or equal to 1" : "Member must have length less than or equal to 2");
        }

        if (elements[0].Type != "HASH")
        {
            throw DynamoDBError.Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        }

        if (elements.Count == 2 && elements[1].Type != "RANGE")
        {
            throw DynamoDBError.Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        }

        if (elements.Count == 2 && elements[0].Name == elements[1].Name)
        {
            throw DynamoDBError.Validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
        }

        if (elements.Exists(element => attributes.All(attribute => attribute.Name != element.Name)))
        {
            throw DynamoDBError.InvalidParameter(
                "Some index key attributes are not defined in AttributeDefinitions. "
                + $"Keys: [{string.Join(", ", elements.Select(element => element.Name))}], "
                + $"AttributeDefinitions: [{string.Join(", ", attributes.Select(attribute => attribute.Name))}]");
        }

        return (elements[0].Name, elements.Count == 2 ? elements[1].Name : null);
    }

    public static IReadOnlyList<IndexDefinition> LocalIndexes(
        JsonElement input, IReadOnlyList<AttributeDefinition> attributes, (string Partition, string? Sort) tableKey)
    {
        if (input.List("LocalSecondaryIndexes"u8) is not { } list)
        {
            return [];
        }

        var indexes = new List<IndexDefinition>();
        foreach (var index in list.EnumerateArray())
        {
            s_localIndex.Check(index);
            var definition = Index(index, attributes, isGlobal: false);
            if (tableKey.Sort is null)
            {
                throw DynamoDBError.InvalidParameter(
                    "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
            }

            if (definition.SortKey is null)
            {
                throw DynamoDBError.InvalidParameter($"Index KeySchema does not have a range key for index: {definition.Name}");
            }

            if (definition.PartitionKey != tableKey.Partition)
            {
                throw DynamoDBError.InvalidParameter(
                    $"Index KeySchema does not have the same leading hash key as table KeySchema for index: {definition.Name}. "
                    + $"index hash key: {definition.PartitionKey}, table hash key: {tableKey.Partition}");
            }

            indexes.Add(definition);
        }

        CheckCount(indexes.Count, "LocalSecondaryIndexes", MaximumLocalIndexes, "Number of LocalSecondaryIndexes exceeds per-table limit of 5");
        return indexes;
    }

    public static IReadOnlyList<IndexDefinition> GlobalIndexes(JsonElement input, IReadOnlyList<AttributeDefinition> attributes, bool isOnDemand)
    {
        if (input.List("GlobalSecondaryIndexes"u8) is not { } list)
        {
            return [];
        }

        List<IndexDefinition> indexes = [.. list.EnumerateArray().Select(index => GlobalIndex(index, attributes, isOnDemand))];
        CheckCount(
            indexes.Count, "GlobalSecondaryIndexes", MaximumGlobalIndexes, "GlobalSecondaryIndex count exceeds the per-table limit of 20");
        return indexes;
    }

    public static IndexDefinition GlobalIndex(JsonElement index, IReadOnlyList<AttributeDefinition> attributes, bool isOnDemand)
    {
        s_globalIndex.Check(index);
        var definition = Index(index, attributes, isGlobal: true);
        var throughput = Throughput(index);
        if (isOnDemand && throughput is not null)
        {
            throw DynamoDBError.InvalidParameter(
                $"ProvisionedThroughput should not be specified for index: {definition.Name} when BillingMode is PAY_PER_REQUEST");
        }

        if (!isOnDemand && throughput is null)
        {
            throw DynamoDBError.InvalidParameter($"ProvisionedThroughput must be specified for index: {definition.Name}");
        }

        return definition with { Throughput = throughput ?? new Throughput(0, 0), WarmThroughput = WarmThroughput(index) };
    }

    public static Throughput? Throughput(JsonElement input)
    {
        if (input.Structure("ProvisionedThroughput"u8) is not { } throughput)
        {
            return null;
        }

        return new Throughput(Units(throughput, "Read"), Units(throughput, "Write"));
    }

    public static Throughput? WarmThroughput(JsonElement input) =>
        input.Structure("WarmThroughput"u8) is { } warm
            ? new Throughput(warm.Integer("ReadUnitsPerSecond"u8) ?? 0, warm.Integer("WriteUnitsPerSecond"u8) ?? 0)
            : null;

    /// <summary>What a stream shows; null: the request has no stream or turns it off.</summary>
    public static (bool Enabled, string? ViewType)? Stream(JsonElement input)
    {
        if (input.Structure("StreamSpecification"u8) is not { } stream)
        {
            return null;
        }

        var enabled = stream.Flag("StreamEnabled"u8)
            ?? throw DynamoDBError.Constraint("streamSpecification.streamEnabled", null, "Member must not be null");
        var viewType = stream.Choice("StreamViewType"u8, "streamSpecification.streamViewType", s_viewTypes);
        return (enabled, viewType) switch
        {
            (true, null) => throw DynamoDBError.InvalidParameter("StreamViewType is required when StreamEnabled is true"),
            (false, not null) => throw DynamoDBError.InvalidParameter("StreamViewType cannot be specified when StreamEnabled is false"),
            _ => (enabled, viewType),
        };
    }

    public static IReadOnlyDictionary<string, string> Tags(JsonElement input)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in input.List("Tags"u8)?.EnumerateArray() ?? default)
        {
            tags[tag.RequiredText("Key"u8, "tags.1.member.key")] = tag.RequiredText("Value"u8, "tags.1.member.value");
        }

        return tags;
    }

    private static IndexDefinition Index(JsonElement index, IReadOnlyList<AttributeDefinition> attributes, bool isGlobal)
    {
        var path = isGlobal ? "globalSecondaryIndexes.1.member" : "localSecondaryIndexes.1.member";
        var name = index.RequiredText("IndexName"u8, path + ".indexName");
        CheckName(name, path + ".indexName", "IndexName");
        var (partition, sort) = Key(index, attributes);
        var projection = index.RequiredStructure("Projection"u8, path + ".projection");
        var type = projection.Choice("ProjectionType"u8, path + ".projection.projectionType", s_projectionTypes)
            ?? throw DynamoDBError.InvalidParameter("Unknown ProjectionType: null");
        List<string> nonKey = [.. projection.Texts("NonKeyAttributes"u8)];
        if (nonKey.Count > 0 && type != "INCLUDE")
        {
            throw DynamoDBError.InvalidParameter($"ProjectionType is {type}, but NonKeyAttributes is specified");
        }

        if (nonKey.Count == 0 && type == "INCLUDE")
        {
            throw DynamoDBError.InvalidParameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
        }

        return new IndexDefinition
        {
            Name = name,
            IsGlobal = isGlobal,
            PartitionKey = partition,
            SortKey = sort,
            Projection = Enum.Parse<ProjectionType>(type),
            NonKeyAttributes = nonKey,
        };
    }

    private static void CheckCount(int count, string list, int maximum, string tooMany)
    {
        if (count == 0)
        {
            throw DynamoDBError.InvalidParameter($"List of {list} is empty");
        }

        if (count > maximum)
        {
            throw DynamoDBError.InvalidParameter(tooMany);
        }
    }

    private static void CheckName(string name, string path, string member)
    {
        if (name.Length is < 3 or > 255)
        {
            throw DynamoDBError.Validation($"{member} must be at least 3 characters long and at most 255 characters long");
        }

        if (!NamePattern().IsMatch(name))
        {
            throw DynamoDBError.Constraint(path, name, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
        }
    }

    private static long Units(JsonElement throughput, string kind)
    {
        var path = $"provisionedThroughput.{char.ToLowerInvariant(kind[0])}{kind[1..]}CapacityUnits";
        var units = throughput.Integer(kind == "Read" ? "ReadCapacityUnits"u8 : "WriteCapacityUnits"u8)
            ?? throw DynamoDBError.Constraint(path, null, "Member must not be null");
        if (units < 1)
        {
            throw DynamoDBError.Constraint(path, $"{units}", "Member must have value greater than or equal to 1");
        }

        return units <= MaximumUnits
            ? units
            : throw DynamoDBError.Validation($"Given value {units} for {kind}CapacityUnits is out of bounds");
    }

    [GeneratedRegex("^[a-zA-Z0-9_.-]+$")]
    private static partial Regex NamePattern();
}
