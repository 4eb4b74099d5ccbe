using Microsoft.Extensions.Options;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Matching.Redis;
using Oith.Matching.Settings;
using StackExchange.Redis;

namespace Oith.Matching.Candidates;

/// <summary>
/// Packed cells in Redis, which all instances share. Keys:
/// <c>oith:{environment}:cell:{dr5r}</c>, a <see cref="CellManifest"/>;
/// <c>oith:{environment}:cell:{dr5r}:{number}</c>, a block as <see cref="BlockEncoder"/> writes it;
/// <c>oith:{environment}:cell:{dr5r}:lease</c>, the token of the one instance that may write the two.
/// Manifest and blocks are gone when their manifest's position is too old to be followed up in the <see cref="ChangeFeed"/>.
/// </summary>
internal sealed class CellStore(RedisStore redis, IOptions<MatchingOptions> options, TimeProvider time)
{
    /// <summary>How long a lease lasts that is not renewed.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);

    private const int BlocksAtOnce = 8;
    private const int BytesAtOnce = 1 << 20;
    private const int Attempts = 3;

    // Nobody's request waits for a write, and a read replaces a query of the table.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2);

    private readonly string _instance = Guid.NewGuid().ToString("N");

    /// <summary>Reads a cell and checks all of it.</summary>
    public async Task<StoredCell> ReadAsync(int cell, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var answer = await GetAsync(Key(cell), cancellationToken);
            using var lease = answer.Value;
            if (lease is null)
            {
                return new StoredCell(answer.Done ? StoredCellState.Absent : StoredCellState.Unreachable);
            }

            if (CellManifest.Decode(lease.Span) is not { } manifest)
            {
                return new StoredCell(StoredCellState.Invalid);
            }

            if (manifest.Position.Read.Count == 0
                || time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(60 * manifest.Position.Oldest) > ChangeFeed.Kept)
            {
                return new StoredCell(StoredCellState.Invalid);
            }

            // A block that is not the manifest's was written just now, or never will be: another look tells.
            if (await ReadAsync(cell, manifest, cancellationToken) is { } people)
            {
                return new StoredCell(StoredCellState.Valid, manifest, people);
            }
        }

        return new StoredCell(StoredCellState.Invalid);
    }

    /// <summary>Asks for the right to write the cell.</summary>
    /// <returns>Null when Redis cannot be reached.</returns>
    public async Task<bool?> TryLeaseAsync(int cell, CancellationToken cancellationToken)
    {
        var taken = await redis.TryAsync(
            (database, state) => database.StringSetAsync(state.key, state.token, LeaseDuration, When.NotExists),
            (key: LeaseKey(cell), token: (RedisValue)_instance),
            cancellationToken);
        return taken.Done ? taken.Value : null;
    }

    /// <summary>Takes the right to write a cell from whoever has it, because what Redis holds of the cell is damaged; and forgets that.</summary>
    /// <returns>False when somebody else was faster; null when Redis cannot be reached.</returns>
    public async Task<bool?> SeizeAsync(int cell, CancellationToken cancellationToken)
    {
        var taken = await redis.TryAsync(
            async (database, state) =>
            {
                var owner = await database.StringGetAsync(state.lease);
                var transaction = database.CreateTransaction();
                transaction.AddCondition(owner.IsNull ? Condition.KeyNotExists(state.lease) : Condition.StringEqual(state.lease, owner));
                _ = transaction.StringSetAsync(state.lease, state.token, LeaseDuration);
                _ = transaction.KeyDeleteAsync(state.cell);
                return await transaction.ExecuteAsync();
            },
            (lease: LeaseKey(cell), cell: Key(cell), token: (RedisValue)_instance),
            cancellationToken);
        return taken.Done ? taken.Value : null;
    }

    /// <summary>Gives the right to write the cell back, if it is still this instance's.</summary>
    public async Task ReleaseAsync(int cell, CancellationToken cancellationToken) => await redis.TryAsync(
        (database, key) =>
        {
            var transaction = Leased(database, key);
            _ = transaction.KeyDeleteAsync(key);
            return transaction.ExecuteAsync();
        },
        LeaseKey(cell),
        cancellationToken);

    /// <summary>Writes the manifest and the changed blocks, and prolongs the lease.</summary>
    /// <param name="blocks">By their numbers; all others stay as they are.</param>
    /// <returns>False when Redis cannot be reached or the lease is somebody else's by now.</returns>
    public async Task<bool> WriteAsync(int cell, CellManifest manifest, List<(int Number, byte[] Block)> blocks, CancellationToken cancellationToken)
    {
        var left = blocks.AsEnumerable();
        while (true)
        {
            // Not all at once: Redis does nothing else meanwhile. Who reads between them sees versions that are not the manifest's.
            var bytes = 0;
            var part = left.TakeWhile(block => (bytes += block.Block.Length) <= BytesAtOnce || bytes == block.Block.Length).ToList();
            left = left.Skip(part.Count).ToList();
            var isLast = !left.Any();
            if (!await WriteAsync(cell, part, isLast ? manifest : null, cancellationToken))
            {
                return false;
            }

            if (isLast)
            {
                return true;
            }
        }
    }

    private async Task<bool> WriteAsync(int cell, List<(int Number, byte[] Block)> blocks, CellManifest? manifest, CancellationToken cancellationToken)
    {
        var written = await redis.TryAsync(
            (database, written) =>
            {
                var transaction = Leased(database, LeaseKey(cell));
                foreach (var (number, block) in written)
                {
                    _ = transaction.StringSetAsync(Key(cell, number), block, ChangeFeed.Kept);
                }

                if (manifest is not null)
                {
                    _ = transaction.StringSetAsync(Key(cell), manifest.Encode(), ChangeFeed.Kept);
                    for (var number = 0; number < manifest.Blocks.Length; number++)
                    {
                        _ = transaction.KeyExpireAsync(Key(cell, number), ChangeFeed.Kept);
                    }
                }

                _ = transaction.KeyExpireAsync(LeaseKey(cell), LeaseDuration);
                return transaction.ExecuteAsync();
            },
            blocks,
            s_timeout,
            cancellationToken);
        return written is { Done: true, Value: true };
    }

    private async Task<List<Profile>?> ReadAsync(int cell, CellManifest manifest, CancellationToken cancellationToken)
    {
        var people = new List<Profile>();
        foreach (var numbers in Enumerable.Range(0, manifest.Blocks.Length).Where(number => manifest.Blocks[number] != 0).Chunk(BlocksAtOnce))
        {
            var answers = await Task.WhenAll(numbers.Select(number => GetAsync(Key(cell, number), cancellationToken)));
            var isValid = true;
            for (var i = 0; i < numbers.Length; i++)
            {
                using var block = answers[i].Value;
                isValid = isValid
                    && block is not null
                    && BlockDecoder.TryDecode(block.Span, cell, manifest.Blocks[numbers[i]], manifest.Vocabulary, people);
            }

            if (!isValid)
            {
                return null;
            }
        }

        return people;
    }

    private async Task<RedisAnswer<Lease<byte>?>> GetAsync(RedisKey key, CancellationToken cancellationToken) =>
        await redis.TryAsync(static (database, key) => database.StringGetLeaseAsync(key), key, s_timeout, cancellationToken);

    // Nothing happens when the lease is somebody else's, or changes hands before it does.
    private ITransaction Leased(IDatabase database, RedisKey leaseKey)
    {
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual(leaseKey, _instance));
        return transaction;
    }

    private RedisKey Key(int cell) => $"oith:{options.Value.Environment}:cell:{CellId.Name(cell)}";

    private RedisKey Key(int cell, int number) => $"oith:{options.Value.Environment}:cell:{CellId.Name(cell)}:{number}";

    private RedisKey LeaseKey(int cell) => $"oith:{options.Value.Environment}:cell:{CellId.Name(cell)}:lease";
}

/// <param name="Manifest">And <paramref name="People"/>: when valid.</param>
internal readonly record struct StoredCell(StoredCellState State, CellManifest? Manifest = null, List<Profile>? People = null);

internal enum StoredCellState
{
    Valid,
    Absent,

    /// <summary>Damaged, of another layout, or too old: to be built anew.</summary>
    Invalid,

    Unreachable,
}
