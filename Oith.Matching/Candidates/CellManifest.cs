using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using Oith.Matching.Changes;
using Oith.Matching.Engine;

namespace Oith.Matching.Candidates;

/// <summary>
/// What Redis holds of a cell. Stored as 12 bytes (magic, <see cref="BlockHeader.CurrentLayout"/>, CRC-32C of the rest) and JSON.
/// </summary>
/// <param name="BuiltAt">When the people were last read from the table.</param>
/// <param name="Position">All changes announced before are in the blocks.</param>
/// <param name="Blocks">The version of each block by its number; 0 where there is none.</param>
/// <param name="Vocabulary">The words behind the codes in the blocks.</param>
internal sealed record CellManifest(DateTimeOffset BuiltAt, FeedPosition Position, ulong[] Blocks, VocabularyWords Vocabulary)
{
    /// <summary>"OITM" as bytes.</summary>
    private const uint Magic = 0x4D54494F;

    private const int HeaderSize = 12;

    public byte[] Encode()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, CellJson.Default.CellManifest);
        var bytes = new byte[HeaderSize + json.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), BlockHeader.CurrentLayout);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), BlockHeader.Crc(json, uint.MaxValue));
        json.CopyTo(bytes, HeaderSize);
        return bytes;
    }

    /// <returns>Null for what is no manifest of this layout, or damaged.</returns>
    public static CellManifest? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != BlockHeader.CurrentLayout
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != BlockHeader.Crc(bytes[HeaderSize..], uint.MaxValue))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes[HeaderSize..], CellJson.Default.CellManifest);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(CellManifest))]
internal sealed partial class CellJson : JsonSerializerContext;
