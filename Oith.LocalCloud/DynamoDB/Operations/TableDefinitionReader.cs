using System.Text.Json;
using System.Text.RegularExpressions;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Reads and checks the parts of a table's definition in CreateTable and UpdateTable.</summary>
internal static partial class TableDefinitionReader
{
    private const int MaximumKeyAttributes = 2;
    private const int MaximumIndexKeyAttributes = 4;
    private const int MaximumLocalIndexes = 5;
    private const int MaximumGlobalIndexes = 20;
    private const int MinimumNameLength = 3;
    private const int MaximumNameLength = 255;
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
        CheckName(name, "tableName");
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

    /// <summary>A key schema of one or two attributes, which are all defined.</summary>
    public static (string Partition, string? Sort) Key(JsonElement input, IReadOnlyList<AttributeDefinition> attributes)
    {
        var elements = KeyElements(input, attributes, MaximumKeyAttributes);
        if (elements.Count == 2 && elements[1].Type != "RANGE")
        {
            throw DynamoDBError.Validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
        }

        return (elements[0].Name, elements.Count == 2 ? elements[1].Name : null);
    }

    private static List<(string Name, string Type)> KeyElements(JsonElement input, IReadOnlyList<AttributeDefinition> attributes, int maximum)
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

        if (elements.Count == 0 || elements.Count > maximum)
        {
            throw DynamoDBError.Constraint(
                "keySchema",
                $"[{string.Join(", ", elements.Select(element => $"KeySchemaElement(attributeName={element.Name}, keyType={element.Type})"))}]",
                elements.Count == 0 ? "Member must have length greater than or equal to 1" : $"Member must have length less than or equal to {maximum}");
        }

        if (elements[0].Type != "HASH")
        {
            throw DynamoDBError.Validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
        }

        if (elements.DistinctBy(element => element.Name).Count() < elements.Count)
        {
            throw DynamoDBError.Validation("Invalid KeySchema: Some index key attribute have no definition");
        }

        if (elements.Exists(element => attributes.All(attribute => attribute.Name != element.Name)))
        {
            throw DynamoDBError.InvalidParameter(
                "Some index key attributes are not defined in AttributeDefinitions. "
                + $"Keys: [{string.Join(", ", elements.Select(element => element.Name))}], "
                + $"AttributeDefinitions: [{string.Join(", ", attributes.Select(attribute => attribute.Name))}]");
        }

        return elements;
    }

    /// <summary>A global index's key schema: up to four attributes of the partition key, then up to four of the sort key.</summary>
    private static (List<string> Partition, List<string> Sort) GlobalIndexKey(JsonElement input, IReadOnlyList<AttributeDefinition> attributes)
    {
        var elements = KeyElements(input, attributes, 2 * MaximumIndexKeyAttributes);
        var partition = elements.TakeWhile(element => element.Type == "HASH").Select(element => element.Name).ToList();
        var sort = elements.Skip(partition.Count).TakeWhile(element => element.Type == "RANGE").Select(element => element.Name).ToList();
        if (partition.Count + sort.Count < elements.Count)
        {
            throw DynamoDBError.Validation("Invalid KeySchema: The elements of the HASH key type must stand before those of the RANGE key type");
        }

        if (partition.Count > MaximumIndexKeyAttributes || sort.Count > MaximumIndexKeyAttributes)
        {
            throw DynamoDBError.Validation(
                $"Invalid KeySchema: An index has at most {MaximumIndexKeyAttributes} elements of the HASH key type and {MaximumIndexKeyAttributes} of the RANGE key type");
        }

        return (partition, sort);
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
        CheckName(name, path + ".indexName");
        var (partition, sort) = isGlobal ? GlobalIndexKey(index, attributes) : Lists(Key(index, attributes));
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
            PartitionKey = partition[0],
            SortKey = sort.FirstOrDefault(),
            FurtherPartitionKeys = partition[1..],
            FurtherSortKeys = sort.Count > 1 ? sort[1..] : [],
            Projection = Enum.Parse<ProjectionType>(type),
            NonKeyAttributes = nonKey,
        };
    }

    private static (List<string> Partition, List<string> Sort) Lists((string Partition, string? Sort) key) =>
        ([key.Partition], key.Sort is null ? [] : [key.Sort]);

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

    private static void CheckName(string name, string path)
    {
        var failures = new List<string>();
        if (!NamePattern().IsMatch(name))
        {
            failures.Add("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
        }

        if (name.Length is < MinimumNameLength or > MaximumNameLength)
        {
            failures.Add(name.Length < MinimumNameLength
                ? $"Member must have length greater than or equal to {MinimumNameLength}"
                : $"Member must have length less than or equal to {MaximumNameLength}");
        }

        if (failures.Count > 0)
        {
            throw DynamoDBError.Constraints([.. failures.Select(failure => DynamoDBError.Failure(path, name, failure))]);
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
