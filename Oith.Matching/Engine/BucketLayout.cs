namespace Oith.Matching.Engine;

/// <summary>Where what is in the array of a <see cref="Bucket"/>: the summaries, the blocks, of which the last may be narrower, the cold bytes.</summary>
/// <param name="room">Records that it has room for.</param>
internal readonly struct BucketLayout(int room)
{
    private const int BytesOfBlock = BlockFilter.Lanes * PackedProfile.Size + BlockSummary.Size;

    private readonly int _hot = (room + BlockFilter.Lanes - 1) / BlockFilter.Lanes * BlockSummary.Size;

    public int Room { get; } = room;

    public int Size => _hot + Room * PackedProfile.Size;

    public static BucketLayout Of(byte[] data)
    {
        // Each block has a summary, and none is longer than this.
        var blocks = (data.Length + BytesOfBlock - 1) / BytesOfBlock;
        return new BucketLayout((data.Length - blocks * BlockSummary.Size) / PackedProfile.Size);
    }

    /// <summary>The first plane of a block.</summary>
    public int Block(int block) => _hot + block * BlockFilter.BlockSize;

    /// <summary>Bytes from a plane of a block to its next.</summary>
    public int Stride(int block) => Math.Min(BlockFilter.Lanes, Room - block * BlockFilter.Lanes);

    public int Hot(int slot, int plane)
    {
        var block = slot / BlockFilter.Lanes;
        return Block(block) + plane * Stride(block) + slot % BlockFilter.Lanes;
    }

    public int Cold(int slot) => _hot + Room * PackedProfile.HotSize + slot * PackedProfile.ColdSize;
}
