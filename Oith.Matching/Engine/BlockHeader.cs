using System.Numerics;
using System.Runtime.InteropServices;

namespace Oith.Matching.Engine;

/// <summary>The first 40 bytes of a block, little-endian; <see cref="BlockEncoder"/> says what follows.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct BlockHeader
{
    /// <summary>"OITH" as bytes.</summary>
    public const uint MagicNumber = 0x4854494F;

    /// <summary>Counts up with every change of what a block looks like: others are not read.</summary>
    public const uint CurrentLayout = 2;

    public const int Size = 40;

    public uint Magic;
    public uint Layout;

    /// <summary>CRC-32C of all other bytes.</summary>
    public uint Checksum;

    /// <summary><see cref="CellId"/>.</summary>
    public int Cell;

    /// <summary>What the records have in common, as far as the bucket's depth went: <see cref="BucketKey"/>.</summary>
    public uint Key;

    public int Count;
    public ulong Version;
    public int EmailBytes;
    public int WideBytes;

    /// <summary>Writes the header of a finished block, its checksum included.</summary>
    public static void Seal(Span<byte> block, BlockHeader header)
    {
        (header.Magic, header.Layout, header.Checksum) = (MagicNumber, CurrentLayout, 0);
        MemoryMarshal.Write(block, header);
        header.Checksum = Crc(block);
        MemoryMarshal.Write(block, header);
    }

    /// <summary>False for what is no block of this layout, of another length than it says, or damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> block, out BlockHeader header)
    {
        header = default;
        if (block.Length < Size)
        {
            return false;
        }

        header = MemoryMarshal.Read<BlockHeader>(block);
        if (header.Magic != MagicNumber || header.Layout != CurrentLayout || header.Count < 0 || header.EmailBytes < 0 || header.WideBytes < 0
            || block.Length != Size + (long)header.Count * PackedProfile.Size + header.EmailBytes + header.WideBytes)
        {
            return false;
        }

        var zeroed = header with { Checksum = 0 };
        return header.Checksum == Crc(block[Size..], Crc(MemoryMarshal.AsBytes(new ReadOnlySpan<BlockHeader>(ref zeroed)), uint.MaxValue));
    }

    private static uint Crc(ReadOnlySpan<byte> bytes) => Crc(bytes, uint.MaxValue);

    internal static uint Crc(ReadOnlySpan<byte> bytes, uint crc)
    {
        foreach (var eight in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, eight);
        }

        foreach (var one in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }
}
