using System.Globalization;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Operations;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Streams;

/// <summary>ListStreams, DescribeStream, GetShardIterator, GetRecords.</summary>
internal sealed class StreamOperations(TableStore store, TableDescription description, LocalCloudOptions options, TimeProvider time)
{
    private const int MaximumRecords = 1000;
    private const int MaximumStreams = 100;

    /// <summary>The position before the oldest record, whichever that is when records are read.</summary>
    private const long TrimHorizon = 0;

    private static readonly TimeSpan s_iteratorLife = TimeSpan.FromMinutes(15);

    private static readonly RequestMembers s_list = new("ListStreams", "TableName Limit ExclusiveStartStreamArn");
    private static readonly RequestMembers s_describe = new("DescribeStream", "StreamArn Limit ExclusiveStartShardId ShardFilter");
    private static readonly RequestMembers s_iterator = new("GetShardIterator", "StreamArn ShardId ShardIteratorType SequenceNumber");
    private static readonly RequestMembers s_records = new("GetRecords", "ShardIterator Limit");
    private static readonly string[] s_shardFilters = ["CHILD_SHARDS"];
    private static readonly string[] s_types = ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"];

    public void List(JsonElement input, Utf8JsonWriter output)
    {
        s_list.Check(input);
        var table = input.Text("TableName"u8);
        var limit = Limit(input, MaximumStreams);
        var start = input.Text("ExclusiveStartStreamArn"u8);
        var after = start is null ? null : Arn.ResourceOf(start)?.Split('/') is ["table", var name, "stream", _]
            ? name
            : throw DynamoDBError.Validation($"Invalid ExclusiveStartStreamArn: {start}");
        var streams = store.Tables
            .Where(found => found.Stream is not null && (table is null || table == found.Name))
            .Where(found => after is null || string.CompareOrdinal(found.Name, after) > 0)
            .OrderBy(found => found.Name, StringComparer.Ordinal)
            .Take(limit + 1)
            .ToArray();
        output.WriteStartObject();
        output.WriteStartArray("Streams"u8);
        foreach (var found in streams.Take(limit))
        {
            output.WriteStartObject();
            output.WriteString("StreamArn"u8, description.StreamArn(found.Definition));
            output.WriteString("TableName"u8, found.Name);
            output.WriteString("StreamLabel"u8, found.Stream!.Label);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        if (streams.Length > limit)
        {
            output.WriteString("LastEvaluatedStreamArn"u8, description.StreamArn(streams[limit - 1].Definition));
        }

        output.WriteEndObject();
    }

    public void Describe(JsonElement input, Utf8JsonWriter output)
    {
        s_describe.Check(input);
        Limit(input, MaximumStreams);
        var start = input.Text("ExclusiveStartShardId"u8);
        var hasFilter = HasShardFilter(input);
        var (table, stream) = Find(input.RequiredText("StreamArn"u8, "streamArn"));
        output.WriteStartObject();
        output.WriteStartObject("StreamDescription"u8);
        output.WriteString("StreamArn"u8, description.StreamArn(table.Definition));
        output.WriteString("StreamLabel"u8, stream.Label);
        output.WriteString("StreamStatus"u8, stream.IsEnabled ? "ENABLED"u8 : "DISABLED"u8);
        output.WriteString("StreamViewType"u8, stream.ViewType);
        output.WriteNumber("CreationRequestDateTime"u8, stream.Created.ToUnixTimeMilliseconds() / 1000m);
        output.WriteString("TableName"u8, table.Name);
        TableDescription.WriteKey(output, table.Key);
        output.WriteStartArray("Shards"u8);
        if (start is null && !hasFilter)
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
        var type = input.Choice("ShardIteratorType"u8, "shardIteratorType", s_types)
            ?? throw DynamoDBError.Constraint("shardIteratorType", null, "Member must not be null");
        var (table, stream) = Find(arn);
        var shard = input.RequiredText("ShardId"u8, "shardId");
        if (shard != stream.ShardId)
        {
            throw DynamoDBError.ResourceNotFound($"Requested resource not found: Shard {shard} in Stream {arn} not found");
        }

        long position;
        lock (table.Lock)
        {
            stream.Trim(time.GetUtcNow());
            position = type switch
            {
                "TRIM_HORIZON" => TrimHorizon,
                "LATEST" => stream.End,
                "AT_SEQUENCE_NUMBER" => SequencePosition(input),
                _ => SequencePosition(input) + 1,
            };
            CheckKept(stream, position);
        }

        output.WriteStartObject();
        output.WriteString("ShardIterator"u8, Iterator(arn, position));
        output.WriteEndObject();
    }

    private static void CheckKept(TableStream stream, long position)
    {
        if (position != TrimHorizon && position < stream.First)
        {
            throw new AwsServiceException(
                "TrimmedDataAccessException",
                "The operation attempted to read past the oldest stream record in a shard. Records are kept for 24 hours: read from TRIM_HORIZON on.");
        }
    }

    public void GetRecords(JsonElement input, Utf8JsonWriter output)
    {
        s_records.Check(input);
        var (arn, position) = ParseIterator(input.RequiredText("ShardIterator"u8, "shardIterator"));
        var limit = Limit(input, MaximumRecords);
        var (table, stream) = Find(arn);
        List<StreamRecord> records;
        lock (table.Lock)
        {
            stream.Trim(time.GetUtcNow());
            CheckKept(stream, position);
            records = stream.Read(position, limit);
        }

        output.WriteStartObject();
        output.WriteStartArray("Records"u8);
        foreach (var record in records)
        {
            WriteRecord(output, table, stream, record);
        }

        output.WriteEndArray();
        var next = records.Count == 0 ? position : records[^1].Number + 1;
        if (stream.IsEnabled || (records.Count > 0 && next < stream.End))
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

    private static int Limit(JsonElement input, int maximum)
    {
        var limit = input.Integer("Limit"u8) ?? maximum;
        return limit < 1 ? throw DynamoDBError.Constraint("limit", $"{limit}", "Member must have value greater than or equal to 1")
            : limit > maximum ? throw DynamoDBError.Constraint("limit", $"{limit}", $"Member must have value less than or equal to {maximum}")
            : (int)limit;
    }

    /// <returns>Whether only the children of a shard are asked for, which a stream of one shard does not have.</returns>
    private static bool HasShardFilter(JsonElement input)
    {
        if (!input.TryGetProperty("ShardFilter"u8, out var filter) || filter.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        filter.Choice("Type"u8, "shardFilter.type", s_shardFilters);
        return true;
    }

    private string Iterator(string arn, long position)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{position} {time.GetUtcNow().ToUnixTimeSeconds()}");
        return $"{arn}|1|{Convert.ToBase64String(Encoding.ASCII.GetBytes(text))}";
    }

    private (string Arn, long Position) ParseIterator(string iterator)
    {
        var parts = iterator.Split('|');
        var bytes = new byte[iterator.Length];
        if (parts.Length != 3
            || !Convert.TryFromBase64String(parts[2], bytes, out var length)
            || Encoding.ASCII.GetString(bytes, 0, length).Split(' ') is not [var number, var created]
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            || !long.TryParse(created, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            throw DynamoDBError.Validation("Invalid ShardIterator");
        }

        return time.GetUtcNow().ToUnixTimeSeconds() - seconds <= s_iteratorLife.TotalSeconds
            ? (parts[0], position)
            : throw new AwsServiceException(
                "ExpiredIteratorException",
                "The shard iterator has expired and can no longer be used to retrieve stream records. "
                + "A shard iterator expires 15 minutes after it is retrieved using the GetShardIterator action.");
    }

    private (Table Table, TableStream Stream) Find(string arn)
    {
        var name = Arn.ResourceOf(arn)?.Split('/') is ["table", var found, "stream", _] ? found : "";
        return store.Find(name) is { Stream: { } stream } table && description.StreamArn(table.Definition) == arn
            ? (table, stream)
            : throw DynamoDBError.ResourceNotFound($"Requested resource not found: Stream: {arn} not found");
    }
}
