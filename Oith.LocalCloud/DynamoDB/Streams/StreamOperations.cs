using System.Globalization;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Operations;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Streams;

/// <summary>ListStreams, DescribeStream, GetShardIterator, GetRecords.</summary>
internal sealed class StreamOperations(TableStore store, TableDescription description, LocalCloudOptions options)
{
    private const int MaximumRecords = 1000;

    private static readonly RequestMembers s_list = new("ListStreams", "TableName Limit ExclusiveStartStreamArn");
    private static readonly RequestMembers s_describe = new("DescribeStream", "StreamArn Limit ExclusiveStartShardId ShardFilter");
    private static readonly RequestMembers s_iterator = new("GetShardIterator", "StreamArn ShardId ShardIteratorType SequenceNumber");
    private static readonly RequestMembers s_records = new("GetRecords", "ShardIterator Limit");
    private static readonly string[] s_types = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"];

    public void List(JsonElement input, Utf8JsonWriter output)
    {
        s_list.Check(input);
        var table = input.Text("TableName"u8);
        output.WriteStartObject();
        output.WriteStartArray("Streams"u8);
        foreach (var found in store.Tables.Where(found => found.Stream is not null && (table is null || table == found.Name)).OrderBy(found => found.Name))
        {
            output.WriteStartObject();
            output.WriteString("StreamArn"u8, description.StreamArn(found.Definition));
            output.WriteString("TableName"u8, found.Name);
            output.WriteString("StreamLabel"u8, found.Stream!.Label);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }

    public void Describe(JsonElement input, Utf8JsonWriter output)
    {
        s_describe.Check(input);
        var (table, stream) = Find(input.RequiredText("StreamArn"u8, "streamArn"));
        output.WriteStartObject();
        output.WriteStartObject("StreamDescription"u8);
        output.WriteString("StreamArn"u8, description.StreamArn(table.Definition));
        output.WriteString("StreamLabel"u8, stream.Label);
        output.WriteString("StreamStatus"u8, stream.IsEnabled ? "ENABLED"u8 : "DISABLED"u8);
        output.WriteString("StreamViewType"u8, stream.ViewType);
        output.WriteNumber("CreationRequestDateTime"u8, stream.Created.ToUnixTimeMilliseconds() / 1000m);
        output.WriteString("TableName"u8, table.Name);
        TableDescription.WriteKey(output, table.Definition.PartitionKey, table.Definition.SortKey);
        output.WriteStartArray("Shards"u8);
        if (input.Text("ExclusiveStartShardId"u8) is null)
        {
            output.WriteStartObject();
            output.WriteString("ShardId"u8, stream.ShardId);
            output.WriteStartObject("SequenceNumberRange"u8);
            output.WriteString("StartingSequenceNumber"u8, TableStream.SequenceNumber(1));
            if (!stream.IsEnabled)
            {
                output.WriteString("EndingSequenceNumber"u8, TableStream.SequenceNumber(stream.End));
            }

            output.WriteEndObject();
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
        output.WriteEndObject();
    }

    public void GetShardIterator(JsonElement input, Utf8JsonWriter output)
    {
        s_iterator.Check(input);
        var arn = input.RequiredText("StreamArn"u8, "streamArn");
        var (table, stream) = Find(arn);
        var shard = input.RequiredText("ShardId"u8, "shardId");
        if (shard != stream.ShardId)
        {
            throw DynamoDBError.ResourceNotFound($"Requested resource not found: Shard {shard} in Stream {arn} not found");
        }

        var type = input.Choice("ShardIteratorType"u8, "shardIteratorType", s_types)
            ?? throw DynamoDBError.Constraint("shardIteratorType", null, "Member must not be null");
        long position;
        lock (table.Lock)
        {
            position = type switch
            {
                "TRIM_HORIZON" => 1,
                "LATEST" => stream.End,
                "AT_SEQUENCE_NUMBER" => SequencePosition(input),
                _ => SequencePosition(input) + 1,
            };
        }

        output.WriteStartObject();
        output.WriteString("ShardIterator"u8, Iterator(arn, position));
        output.WriteEndObject();
    }

    public void GetRecords(JsonElement input, Utf8JsonWriter output)
    {
        s_records.Check(input);
        var (arn, position) = ParseIterator(input.RequiredText("ShardIterator"u8, "shardIterator"));
        var limit = input.Integer("Limit"u8) ?? MaximumRecords;
        if (limit is < 1 or > MaximumRecords)
        {
            throw DynamoDBError.Constraint(
                "limit", $"{limit}",
                limit < 1 ? "Member must have value greater than or equal to 1" : $"Member must have value less than or equal to {MaximumRecords}");
        }

        var (table, stream) = Find(arn);
        List<StreamRecord> records;
        lock (table.Lock)
        {
            records = stream.Read(position, (int)limit);
        }

        output.WriteStartObject();
        output.WriteStartArray("Records"u8);
        foreach (var record in records)
        {
            WriteRecord(output, table, stream, record);
        }

        output.WriteEndArray();
        var next = records.Count == 0 ? position : records[^1].Number + 1;
        if (stream.IsEnabled || next < stream.End)
        {
            output.WriteString("NextShardIterator"u8, Iterator(arn, next));
        }

        output.WriteEndObject();
    }

    private void WriteRecord(Utf8JsonWriter output, Table table, TableStream stream, StreamRecord record)
    {
        var any = record.Current ?? record.Old!;
        output.WriteStartObject();
        output.WriteString("eventID"u8, EventId(stream, record));
        output.WriteString("eventName"u8, record.Old is null ? "INSERT"u8 : record.Current is null ? "REMOVE"u8 : "MODIFY"u8);
        output.WriteString("eventVersion"u8, "1.1"u8);
        output.WriteString("eventSource"u8, "aws:dynamodb"u8);
        output.WriteString("awsRegion"u8, options.Region);
        output.WriteStartObject("dynamodb"u8);
        output.WriteNumber("ApproximateCreationDateTime"u8, record.Time.ToUnixTimeSeconds());
        var size = 0;
        output.WriteStartObject("Keys"u8);
        foreach (var attribute in table.Key.Attributes)
        {
            var value = any[attribute.Utf8Name];
            size += attribute.Utf8Name.Length + value.Size;
            output.WritePropertyName(attribute.Utf8Name);
            AttributeJson.WriteValue(output, value);
        }

        output.WriteEndObject();
        if (record.Current is not null && stream.ViewType is "NEW_IMAGE" or "NEW_AND_OLD_IMAGES")
        {
            size += WriteImage(output, "NewImage"u8, record.Current);
        }

        if (record.Old is not null && stream.ViewType is "OLD_IMAGE" or "NEW_AND_OLD_IMAGES")
        {
            size += WriteImage(output, "OldImage"u8, record.Old);
        }

        output.WriteString("SequenceNumber"u8, TableStream.SequenceNumber(record.Number));
        output.WriteNumber("SizeBytes"u8, size);
        output.WriteString("StreamViewType"u8, stream.ViewType);
        output.WriteEndObject();
        if (record.IsExpiry)
        {
            output.WriteStartObject("userIdentity"u8);
            output.WriteString("Type"u8, "Service"u8);
            output.WriteString("PrincipalId"u8, "dynamodb.amazonaws.com"u8);
            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private static int WriteImage(Utf8JsonWriter output, ReadOnlySpan<byte> name, Item? item)
    {
        if (item is null)
        {
            return 0;
        }

        output.WritePropertyName(name);
        AttributeJson.Write(output, item);
        return item.Size;
    }

    private static string EventId(TableStream stream, StreamRecord record) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            Encoding.UTF8.GetBytes($"{stream.ShardId}/{record.Number}")).AsSpan(0, 16));

    private static long SequencePosition(JsonElement input)
    {
        var text = input.Text("SequenceNumber"u8) ?? throw DynamoDBError.Validation(
            "Invalid SequenceNumber: a SequenceNumber is required with this ShardIteratorType");
        return TableStream.Position(text) ?? throw DynamoDBError.Validation($"Invalid SequenceNumber: {text}");
    }

    private static string Iterator(string arn, long position) =>
        $"{arn}|1|{Convert.ToBase64String(Encoding.ASCII.GetBytes(position.ToString(CultureInfo.InvariantCulture)))}";

    private static (string Arn, long Position) ParseIterator(string iterator)
    {
        var parts = iterator.Split('|');
        var bytes = new byte[iterator.Length];
        return parts.Length == 3
            && Convert.TryFromBase64String(parts[2], bytes, out var length)
            && long.TryParse(bytes.AsSpan(0, length), CultureInfo.InvariantCulture, out var position)
                ? (parts[0], position)
                : throw DynamoDBError.Validation("Invalid ShardIterator");
    }

    private (Table Table, TableStream Stream) Find(string arn)
    {
        var name = Arn.ResourceOf(arn)?.Split('/') is ["table", var found, "stream", _] ? found : "";
        return store.Find(name) is { Stream: { } stream } table && description.StreamArn(table.Definition) == arn
            ? (table, stream)
            : throw DynamoDBError.ResourceNotFound($"Requested resource not found: Stream: {arn} not found");
    }
}
