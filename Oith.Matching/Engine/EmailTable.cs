using System.Numerics;

namespace Oith.Matching.Engine;

/// <summary>
/// Finds the record of an e-mail: open addressing in 256 shards that grow one by one. An entry is four bytes: the position of
/// the record, and in the bits that positions do not need a fingerprint of the e-mail. For the writer alone.
/// </summary>
/// <param name="encodedAt">The encoded e-mail of the record at a position.</param>
internal sealed class EmailTable(EmailTable.EncodedAt encodedAt)
{
    private const int ShardBits = 8;
    private const uint Empty = uint.MaxValue;
    private const uint Deleted = uint.MaxValue - 1;

    // Of a sixth more at a time: between 0.8 and 0.94 of the room is used.
    private const double MaxLoad = 0.94;
    private const double LoadAfterGrowth = 0.8;

    // While many are added, each is first looked for in vain, past a whole run of others: the fuller, the longer, as the square of it.
    private const double LoadWhileFilling = 0.6;

    private readonly Shard[] _shards = [.. Enumerable.Range(0, 1 << ShardBits).Select(_ => new Shard())];

    public delegate ReadOnlySpan<byte> EncodedAt(int position);

    /// <summary>E-mails held.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes held, object headers included.</summary>
    public long Bytes => _shards.Sum(shard => 64L + sizeof(uint) * shard.Entries.Length);

    /// <summary>Makes room at once, so that it need not grow meanwhile; more than is needed in the end, see <see cref="TrimExcess"/>.</summary>
    public void EnsureCapacity(int count)
    {
        foreach (var shard in _shards)
        {
            // The shards differ by chance: one deviation more suits most, the others grow.
            var expected = count / (double)_shards.Length;
            var size = (int)((expected + Math.Sqrt(expected)) / LoadWhileFilling) + 2;
            if (size > shard.Entries.Length)
            {
                Rebuild(shard, size, shard.PositionBits);
            }
        }
    }

    /// <summary>Gives back the room that is not needed now.</summary>
    public void TrimExcess()
    {
        foreach (var shard in _shards)
        {
            Rebuild(shard, SizeFor(shard.Live), shard.PositionBits);
        }
    }

    /// <returns>The position of the record; -1 when there is none.</returns>
    public int Find(ulong hash, ReadOnlySpan<byte> encoded)
    {
        var shard = ShardOf(hash);
        var positionMask = Mask(shard.PositionBits);
        var fingerprint = Fingerprint(hash, shard.PositionBits);
        for (var at = Home(hash, shard.Entries.Length); shard.Entries.Length > 0; at = Next(at, shard.Entries.Length))
        {
            var entry = shard.Entries[at];
            if (entry == Empty)
            {
                break;
            }

            if (entry != Deleted && (entry & ~positionMask) == fingerprint && encodedAt((int)(entry & positionMask)).SequenceEqual(encoded))
            {
                return (int)(entry & positionMask);
            }
        }

        return -1;
    }

    /// <summary>Adds an e-mail that is not there yet.</summary>
    public void Add(ulong hash, int position)
    {
        var shard = ShardOf(hash);
        Fit(shard, position);
        if (shard.Used + 1 > shard.Entries.Length * MaxLoad)
        {
            Rebuild(shard, (int)((shard.Live + 1) / LoadAfterGrowth) + 2, shard.PositionBits);
        }

        Put(shard, hash, position);
        Count++;
    }

    /// <summary>The record at <paramref name="from"/> is now at <paramref name="to"/>.</summary>
    public void Move(ulong hash, int from, int to)
    {
        var shard = ShardOf(hash);
        var entries = shard.Entries;
        var at = IndexOf(shard, hash, from);
        entries[at] = Deleted;
        shard.Live--;
        Fit(shard, to);
        if (ReferenceEquals(entries, shard.Entries))
        {
            entries[at] = Fingerprint(hash, shard.PositionBits) | (uint)to;
            shard.Live++;
        }
        else
        {
            Put(shard, hash, to);
        }
    }

    public void Remove(ulong hash, int position)
    {
        var shard = ShardOf(hash);
        shard.Entries[IndexOf(shard, hash, position)] = Deleted;
        shard.Live--;
        Count--;
    }

    private Shard ShardOf(ulong hash) => _shards[hash >> (64 - ShardBits)];

    private static int IndexOf(Shard shard, ulong hash, int position)
    {
        var entry = Fingerprint(hash, shard.PositionBits) | (uint)position;
        var at = Home(hash, shard.Entries.Length);
        while (shard.Entries[at] != entry)
        {
            at = Next(at, shard.Entries.Length);
        }

        return at;
    }

    // Positions need another bit now and then: the fingerprints give it. Never when a record only changes its place in a bucket:
    // then the e-mails cannot all be found at the positions that are told, as a rebuilding asks for.
    private void Fit(Shard shard, int position)
    {
        // One more than needed must fit, or a position could be taken for Empty or Deleted.
        var bits = 32 - BitOperations.LeadingZeroCount(((uint)position | Bucket.MaxCount - 1) + 2);
        if (bits > shard.PositionBits)
        {
            Rebuild(shard, shard.Entries.Length, bits);
        }
    }

    private void Rebuild(Shard shard, int size, int positionBits)
    {
        var old = shard.Entries;
        var oldMask = Mask(shard.PositionBits);
        shard.Entries = new uint[size];
        Array.Fill(shard.Entries, Empty);
        shard.PositionBits = positionBits;
        shard.Live = shard.Used = 0;
        foreach (var entry in old)
        {
            if (entry is not Empty and not Deleted)
            {
                var position = (int)(entry & oldMask);
                Put(shard, EmailArena.Hash(encodedAt(position)), position);
            }
        }
    }

    private static void Put(Shard shard, ulong hash, int position)
    {
        var at = Home(hash, shard.Entries.Length);
        while (shard.Entries[at] is not Empty and not Deleted)
        {
            at = Next(at, shard.Entries.Length);
        }

        if (shard.Entries[at] == Empty)
        {
            shard.Used++;
        }

        shard.Live++;
        shard.Entries[at] = Fingerprint(hash, shard.PositionBits) | (uint)position;
    }

    private static int SizeFor(int count) => (int)(count / MaxLoad) + 2;

    private static int Home(ulong hash, int size) => (int)(((hash >> (32 - ShardBits) & uint.MaxValue) * (ulong)size) >> 32);

    private static int Next(int at, int size) => at + 1 == size ? 0 : at + 1;

    private static uint Fingerprint(ulong hash, int positionBits) => (uint)hash & ~Mask(positionBits);

    private static uint Mask(int bits) => (uint)((1UL << bits) - 1);

    private sealed class Shard
    {
        public uint[] Entries { get; set; } = [];

        public int PositionBits { get; set; } = 1;

        /// <summary>Entries that are not empty, deleted ones included.</summary>
        public int Used { get; set; }

        public int Live { get; set; }
    }
}
