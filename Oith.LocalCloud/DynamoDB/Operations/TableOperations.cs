using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable.</summary>
/// <remarks>A table is usable at once; the answers show the states that AWS shows meanwhile.</remarks>
internal sealed class TableOperations(TableStore store, TableDescription description, TableEncryption encryption, TimeProvider time)
{
    private const int MaximumListed = 100;

    private static readonly RequestMembers s_create = new(
        "CreateTable",
        "TableName AttributeDefinitions KeySchema LocalSecondaryIndexes GlobalSecondaryIndexes BillingMode ProvisionedThroughput "
        + "WarmThroughput OnDemandThroughput StreamSpecification SSESpecification Tags TableClass DeletionProtectionEnabled");

    private static readonly RequestMembers s_update = new(
        "UpdateTable",
        "TableName AttributeDefinitions BillingMode ProvisionedThroughput GlobalSecondaryIndexUpdates WarmThroughput OnDemandThroughput "
        + "StreamSpecification SSESpecification TableClass DeletionProtectionEnabled");

    private static readonly RequestMembers s_named = new("DescribeTable", "TableName");
    private static readonly RequestMembers s_list = new("ListTables", "ExclusiveStartTableName Limit");
    private static readonly string[] s_classes = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"];

    public void Create(JsonElement input, Utf8JsonWriter output)
    {
        s_create.Check(input);
        var definition = ReadDefinition(input);
        var table = store.Create(definition) ?? throw DynamoDBError.ResourceInUse($"Table already exists: {definition.Name}");
        WriteTable(output, "TableDescription", table, "CREATING");
    }

    public void Describe(JsonElement input, Utf8JsonWriter output)
    {
        s_named.Check(input);
        WriteTable(output, "Table", store.ForDefinition(input.TableName()), "ACTIVE");
    }

    public void List(JsonElement input, Utf8JsonWriter output)
    {
        s_list.Check(input);
        var limit = input.Integer("Limit"u8) ?? MaximumListed;
        if (limit is < 1 or > MaximumListed)
        {
            throw DynamoDBError.Constraint(
                "limit", $"{limit}",
                limit < 1 ? "Member must have value greater than or equal to 1" : $"Member must have value less than or equal to {MaximumListed}");
        }

        var after = input.Text("ExclusiveStartTableName"u8);
        var names = store.Tables.Select(table => table.Name).Order(StringComparer.Ordinal)
            .SkipWhile(name => after is not null && string.CompareOrdinal(name, after) <= 0).Take((int)limit + 1).ToList();
        output.WriteStartObject();
        output.WriteStartArray("TableNames"u8);
        foreach (var name in names.Take((int)limit))
        {
            output.WriteStringValue(name);
        }

        output.WriteEndArray();
        if (names.Count > limit)
        {
            output.WriteString("LastEvaluatedTableName"u8, names[(int)limit - 1]);
        }

        output.WriteEndObject();
    }

    public void Update(JsonElement input, Utf8JsonWriter output)
    {
        s_update.Check(input);
        var table = store.ForDefinition(input.TableName());
        if (input.GetPropertyCount() < 2)
        {
            throw DynamoDBError.InvalidParameter(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification "
                + "or ReplicaUpdates is required");
        }

        var before = table.Definition;
        store.Redefine(table, definition => Changed(definition, input));
        var status = input.Has("DeletionProtectionEnabled"u8) && input.GetPropertyCount() == 2 ? "ACTIVE" : "UPDATING";
        output.WriteStartObject();
        output.WritePropertyName("TableDescription"u8);
        lock (table.Lock)
        {
            description.Write(output, table, status, disabledKey: table.Definition.KmsKeyArn is null ? before.KmsKeyArn : null);
        }

        output.WriteEndObject();
    }

    public void Delete(JsonElement input, Utf8JsonWriter output)
    {
        s_named.Check(input);
        var table = store.ForDefinition(input.TableName());
        if (table.Definition.DeletionProtection)
        {
            throw DynamoDBError.Validation(
                "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.");
        }

        store.Drop(table);
        output.WriteStartObject();
        output.WritePropertyName("TableDescription"u8);
        description.WriteDeleted(output, table);
        output.WriteEndObject();
    }

    private void WriteTable(Utf8JsonWriter output, string name, Table table, string status)
    {
        output.WriteStartObject();
        output.WritePropertyName(name);
        lock (table.Lock)
        {
            description.Write(output, table, status);
        }

        output.WriteEndObject();
    }

    private TableDefinition ReadDefinition(JsonElement input)
    {
        var name = TableDefinitionReader.TableName(input);
        var attributes = TableDefinitionReader.Attributes(input);
        var isOnDemand = input.Choice("BillingMode"u8, "billingMode", TableDefinitionReader.BillingModes) == "PAY_PER_REQUEST";
        var throughput = TableDefinitionReader.Throughput(input);
        CheckThroughput(isOnDemand, throughput);
        var key = TableDefinitionReader.Key(input, attributes);
        IReadOnlyList<IndexDefinition> indexes =
        [
            .. TableDefinitionReader.LocalIndexes(input, attributes, key),
            .. TableDefinitionReader.GlobalIndexes(input, attributes, isOnDemand),
        ];
        CheckIndexes(indexes, attributes, key);
        var now = time.GetUtcNow();
        var stream = TableDefinitionReader.Stream(input);
        return new TableDefinition
        {
            Name = name,
            Id = Guid.NewGuid().ToString(),
            Created = now,
            Attributes = attributes,
            PartitionKey = key.Partition,
            SortKey = key.Sort,
            Indexes = indexes,
            IsOnDemand = isOnDemand,
            ShowsBillingMode = isOnDemand,
            OnDemandSince = isOnDemand ? now : null,
            Throughput = throughput ?? new Throughput(0, 0),
            WarmThroughput = TableDefinitionReader.WarmThroughput(input),
            TableClass = input.Choice("TableClass"u8, "tableClass", s_classes) ?? "",
            DeletionProtection = input.Flag("DeletionProtectionEnabled"u8) ?? false,
            KmsKeyArn = encryption.KeyOf(input, current: null),
            StreamEnabled = stream?.Enabled ?? false,
            StreamViewType = stream?.ViewType,
            StreamLabel = stream is { Enabled: true } ? StreamLabel(now) : null,
            StreamCreated = now,
            Tags = TableDefinitionReader.Tags(input),
        };
    }

    private static void CheckThroughput(bool isOnDemand, Throughput? throughput)
    {
        if (isOnDemand && throughput is not null)
        {
            throw DynamoDBError.InvalidParameter(
                "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
        }

        if (!isOnDemand && throughput is null)
        {
            throw DynamoDBError.InvalidParameter(
                "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
        }
    }

    private static void CheckIndexes(
        IReadOnlyList<IndexDefinition> indexes, IReadOnlyList<AttributeDefinition> attributes, (string Partition, string? Sort) key)
    {
        if (indexes.GroupBy(index => index.Name).FirstOrDefault(group => group.Count() > 1) is { } duplicate)
        {
            throw DynamoDBError.InvalidParameter($"Duplicate index name: {duplicate.Key}");
        }

        var used = indexes.SelectMany(index => index.PartitionKeys.Concat(index.SortKeys)).Append(key.Partition).Append(key.Sort).ToHashSet();
        if (attributes.All(attribute => used.Contains(attribute.Name)))
        {
            return;
        }

        throw DynamoDBError.InvalidParameter(
            indexes.Count == 0
                ? "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
                : "Some AttributeDefinitions are not used. "
                    + $"AttributeDefinitions: [{string.Join(", ", attributes.Select(attribute => attribute.Name))}], "
                    + $"keys used: [{string.Join(", ", used.OfType<string>())}]");
    }

    private TableDefinition Changed(TableDefinition definition, JsonElement input)
    {
        definition = ChangedBilling(definition, input);
        definition = ChangedIndexes(definition, input);
        if (TableDefinitionReader.Stream(input) is { } stream)
        {
            definition = ChangedStream(definition, stream.Enabled, stream.ViewType);
        }

        if (TableDefinitionReader.WarmThroughput(input) is { } warm)
        {
            definition = definition with { WarmThroughput = warm };
        }

        return definition with
        {
            KmsKeyArn = encryption.KeyOf(input, definition.KmsKeyArn),
            TableClass = input.Choice("TableClass"u8, "tableClass", s_classes) ?? definition.TableClass,
            DeletionProtection = input.Flag("DeletionProtectionEnabled"u8) ?? definition.DeletionProtection,
        };
    }

    private TableDefinition ChangedBilling(TableDefinition definition, JsonElement input)
    {
        var mode = input.Choice("BillingMode"u8, "billingMode", TableDefinitionReader.BillingModes);
        var throughput = TableDefinitionReader.Throughput(input);
        var isOnDemand = mode is null ? definition.IsOnDemand : mode == "PAY_PER_REQUEST";
        if (isOnDemand && throughput is not null)
        {
            CheckThroughput(isOnDemand, throughput);
        }

        if (!isOnDemand && definition.IsOnDemand && throughput is null)
        {
            throw DynamoDBError.InvalidParameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
        }

        if (isOnDemand && !definition.IsOnDemand)
        {
            return definition with
            {
                IsOnDemand = true,
                ShowsBillingMode = true,
                OnDemandSince = time.GetUtcNow(),
                Throughput = new Throughput(0, 0),
                Indexes = [.. definition.Indexes.Select(index => index with { Throughput = new Throughput(0, 0) })],
            };
        }

        if (throughput is null)
        {
            return definition;
        }

        return !definition.IsOnDemand && throughput == definition.Throughput && !input.Has("GlobalSecondaryIndexUpdates"u8)
            ? throw DynamoDBError.Validation(
                "The provisioned throughput for the table will not change. The requested value equals the current value. "
                + $"Current ReadCapacityUnits provisioned for the table: {throughput.Read}. Requested ReadCapacityUnits: {throughput.Read}. "
                + $"Current WriteCapacityUnits provisioned for the table: {throughput.Write}. Requested WriteCapacityUnits: {throughput.Write}. "
                + "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.")
            : definition with { IsOnDemand = false, Throughput = throughput };
    }

    private static TableDefinition ChangedIndexes(TableDefinition definition, JsonElement input)
    {
        if (input.List("GlobalSecondaryIndexUpdates"u8) is not { } updates)
        {
            return definition;
        }

        var attributes = definition.Attributes.ToDictionary(attribute => attribute.Name);
        if (input.Has("AttributeDefinitions"u8))
        {
            foreach (var attribute in TableDefinitionReader.Attributes(input))
            {
                attributes[attribute.Name] = attribute;
            }
        }

        var indexes = definition.Indexes.ToList();
        foreach (var update in updates.EnumerateArray())
        {
            ChangeIndex(definition, update, indexes, [.. attributes.Values]);
        }

        var used = indexes.SelectMany(index => index.PartitionKeys.Concat(index.SortKeys))
            .Append(definition.PartitionKey).Append(definition.SortKey).ToHashSet();
        return definition with { Indexes = indexes, Attributes = [.. attributes.Values.Where(attribute => used.Contains(attribute.Name))] };
    }

    private static void ChangeIndex(
        TableDefinition definition, JsonElement update, List<IndexDefinition> indexes, IReadOnlyList<AttributeDefinition> attributes)
    {
        if (update.Structure("Create"u8) is { } create)
        {
            var index = TableDefinitionReader.GlobalIndex(create, attributes, definition.IsOnDemand);
            if (indexes.Exists(existing => existing.Name == index.Name))
            {
                throw DynamoDBError.Validation("Attempting to create an index which already exists");
            }

            indexes.Add(index);
            return;
        }

        var change = update.Structure("Update"u8) ?? update.Structure("Delete"u8) ?? throw DynamoDBError.InvalidParameter(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null");
        var name = change.RequiredText("IndexName"u8, "globalSecondaryIndexUpdates.1.member.indexName");
        var position = indexes.FindIndex(index => index.Name == name && index.IsGlobal);
        if (position < 0)
        {
            throw DynamoDBError.ResourceNotFound($"Requested resource not found: Index: {name} not found");
        }

        if (update.Has("Delete"u8))
        {
            indexes.RemoveAt(position);
        }
        else
        {
            indexes[position] = indexes[position] with
            {
                Throughput = TableDefinitionReader.Throughput(change) ?? indexes[position].Throughput,
                WarmThroughput = TableDefinitionReader.WarmThroughput(change) ?? indexes[position].WarmThroughput,
            };
        }
    }

    private TableDefinition ChangedStream(TableDefinition definition, bool enabled, string? viewType)
    {
        if (enabled == definition.StreamEnabled)
        {
            throw DynamoDBError.Validation(
                enabled ? "Table already has an enabled stream: TableName: " + definition.Name : "Table is already in desired state: stream disabled");
        }

        var now = time.GetUtcNow();
        return enabled
            ? definition with { StreamEnabled = true, StreamViewType = viewType, StreamLabel = StreamLabel(now), StreamCreated = now }
            : definition with { StreamEnabled = false };
    }

    private static string StreamLabel(DateTimeOffset created) =>
        created.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture);
}
