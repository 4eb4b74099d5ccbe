using System.Buffers.Binary;
using Oith.LocalCloud.DynamoDB.Streams;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>How the journal of tables writes what belongs to their streams.</summary>
/// <remarks>
/// Stamp: the milliseconds since 1970 (8 bytes), then 1 for an expired item. Record: its stamp, its number (8 bytes), the length of the old
/// image (4 bytes, 0: none), the old image, the new one.
/// </remarks>
internal static class StreamJournal
{
    public const int StampLength = 9;

    private const int HeadLength = StampLength + sizeof(long) + sizeof(int);

    public static void WriteStamp(Span<byte> output, DateTimeOffset time, bool isExpiry)
    {
        BinaryPrimitives.WriteInt64BigEndian(output, time.ToUnixTimeMilliseconds());
        output[StampLength - 1] = isExpiry ? (byte)1 : (byte)0;
    }

    public static (DateTimeOffset Time, bool IsExpiry) ReadStamp(ReadOnlySpan<byte> stamp) =>
        (DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(stamp)), stamp[StampLength - 1] == 1);

    public static byte[] Encode(StreamRecord record)
    {
        var old = record.Old is null ? [] : record.Old.Encoded;
        var current = record.Current is null ? [] : record.Current.Encoded;
        var output = new byte[HeadLength + old.Length + current.Length];
        WriteStamp(output, record.Time, record.IsExpiry);
        BinaryPrimitives.WriteInt64BigEndian(output.AsSpan(StampLength), record.Number);
        BinaryPrimitives.WriteInt32BigEndian(output.AsSpan(StampLength + sizeof(long)), old.Length);
        old.CopyTo(output.AsSpan(HeadLength));
        current.CopyTo(output.AsSpan(HeadLength + old.Length));
        return output;
    }

    public static StreamRecord ReadRecord(ReadOnlySpan<byte> record)
    {
        var (time, isExpiry) = ReadStamp(record);
        var number = ReadNumber(record[StampLength..]);
        var old = BinaryPrimitives.ReadInt32BigEndian(record[(StampLength + sizeof(long))..]);
        return new StreamRecord(number, time, Image(record[HeadLength..(HeadLength + old)]), Image(record[(HeadLength + old)..]), isExpiry);
    }

    public static byte[] EncodeNumber(long number)
    {
        var output = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(output, number);
        return output;
    }

    public static long ReadNumber(ReadOnlySpan<byte> number) => BinaryPrimitives.ReadInt64BigEndian(number);

    private static Item? Image(ReadOnlySpan<byte> encoded) => encoded.IsEmpty ? null : new Item(encoded.ToArray());
}
