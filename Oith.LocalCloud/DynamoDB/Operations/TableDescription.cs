using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Writes a table as CreateTable, DescribeTable, UpdateTable and DeleteTable show it.</summary>
internal sealed class TableDescription(Arn arn)
{
    // What a table on demand can take without warming up.
    private static readonly Throughput s_onDemandWarmThroughput = new(12000, 4000);

    public string TableArn(string table) => arn.Of("dynamodb", $"table/{table}");

    public string StreamArn(TableDefinition definition) => $"{TableArn(definition.Name)}/stream/{definition.StreamLabel}";

    /// <param name="status"><c>CREATING</c>, <c>ACTIVE</c>, <c>UPDATING</c>.</param>
    /// <param name="disabledKey">The key whose use this update ends, which is still shown; null: none.</param>
    public void Write(Utf8JsonWriter output, Table table, string status, string? disabledKey = null)
    {
        var definition = table.Definition;
        output.WriteStartObject();
        WriteAttributes(output, definition);
        output.WriteString("TableName"u8, definition.Name);
        WriteKey(output, table.Key);
        output.WriteString("TableStatus"u8, status);
        output.WriteNumber("CreationDateTime"u8, definition.Created.ToUnixTimeMilliseconds() / 1000m);
        WriteCommon(output, table);
        if (definition.ShowsBillingMode)
        {
            WriteBillingMode(output, definition, status);
        }

        WriteIndexes(output, table, isGlobal: false, status);
        WriteIndexes(output, table, isGlobal: true, status);
        WriteStream(output, definition);
        if (definition.KmsKeyArn is not null)
        {
            WriteEncryption(output, definition.KmsKeyArn, "ENABLED");
        }
        else if (disabledKey is not null)
        {
            WriteEncryption(output, disabledKey, "UPDATING");
        }

        if (definition.TableClass.Length > 0)
        {
            output.WriteStartObject("TableClassSummary"u8);
            output.WriteString("TableClass"u8, definition.TableClass);
            output.WriteEndObject();
        }

        output.WriteBoolean("DeletionProtectionEnabled"u8, definition.DeletionProtection);
        WriteWarmThroughput(output, definition.IsOnDemand, definition.WarmThroughput, definition.Throughput, status);
        output.WriteEndObject();
    }

    /// <summary>The short description of a table that is being deleted.</summary>
    public void WriteDeleted(Utf8JsonWriter output, Table table)
    {
        output.WriteStartObject();
        output.WriteString("TableName"u8, table.Name);
        output.WriteString("TableStatus"u8, "DELETING"u8);
        WriteCommon(output, table);
        if (table.Definition.ShowsBillingMode)
        {
            WriteBillingMode(output, table.Definition, "DELETING");
        }

        output.WriteBoolean("DeletionProtectionEnabled"u8, table.Definition.DeletionProtection);
        output.WriteEndObject();
    }

    private static void WriteEncryption(Utf8JsonWriter output, string keyArn, string status)
    {
        output.WriteStartObject("SSEDescription"u8);
        output.WriteString("Status"u8, status);
        output.WriteString("SSEType"u8, "KMS"u8);
        output.WriteString("KMSMasterKeyArn"u8, keyArn);
        output.WriteEndObject();
    }

    private void WriteCommon(Utf8JsonWriter output, Table table)
    {
        WriteThroughput(output, table.Definition.Throughput);
        output.WriteNumber("TableSizeBytes"u8, table.SizeBytes);
        output.WriteNumber("ItemCount"u8, table.Items.Count);
        output.WriteString("TableArn"u8, TableArn(table.Name));
        output.WriteString("TableId"u8, table.Definition.Id);
    }

    private static void WriteAttributes(Utf8JsonWriter output, TableDefinition definition)
    {
        output.WriteStartArray("AttributeDefinitions"u8);
        foreach (var attribute in definition.Attributes)
        {
            output.WriteStartObject();
            output.WriteString("AttributeName"u8, attribute.Name);
            output.WriteString("AttributeType"u8, attribute.Type.Name());
            output.WriteEndObject();
        }

        output.WriteEndArray();
    }

    public static void WriteKey(Utf8JsonWriter output, KeySchema key)
    {
        output.WriteStartArray("KeySchema"u8);
        foreach (var partition in key.Partitions)
        {
            WriteKeyElement(output, partition.Name, "HASH"u8);
        }

        foreach (var sort in key.Sorts)
        {
            WriteKeyElement(output, sort.Name, "RANGE"u8);
        }

        output.WriteEndArray();
    }

    private static void WriteKeyElement(Utf8JsonWriter output, string name, ReadOnlySpan<byte> type)
    {
        output.WriteStartObject();
        output.WriteString("AttributeName"u8, name);
        output.WriteString("KeyType"u8, type);
        output.WriteEndObject();
    }

    private static void WriteThroughput(Utf8JsonWriter output, Throughput throughput)
    {
        output.WriteStartObject("ProvisionedThroughput"u8);
        output.WriteNumber("NumberOfDecreasesToday"u8, 0);
        output.WriteNumber("ReadCapacityUnits"u8, throughput.Read);
        output.WriteNumber("WriteCapacityUnits"u8, throughput.Write);
        output.WriteEndObject();
    }

    private static void WriteBillingMode(Utf8JsonWriter output, TableDefinition definition, string status)
    {
        output.WriteStartObject("BillingModeSummary"u8);
        output.WriteString("BillingMode"u8, definition.IsOnDemand ? "PAY_PER_REQUEST"u8 : "PROVISIONED"u8);
        if (definition.OnDemandSince is { } since && status != "CREATING")
        {
            output.WriteNumber("LastUpdateToPayPerRequestDateTime"u8, since.ToUnixTimeMilliseconds() / 1000m);
        }

        output.WriteEndObject();
    }

    private void WriteIndexes(Utf8JsonWriter output, Table table, bool isGlobal, string status)
    {
        var indexes = table.Indexes.Where(index => index.Definition.IsGlobal == isGlobal).ToList();
        if (indexes.Count == 0)
        {
            return;
        }

        output.WriteStartArray(isGlobal ? "GlobalSecondaryIndexes"u8 : "LocalSecondaryIndexes"u8);
        foreach (var index in indexes)
        {
            var definition = index.Definition;
            output.WriteStartObject();
            output.WriteString("IndexName"u8, definition.Name);
            WriteKey(output, index.Key);
            output.WriteStartObject("Projection"u8);
            output.WriteString("ProjectionType"u8, definition.Projection.ToString());
            if (definition.NonKeyAttributes.Count > 0)
            {
                output.WriteStartArray("NonKeyAttributes"u8);
                foreach (var attribute in definition.NonKeyAttributes)
                {
                    output.WriteStringValue(attribute);
                }

                output.WriteEndArray();
            }

            output.WriteEndObject();
            output.WriteNumber("IndexSizeBytes"u8, index.SizeBytes);
            output.WriteNumber("ItemCount"u8, index.Items.Count);
            output.WriteString("IndexArn"u8, $"{TableArn(table.Name)}/index/{definition.Name}");
            if (isGlobal)
            {
                output.WriteString("IndexStatus"u8, status);
                WriteThroughput(output, definition.Throughput);
                WriteWarmThroughput(output, table.Definition.IsOnDemand, definition.WarmThroughput, definition.Throughput, status);
            }

            output.WriteEndObject();
        }

        output.WriteEndArray();
    }

    private void WriteStream(Utf8JsonWriter output, TableDefinition definition)
    {
        if (definition.StreamEnabled)
        {
            output.WriteStartObject("StreamSpecification"u8);
            output.WriteBoolean("StreamEnabled"u8, true);
            output.WriteString("StreamViewType"u8, definition.StreamViewType);
            output.WriteEndObject();
        }

        if (definition.StreamLabel is not null)
        {
            output.WriteString("LatestStreamLabel"u8, definition.StreamLabel);
            output.WriteString("LatestStreamArn"u8, StreamArn(definition));
        }
    }

    /// <summary>A new table shows its warm throughput only when it was asked for.</summary>
    private static void WriteWarmThroughput(
        Utf8JsonWriter output, bool isOnDemand, Throughput? asked, Throughput provisioned, string status)
    {
        if (asked is null && status == "CREATING")
        {
            return;
        }

        var warm = asked ?? (isOnDemand ? s_onDemandWarmThroughput : provisioned);
        output.WriteStartObject("WarmThroughput"u8);
        output.WriteNumber("ReadUnitsPerSecond"u8, warm.Read);
        output.WriteNumber("WriteUnitsPerSecond"u8, warm.Write);
        output.WriteString("Status"u8, status == "ACTIVE" ? "ACTIVE"u8 : "UPDATING"u8);
        output.WriteEndObject();
    }
}
