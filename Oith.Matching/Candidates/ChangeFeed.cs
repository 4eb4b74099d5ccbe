using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Oith.Matching.Redis;
using StackExchange.Redis;

namespace Oith.Matching.Candidates;

/// <summary>
/// Tells every instance who changed. Redis keys: <c>oith:{environment}:changes:{minute}</c>, a list of
/// <c>{instance}|{kind}|{e-mail}</c> for each minute, kept for ten, where kind is p for a profile, m for a match and x for whom
/// somebody is not shown: appending is atomic, so a reader that remembers how far it came misses nothing.
/// </summary>
internal sealed class ChangeFeed(RedisStore redis, IOptions<MatchingOptions> options, TimeProvider time)
{
    /// <summary>How far the clocks of two instances may be apart, in minutes.</summary>
    private const int ClockSkew = 1;

    private const char OfProfile = 'p';
    private const char OfMatch = 'm';
    private const char OfExclusions = 'x';

    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_staleness = TimeSpan.FromSeconds(1);

    private readonly string _instance = Guid.NewGuid().ToString("N")[..8];
    private readonly Channel<string> _here = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, bool> _unsent = new(StringComparer.Ordinal);
    private Dictionary<long, long> _read = [];
    private long _lastExchange;

    /// <summary>What changed, to tell whether something cached is still true.</summary>
    public ChangeStamps Stamps { get; } = new();

    /// <summary>As <see cref="Stamps"/>, but only of whom people are not shown.</summary>
    public ChangeStamps ExclusionStamps { get; } = new();

    /// <summary>True while changes made elsewhere are known within a second; false without Redis, and after a pause of the process.</summary>
    public bool IsLive => Volatile.Read(ref _lastExchange) is var last and not 0 && time.GetElapsedTime(last) < s_staleness;

    /// <summary>E-mails whose profiles this instance must read again.</summary>
    public ChannelReader<string> Stale => _here.Reader;

    /// <summary>The profiles have changed: this instance and all others read them again.</summary>
    public void Announce(params ReadOnlySpan<string> emails)
    {
        foreach (var email in emails)
        {
            Stamps.Changed(email);
            _here.Writer.TryWrite(email);
            _unsent[$"{OfProfile}|{email}"] = true;
        }
    }

    /// <summary>Matches of these people have changed, their profiles have not.</summary>
    public void AnnounceMatch(params ReadOnlySpan<string> emails)
    {
        foreach (var email in emails)
        {
            Stamps.Changed(email);
            _unsent[$"{OfMatch}|{email}"] = true;
        }
    }

    /// <summary>Whom the person is not shown has changed, and perhaps the match in the hand.</summary>
    /// <returns>The person's count in <see cref="ExclusionStamps"/> from now on.</returns>
    public long AnnounceExclusion(string email)
    {
        Stamps.Changed(email);
        var stamp = ExclusionStamps.Changed(email);
        _unsent[$"{OfExclusions}|{email}"] = true;
        return stamp;
    }

    /// <summary>This instance reads the profile again; the others are not concerned.</summary>
    public void Refresh(string email) => _here.Writer.TryWrite(email);

    /// <summary>From now on <see cref="ExchangeAsync"/> gives what is announced after this call.</summary>
    /// <returns>False when Redis cannot be reached.</returns>
    public async Task<bool> SeekAsync(CancellationToken cancellationToken)
    {
        var buckets = Buckets();
        var lengths = await redis.TryAsync(
            (database, buckets) => Task.WhenAll(buckets.Select(bucket => database.ListLengthAsync(Key(bucket)))), buckets, cancellationToken);
        if (!lengths.Done)
        {
            return false;
        }

        _read = buckets.Zip(lengths.Value!).ToDictionary();
        Exchanged();
        return true;
    }

    /// <summary>Sends what was announced here and receives what was announced elsewhere since the last call.</summary>
    /// <returns>False when Redis cannot be reached, or lost what was not read yet: then only reading all profiles again helps.</returns>
    public async Task<bool> ExchangeAsync(CancellationToken cancellationToken)
    {
        if (!await SendAsync(cancellationToken))
        {
            return false;
        }

        var buckets = Buckets();
        if (_read.Count > 0 && buckets[0] - _read.Keys.Max() > s_kept.TotalMinutes - ClockSkew)
        {
            return false;
        }

        var pages = await redis.TryAsync(
            (database, state) => Task.WhenAll(state.buckets.Select(bucket =>
                database.ListRangeAsync(Key(bucket), Math.Max(0, state.read.GetValueOrDefault(bucket) - 1)))),
            (buckets, read: _read),
            cancellationToken);
        if (!pages.Done)
        {
            return false;
        }

        var read = new Dictionary<long, long>();
        for (var i = 0; i < buckets.Length; i++)
        {
            var before = _read.GetValueOrDefault(buckets[i]);
            var page = pages.Value![i];
            // The last entry read before is read once more: if it is gone, Redis was emptied meanwhile.
            if (before > 0 && page.Length == 0)
            {
                return false;
            }

            var fresh = before > 0 ? page.AsSpan(1) : page;
            foreach (var entry in fresh)
            {
                Receive(entry.ToString());
            }

            read[buckets[i]] = before + fresh.Length;
        }

        _read = read;
        Exchanged();
        return true;
    }

    private async Task<bool> SendAsync(CancellationToken cancellationToken)
    {
        if (_unsent.IsEmpty)
        {
            return true;
        }

        // Taken out before they are sent, so that what is announced meanwhile is sent next time.
        var changed = _unsent.Keys.Where(change => _unsent.TryRemove(change, out _)).ToArray();
        var entries = Array.ConvertAll(changed, change => (RedisValue)$"{_instance}|{change}");
        var sent = await redis.TryAsync(
            async (database, state) =>
            {
                var pushed = database.ListRightPushAsync(state.key, state.entries);
                await Task.WhenAll(pushed, database.KeyExpireAsync(state.key, s_kept));
                return await pushed;
            },
            (key: Key(Minute()), entries),
            cancellationToken);
        if (!sent.Done)
        {
            foreach (var change in changed)
            {
                _unsent[change] = true;
            }
        }

        return sent.Done;
    }

    private void Receive(string entry)
    {
        // 3f9c01aa|p|ann@example.com
        var parts = entry.Split('|', 3);
        if (parts.Length < 3 || parts[0] == _instance)
        {
            return;
        }

        Stamps.Changed(parts[2]);
        switch (parts[1][0])
        {
            case OfProfile:
                _here.Writer.TryWrite(parts[2]);
                break;
            case OfExclusions:
                ExclusionStamps.Changed(parts[2]);
                break;
        }
    }

    private void Exchanged() => Volatile.Write(ref _lastExchange, time.GetTimestamp());

    private long Minute() => time.GetUtcNow().ToUnixTimeSeconds() / 60;

    private long[] Buckets()
    {
        var minute = Minute();
        return [.. Enumerable.Range(-ClockSkew - 1, 2 * ClockSkew + 2).Select(offset => minute + offset)];
    }

    private RedisKey Key(long bucket) => $"oith:{options.Value.Environment}:changes:{bucket.ToString(CultureInfo.InvariantCulture)}";
}
