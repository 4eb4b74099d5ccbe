using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Oith.LocalCloud.Durability;

/// <summary>
/// The bytes of a journal, little endian. Every byte is covered by a checksum, so that damage is told from the end of the file.
/// <code>
/// file    magic "OITHJRNL" | version 4 | CRC of these 4 | mark 8 | first sequence 8 | service 24 | zero 4 | CRC of the last three 4
/// record  marker 4 | length 4 | sequence 8 | CRC of length, sequence and payload 4 | payload
/// </code>
/// The mark is the sequence of an acknowledged record, with twenty bits of its checksum: a file that ends earlier was cut. It follows the last record
/// within <see cref="DataDirectory.MarkDelay"/>, as a second write for each record would cost as much as the first. A record's CRC is seeded
/// with the service's name: a block of another service's journal does not read.
/// </summary>
internal static class JournalFormat
{
    public const int Version = 2;
    public const int HeaderLength = 64;
    public const int MarkOffset = 16;
    public const int RecordHeaderLength = 20;
    public const int MaximumRecordLength = 64 * 1024 * 1024;

    private const int NameLength = 24;
    private const int MarkCheckBits = 20;

    /// <summary>Not valid UTF-8, so that it is rare in payloads, where a repair looks for it.</summary>
    public static ReadOnlySpan<byte> Marker => [0xFA, 0x4A, 0xF5, 0x0A];

    private static ReadOnlySpan<byte> Magic => "OITHJRNL"u8;

    public static uint Seed(string service) => Crc(uint.MaxValue, Encoding.ASCII.GetBytes(service));

    public static bool HasMagic(ReadOnlySpan<byte> header) => header.StartsWith(Magic);

    public static byte[] Header(string service, long firstSequence, long mark)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), Checksum(header.AsSpan(0, 12)));
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(MarkOffset), Mark(mark));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), firstSequence);
        Encoding.ASCII.GetBytes(service, header.AsSpan(32, NameLength));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(60), Checksum(header.AsSpan(24, 36)));
        return header;
    }

    /// <summary>Reads the part of the header that every version has.</summary>
    /// <returns>Null when it is damaged.</returns>
    public static int? ReadVersion(ReadOnlySpan<byte> header) =>
        header.Length >= 16 && HasMagic(header) && BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) == Checksum(header[..12])
            ? BinaryPrimitives.ReadInt32LittleEndian(header[8..])
            : null;

    /// <returns>Null when it is damaged.</returns>
    public static (long FirstSequence, string Service)? ReadHeader(ReadOnlySpan<byte> header) =>
        header.Length >= HeaderLength && BinaryPrimitives.ReadUInt32LittleEndian(header[60..]) == Checksum(header[24..60])
            ? (BinaryPrimitives.ReadInt64LittleEndian(header[24..]), Encoding.ASCII.GetString(header.Slice(32, NameLength)).TrimEnd('\0'))
            : null;

    public static ulong Mark(long sequence)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, sequence);
        return ((ulong)sequence << MarkCheckBits) | (Checksum(bytes) & ((1u << MarkCheckBits) - 1));
    }

    /// <returns>The sequence of the last acknowledged record; null when the mark is damaged.</returns>
    public static long? ReadMark(ReadOnlySpan<byte> header)
    {
        var mark = BinaryPrimitives.ReadUInt64LittleEndian(header[MarkOffset..]);
        var sequence = (long)(mark >> MarkCheckBits);
        return Mark(sequence) == mark ? sequence : null;
    }

    /// <summary>Writes a record; the buffer has room for <see cref="RecordHeaderLength"/> and the payload.</summary>
    public static void WriteRecord(Span<byte> buffer, uint seed, long sequence, ReadOnlySpan<byte> payload)
    {
        Marker.CopyTo(buffer);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[4..], payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[8..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[16..], ~Crc(Crc(seed, buffer[4..16]), payload));
        payload.CopyTo(buffer[RecordHeaderLength..]);
    }

    public static bool IsRecord(ReadOnlySpan<byte> header, uint seed, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[16..]) == ~Crc(Crc(seed, header[4..16]), payload);

    /// <summary>CRC-32C.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data) => ~Crc(uint.MaxValue, data);

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[8..];
        }

        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
