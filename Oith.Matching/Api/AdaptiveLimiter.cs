using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;

namespace Oith.Matching.Api;

/// <summary>
/// Lets so many requests be at work at once as are finished in time: every answer that took longer than a second lowers the limit by
/// a tenth, once for all that were at work together; answers in time raise it again by one for as many as are at work. Nobody waits
/// for a place, because whoever waits is only late.
/// </summary>
/// <param name="most">The limit while answers come in time.</param>
internal sealed class AdaptiveLimiter(int most, TimeProvider time) : RateLimiter
{
    /// <summary>Five times the target of the slowest of twenty.</summary>
    public static readonly TimeSpan InTime = TimeSpan.FromSeconds(1);

    private const double Lower = 0.9;

    private static readonly Refusal s_refusal = new();

    private readonly Lock _lock = new();
    private readonly double _least = Math.Max(1, most / 32);
    private double _limit = most;
    private int _working;
    private long _lowered;
    private long _admitted;
    private long _refused;

    public override TimeSpan? IdleDuration => null;

    /// <summary>Requests that may be at work at once at the moment.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
            {
                return (int)_limit;
            }
        }
    }

    public override RateLimiterStatistics GetStatistics()
    {
        lock (_lock)
        {
            return new RateLimiterStatistics
            {
                CurrentAvailablePermits = Math.Max(0, (int)_limit - _working),
                TotalSuccessfulLeases = _admitted,
                TotalFailedLeases = _refused,
            };
        }
    }

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_lock)
        {
            if (_working >= (int)_limit)
            {
                _refused++;
                return s_refusal;
            }

            _working++;
            _admitted++;
            return new Place(this, time.GetTimestamp());
        }
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        new(AttemptAcquireCore(permitCount));

    private void Leave(long since)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (time.GetElapsedTime(since, now) <= InTime)
            {
                _limit = Math.Min(most, _limit + 1.0 / _working);
            }
            else if (since >= _lowered)
            {
                // Those that began before the limit was lowered say nothing about the new one.
                _limit = Math.Max(_least, _limit * Lower);
                _lowered = now;
            }

            _working--;
        }
    }

    private sealed class Place(AdaptiveLimiter limiter, long since) : RateLimitLease
    {
        private bool _left;

        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
        {
            metadata = null;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_left)
            {
                _left = true;
                limiter.Leave(since);
            }

            base.Dispose(disposing);
        }
    }

    private sealed class Refusal : RateLimitLease
    {
        public override bool IsAcquired => false;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
