using System.Security.Cryptography;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>
/// Keys as bytes whose order is the order of scans and queries: a hash of the partition key, the partition key, the sort key; an
/// index's key goes on with the table's key, which makes it unique.
/// </summary>
/// <remarks>
/// Each part is escaped (00 becomes 00 FF) and ended by 00 01, so that a part is never a prefix of another. The hash is AWS's
/// own (MD5 with its salt), so that a scan returns items in the order that AWS would.
/// </remarks>
internal static class KeyEncoding
{
    public const int HashLength = 4;

    private const int KeptOnStack = 2048;
    private const byte Escape = 0x00;
    private const byte EscapedZero = 0xFF;
    private const byte End = 0x01;

    /// <summary>The key of an item; null when the item lacks a key attribute or has it in another type.</summary>
    /// <param name="tableKey">For an index, the item's key in its table.</param>
    public static byte[]? Of(KeySchema schema, AttributeValue item, ReadOnlySpan<byte> tableKey = default)
    {
        if (!schema.IsPlain)
        {
            return OfSeveral(schema, item, tableKey);
        }

        var partition = item.Member(schema.Partition.Utf8Name);
        if (!partition.IsPresent || partition.Type != schema.Partition.Type)
        {
            return null;
        }

        var sort = schema.Sort is null ? default : item.Member(schema.Sort.Utf8Name);
        if (schema.Sort is not null && (!sort.IsPresent || sort.Type != schema.Sort.Type))
        {
            return null;
        }

        var writer = ValueWriter.Rent();
        try
        {
            WritePartition(writer, partition);
            if (sort.IsPresent)
            {
                WritePart(writer, sort.Scalar);
                WriteEnd(writer);
            }

            writer.WriteEncoded(tableKey);
            return writer.ToArray();
        }
        finally
        {
            writer.Return();
        }
    }

    private static byte[]? OfSeveral(KeySchema schema, AttributeValue item, ReadOnlySpan<byte> tableKey)
    {
        var values = new AttributeValue[schema.Count];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = item.Member(schema.Attributes[index].Utf8Name);
            if (!values[index].IsPresent || values[index].Type != schema.Attributes[index].Type)
            {
                return null;
            }
        }

        var writer = ValueWriter.Rent();
        try
        {
            writer.WriteEncoded(PartitionPrefix(values.AsSpan(0, schema.Partitions.Count)));
            foreach (var sort in values.AsSpan(schema.Partitions.Count))
            {
                WritePart(writer, sort.Scalar);
                WriteEnd(writer);
            }

            writer.WriteEncoded(tableKey);
            return writer.ToArray();
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>What all keys of one partition begin with: of several attributes the first one's hash and all values.</summary>
    public static byte[] PartitionPrefix(params ReadOnlySpan<AttributeValue> partition)
    {
        var writer = ValueWriter.Rent();
        try
        {
            WritePartition(writer, partition[0]);
            foreach (var further in partition[1..])
            {
                WritePart(writer, further.Scalar);
                WriteEnd(writer);
            }

            return writer.ToArray();
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>What all keys of one partition begin with whose sort key is (or with <paramref name="whole"/> false: begins with) a value.</summary>
    public static byte[] SortPrefix(byte[] partitionPrefix, AttributeValue sort, bool whole)
    {
        var writer = ValueWriter.Rent();
        try
        {
            writer.WriteEncoded(partitionPrefix);
            WritePart(writer, sort.Scalar);
            if (whole)
            {
                WriteEnd(writer);
            }

            return writer.ToArray();
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>The first key after all keys that begin with <paramref name="prefix"/>; null when there is none.</summary>
    public static byte[]? After(ReadOnlySpan<byte> prefix)
    {
        var last = prefix.LastIndexOfAnyExcept((byte)0xFF);
        if (last < 0)
        {
            return null;
        }

        var result = prefix[..(last + 1)].ToArray();
        result[last]++;
        return result;
    }

    /// <summary>The first hash of a parallel scan's segment; null for the first segment and for the end of the last one.</summary>
    public static byte[]? SegmentStart(int segment, int totalSegments)
    {
        if (segment == 0 || segment == totalSegments)
        {
            return null;
        }

        var start = (uint)((((ulong)segment << 32) + (ulong)totalSegments - 1) / (ulong)totalSegments);
        return [(byte)(start >> 24), (byte)(start >> 16), (byte)(start >> 8), (byte)start];
    }

    private static void WritePartition(ValueWriter writer, AttributeValue partition)
    {
        var bytes = partition.Scalar;
        Span<byte> salted = bytes.Length <= KeptOnStack ? stackalloc byte[8 + KeptOnStack] : new byte[8 + bytes.Length];
        "Outliers"u8.CopyTo(salted);
        bytes.CopyTo(salted[8..]);
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // No secret: it spreads the keys as AWS spreads them.
        MD5.HashData(salted[..(8 + bytes.Length)], hash);
#pragma warning restore CA5351
        writer.WriteEncoded(hash[..HashLength]);
        WritePart(writer, bytes);
        WriteEnd(writer);
    }

    private static void WritePart(ValueWriter writer, ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var zero = bytes.IndexOf(Escape);
            if (zero < 0)
            {
                writer.WriteEncoded(bytes);
                return;
            }

            writer.WriteEncoded(bytes[..zero]);
            writer.WriteByte(Escape);
            writer.WriteByte(EscapedZero);
            bytes = bytes[(zero + 1)..];
        }
    }

    private static void WriteEnd(ValueWriter writer)
    {
        writer.WriteByte(Escape);
        writer.WriteByte(End);
    }
}
