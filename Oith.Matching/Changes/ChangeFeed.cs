using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Matching.Redis;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;
using StackExchange.Redis;

namespace Oith.Matching.Changes;

/// <summary>
/// Tells every instance who changed. Redis keys: <c>oith:{environment}:changes:{minute}</c>, a list of
/// <c>{instance}|{kind}|{cell}|{e-mail}</c> for each minute, kept for ten, where kind is p for a profile, m for a match, x for whom
/// somebody is not shown and r for a match request, with its id instead of an e-mail: appending is atomic, so a reader that remembers
/// how far it came misses nothing.
/// </summary>
internal sealed class ChangeFeed(RedisStore redis, IOptions<MatchingOptions> options, TimeProvider time)
{
    /// <summary>How far the clocks of two instances may be apart, in minutes.</summary>
    private const int ClockSkew = 1;

    private const char OfProfile = 'p';
    private const char OfMatch = 'm';
    private const char OfExclusions = 'x';
    private const char OfRequest = 'r';
    private const string UnknownCell = "";

    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_staleness = TimeSpan.FromSeconds(1);

    // An instance that is killed between a write and its announcement leaves the others this much behind.
    private static readonly TimeSpan s_longestBehind = TimeSpan.FromMinutes(1);

    private readonly string _instance = Guid.NewGuid().ToString("N")[..8];
    private readonly Channel<FeedItem> _here = Channel.CreateUnbounded<FeedItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, long> _unsent = new(StringComparer.Ordinal);
    private readonly RecentPositions _recent = new(time);
    private readonly Lock _announcing = new();
    private FeedPosition? _read;
    private long _losses;
    private FeedPosition? _applied;
    private long _lastExchange;
    private long _announced;

    /// <summary>How long the past can be read again.</summary>
    public static TimeSpan Kept => s_kept - TimeSpan.FromMinutes(ClockSkew);

    /// <summary>What changed, to tell whether something cached is still true.</summary>
    public ChangeStamps Stamps { get; } = new();

    /// <summary>As <see cref="Stamps"/>, but only of whom people are not shown.</summary>
    public ChangeStamps ExclusionStamps { get; } = new();

    /// <summary>Of match requests, by id.</summary>
    public ChangeStamps RequestStamps { get; } = new();

    /// <summary>True while changes made elsewhere are known within a second; false without Redis, and after a pause of the process.</summary>
    public bool IsLive => Volatile.Read(ref _lastExchange) is var last and not 0 && time.GetElapsedTime(last) < s_staleness;

    /// <summary>True when what was read at <paramref name="timestamp"/> of the clock is true still, unless a change of it was announced.</summary>
    public bool Covers(long timestamp) => IsLive && time.GetElapsedTime(timestamp) < s_longestBehind;

    /// <summary>Profiles that this instance must read again.</summary>
    public ChannelReader<FeedItem> Stale => _here.Reader;

    /// <summary>All changes up to here are in the index of this instance; null before the first are.</summary>
    public FeedPosition? Applied => Volatile.Read(ref _applied);

    /// <summary>A position some seconds ago: who reads an index of DynamoDB now finds all changes that were announced before.</summary>
    public FeedPosition? Settled => IsLive ? _recent.Oldest : null;

    /// <summary>The profiles have changed: this instance and all others read them again.</summary>
    public void Announce(params ReadOnlySpan<string> emails)
    {
        foreach (var email in emails)
        {
            Announce(new ProfileChange(email, UnknownCell));
        }
    }

    /// <summary>As the other; who knows where the person lives spares those the reading who hold nobody there.</summary>
    public void Announce(Profile profile)
    {
        var cell = ProfilePacker.CellOf(profile);
        Announce(new ProfileChange(profile.Email, cell == CellId.Nowhere ? UnknownCell : CellId.Name(cell)));
    }

    /// <summary>Matches of these people have changed, their profiles have not.</summary>
    public void AnnounceMatch(params ReadOnlySpan<string> emails)
    {
        foreach (var email in emails)
        {
            Stamps.Changed(email);
            Send(OfMatch, UnknownCell, email);
        }
    }

    /// <summary>Whom the person is not shown has changed, and perhaps the match in the hand.</summary>
    /// <returns>The person's count in <see cref="ExclusionStamps"/> from now on.</returns>
    public long AnnounceExclusion(string email)
    {
        Stamps.Changed(email);
        var stamp = ExclusionStamps.Changed(email);
        Send(OfExclusions, UnknownCell, email);
        return stamp;
    }

    /// <summary>The state of a match request has changed.</summary>
    public void AnnounceRequest(string requestId)
    {
        RequestStamps.Changed(requestId);
        Send(OfRequest, UnknownCell, requestId);
    }

    /// <summary>This instance reads the profile again; the others are not concerned.</summary>
    public void Refresh(string email) => _here.Writer.TryWrite(new FeedItem(new ProfileChange(email, UnknownCell)));

    /// <summary>The index has taken in what came before this item.</summary>
    public void SetApplied(FeedPosition position) => Volatile.Write(ref _applied, position);

    /// <summary>From now on <see cref="ExchangeAsync"/> gives what is announced after this call.</summary>
    /// <returns>False when Redis cannot be reached.</returns>
    public async Task<bool> SeekAsync(CancellationToken cancellationToken)
    {
        _losses = redis.Losses;
        var minutes = Minutes();
        var lengths = await redis.TryAsync(
            (database, minutes) => Task.WhenAll(minutes.Select(minute => database.ListLengthAsync(Key(minute)))), minutes, cancellationToken);
        if (!lengths.Done)
        {
            return false;
        }

        _recent.Clear();
        Exchanged(new FeedPosition(minutes.Zip(lengths.Value!).ToDictionary()));
        return true;
    }

    /// <summary>Sends what was announced here and receives what was announced elsewhere since the last exchange.</summary>
    public async Task<FeedExchange> ExchangeAsync(CancellationToken cancellationToken)
    {
        if (_read is not { } read || redis.Losses != _losses)
        {
            return FeedExchange.Lost;
        }

        if (!await SendAsync(cancellationToken))
        {
            return FeedExchange.Unreachable;
        }

        var (outcome, now) = await ReadAsync(read, Receive, cancellationToken);
        if (now is not null)
        {
            Exchanged(now);
        }

        return outcome;
    }

    /// <summary>The profiles that were announced after <paramref name="position"/>, by whomever; some perhaps that were so before.</summary>
    /// <returns>Null when Redis cannot be reached, or does not have all of it any more.</returns>
    public async Task<List<ProfileChange>?> SinceAsync(FeedPosition position, CancellationToken cancellationToken)
    {
        // Before Redis is read: what is not here any more is there by then.
        var changes = Unsent();
        var (outcome, _) = await ReadAsync(position, entry => Add(changes, entry.Split('|', 4)[1..]), cancellationToken);
        return outcome == FeedExchange.Done ? changes : null;
    }

    /// <summary>The profiles that were announced here and that the others have not been told of yet.</summary>
    public List<ProfileChange> Unsent()
    {
        var changes = new List<ProfileChange>();
        foreach (var change in _unsent.Keys)
        {
            Add(changes, change.Split('|', 3));
        }

        return changes;
    }

    // p|dr5r|ann@example.com
    private static void Add(List<ProfileChange> changes, string[] parts)
    {
        if (parts.Length == 3 && parts[0][0] == OfProfile)
        {
            changes.Add(new ProfileChange(parts[2], parts[1]));
        }
    }

    private void Announce(ProfileChange change)
    {
        Stamps.Changed(change.Email);
        lock (_announcing)
        {
            // First, so that who fills a cell finds it here, even when it was read as nobody was held there yet.
            Send(OfProfile, change.Cell, change.Email);
            _here.Writer.TryWrite(new FeedItem(change));
        }
    }

    private void Send(char kind, string cell, string email) => _unsent[$"{kind}|{cell}|{email}"] = Interlocked.Increment(ref _announced);

    private async Task<bool> SendAsync(CancellationToken cancellationToken)
    {
        KeyValuePair<string, long>[] changes;
        lock (_announcing)
        {
            // What is sent is to be read here before the position is that comes after it.
            changes = _unsent.ToArray();
        }

        if (changes.Length == 0)
        {
            return true;
        }

        using var activity = MatchingActivities.StartWork("send changes");
        var entries = Array.ConvertAll(changes, change => (RedisValue)$"{_instance}|{change.Key}");
        var sent = await redis.TryAsync(
            async (database, state) =>
            {
                var pushed = database.ListRightPushAsync(state.key, state.entries);
                await Task.WhenAll(pushed, database.KeyExpireAsync(state.key, s_kept));
                return await pushed;
            },
            (key: Key(Minute()), entries),
            cancellationToken);
        foreach (var change in sent.Done ? changes : [])
        {
            // Not if it was announced again meanwhile.
            _unsent.TryRemove(change);
        }

        return sent.Done;
    }

    /// <returns>With how far was read, when it is done.</returns>
    private async Task<(FeedExchange Outcome, FeedPosition? Position)> ReadAsync(FeedPosition from, Action<string> receive, CancellationToken cancellationToken)
    {
        var newest = Minute() + ClockSkew;
        // Too long ago, or of a time that has not come yet, because the clock was set back meanwhile.
        if (newest - from.Oldest > Kept.TotalMinutes || newest < from.Oldest)
        {
            return (FeedExchange.Lost, null);
        }

        var minutes = Enumerable.Range(0, (int)(newest - from.Oldest) + 1).Select(offset => from.Oldest + offset).ToArray();
        var pages = await redis.TryAsync(
            (database, state) => Task.WhenAll(state.minutes.Select(minute =>
                database.ListRangeAsync(Key(minute), Math.Max(0, state.from.Read.GetValueOrDefault(minute) - 1)))),
            (minutes, from),
            cancellationToken);
        if (!pages.Done)
        {
            return (FeedExchange.Unreachable, null);
        }

        var read = new Dictionary<long, long>();
        for (var i = 0; i < minutes.Length; i++)
        {
            var before = from.Read.GetValueOrDefault(minutes[i]);
            var page = pages.Value![i];
            // The last entry read before is read once more: if it is gone, Redis was emptied meanwhile.
            if (before > 0 && page.Length == 0)
            {
                return (FeedExchange.Lost, null);
            }

            var fresh = before > 0 ? page.AsSpan(1) : page;
            foreach (var entry in fresh)
            {
                receive(entry.ToString());
            }

            // Nobody's clock is so late that he still writes into the oldest ones.
            if (minutes[i] >= newest - 2 * ClockSkew - 1)
            {
                read[minutes[i]] = before + fresh.Length;
            }
        }

        return (FeedExchange.Done, new FeedPosition(read));
    }

    private void Receive(string entry)
    {
        // 3f9c01aa|p|dr5r|ann@example.com
        var parts = entry.Split('|', 4);
        if (parts.Length < 4 || parts[0] == _instance)
        {
            return;
        }

        var kind = parts[1][0];
        (kind == OfRequest ? RequestStamps : Stamps).Changed(parts[3]);
        switch (kind)
        {
            case OfProfile:
                _here.Writer.TryWrite(new FeedItem(new ProfileChange(parts[3], parts[2])));
                break;
            case OfExclusions:
                ExclusionStamps.Changed(parts[3]);
                break;
        }
    }

    private void Exchanged(FeedPosition position)
    {
        _read = position;
        _recent.Add(position);
        _here.Writer.TryWrite(new FeedItem(default, position));
        Volatile.Write(ref _lastExchange, time.GetTimestamp());
    }

    private long Minute() => time.GetUtcNow().ToUnixTimeSeconds() / 60;

    private long[] Minutes()
    {
        var minute = Minute();
        return [.. Enumerable.Range(-ClockSkew - 1, 2 * ClockSkew + 2).Select(offset => minute + offset)];
    }

    private RedisKey Key(long minute) => $"oith:{options.Value.Environment}:changes:{minute.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>The positions of the last seconds.</summary>
internal sealed class RecentPositions(TimeProvider time)
{
    // Longer than an index of DynamoDB is behind its table, and than an announcement waits to be sent.
    private static readonly TimeSpan s_lag = TimeSpan.FromSeconds(5);

    private readonly Queue<(long At, FeedPosition Position)> _positions = [];
    private readonly Lock _lock = new();

    /// <summary>The position so many seconds ago, or the first since <see cref="Clear"/>.</summary>
    public FeedPosition? Oldest
    {
        get
        {
            lock (_lock)
            {
                return _positions.TryPeek(out var oldest) ? oldest.Position : null;
            }
        }
    }

    public void Add(FeedPosition position)
    {
        lock (_lock)
        {
            _positions.Enqueue((time.GetTimestamp(), position));
            // The second is old enough as well: the first is not needed any more.
            while (_positions.Count > 1 && time.GetElapsedTime(_positions.ElementAt(1).At) >= s_lag)
            {
                _positions.Dequeue();
            }
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _positions.Clear();
        }
    }
}
