using System.Collections.Concurrent;
using System.Security.Cryptography;
using Oith.Matching.Changes;
using Oith.Matching.Engine;

namespace Oith.Matching.Candidates;

/// <summary>
/// Writes cells that this instance holds to Redis, as long as the lease of the cell is its own: all of it the first time, then
/// only the blocks that have changed.
/// </summary>
internal sealed class CellWriter(PackedCandidateIndex index, CellStore store, TimeProvider time)
{
    private readonly ConcurrentDictionary<int, WrittenCell> _written = new();

    /// <summary>True when the lease of the cell was this instance's when it was last written.</summary>
    public bool IsOwn(int cell) => _written.ContainsKey(cell);

    /// <summary>Writes what has changed; the caller has the lease.</summary>
    /// <param name="position">All changes announced before are in the index.</param>
    /// <returns>False when it could not be written, or is not held any more.</returns>
    public async Task<bool> WriteAsync(Cell cell, FeedPosition position, CancellationToken cancellationToken)
    {
        var written = _written.GetOrAdd(cell.Id, _ => new WrittenCell());
        var version = NextVersion();
        if (index.Encode(cell, written.IsCurrent, version) is { } snapshot)
        {
            var blocks = written.Apply(snapshot, version);
            var manifest = new CellManifest(cell.BuiltAt, position, written.Versions, snapshot.Vocabulary);
            if (await store.WriteAsync(cell.Id, manifest, blocks, cancellationToken))
            {
                return true;
            }
        }

        // What of it was written is not known: all of it next time.
        _written.TryRemove(cell.Id, out _);
        return false;
    }

    /// <summary>Lets others write the cell.</summary>
    public async Task ReleaseAsync(int cell, CancellationToken cancellationToken)
    {
        if (_written.TryRemove(cell, out _))
        {
            await store.ReleaseAsync(cell, cancellationToken);
        }
    }

    public async Task ReleaseAllAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_written.Keys.Select(cell => ReleaseAsync(cell, cancellationToken)));

    // No two writers ever give the same one, so that a block of one is never taken for the other's.
    private ulong NextVersion() =>
        (ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 20 | (uint)RandomNumberGenerator.GetInt32(1 << 20);

    /// <summary>Which bucket was written as which block.</summary>
    private sealed class WrittenCell
    {
        private readonly Dictionary<Bucket, (int Number, int BucketVersion)> _blocks = [];
        private readonly List<ulong> _versions = [];

        public ulong[] Versions => [.. _versions];

        public bool IsCurrent(Bucket bucket) => _blocks.TryGetValue(bucket, out var block) && block.BucketVersion == bucket.Version;

        /// <returns>The blocks to write, by their numbers.</returns>
        public List<(int Number, byte[] Block)> Apply(CellSnapshot snapshot, ulong version)
        {
            var buckets = snapshot.Buckets.Select(part => part.Bucket).ToHashSet();
            foreach (var (bucket, block) in _blocks.Where(entry => !buckets.Contains(entry.Key)).ToArray())
            {
                _blocks.Remove(bucket);
                _versions[block.Number] = 0;
            }

            var changed = new List<(int, byte[])>();
            foreach (var part in snapshot.Buckets.Where(part => part.Block is not null))
            {
                var number = _blocks.TryGetValue(part.Bucket, out var known) ? known.Number : FreeNumber();
                _blocks[part.Bucket] = (number, part.Version);
                _versions[number] = version;
                changed.Add((number, part.Block!));
            }

            return changed;
        }

        private int FreeNumber()
        {
            var number = _versions.IndexOf(0);
            if (number < 0)
            {
                number = _versions.Count;
                _versions.Add(0);
            }

            return number;
        }
    }
}
