using HdrHistogram;
using Oith.StressTest.Load;

namespace Oith.StressTest.Measurement;

/// <summary>
/// Everything that is counted while a load runs. Times are from the moment at which a request was to be sent, so a service that
/// stalls is charged for all who came meanwhile. Safe for all threads.
/// </summary>
internal sealed class Measurements
{
    /// <summary>Microseconds; nothing takes longer, because requests have a time limit.</summary>
    private const long Longest = 600_000_000;

    private const int Digits = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<Operation, OperationCounts> _operations = [];
    private readonly List<Second> _seconds = [];
    private readonly LongHistogram _all = new(Longest, Digits);
    private readonly LongHistogram _scanned = new(10_000_000, Digits);
    private readonly LongHistogram _requestEnds = new(Longest, Digits);
    private long _scannedSum;
    private long _offered;
    private long _errors;

    /// <summary>One answer, or the lack of one.</summary>
    /// <param name="intended">When it was to be sent, from the start of the run.</param>
    /// <param name="isMeasured">False for the warm-up, which shows over time only.</param>
    public void Record(Operation operation, Outcome outcome, TimeSpan intended, TimeSpan latency, bool isMeasured)
    {
        var micros = Math.Clamp((long)latency.TotalMicroseconds, 1, Longest);
        lock (_lock)
        {
            SecondOf(intended).Record(intended, micros, outcome);
            if (!isMeasured)
            {
                return;
            }

            if (!_operations.TryGetValue(operation, out var counts))
            {
                _operations[operation] = counts = new OperationCounts(new LongHistogram(Longest, Digits));
            }

            counts.Record(outcome, micros);
            if (operation == Operation.Follow)
            {
                return;
            }

            _offered++;
            _errors += outcome.IsError() ? 1 : 0;
            if (outcome != Outcome.Shed)
            {
                _all.RecordValue(micros);
            }
        }
    }

    /// <summary>A match that was searched for, and how many candidates were looked at one by one.</summary>
    public void RecordMatch(int scanned)
    {
        lock (_lock)
        {
            _scanned.RecordValue(scanned);
            _scannedSum += scanned;
        }
    }

    /// <summary>A queued request was answered, that long after it was to be sent.</summary>
    public void RecordRequestEnd(TimeSpan latency)
    {
        lock (_lock)
        {
            _requestEnds.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, Longest));
        }
    }

    /// <summary>The figures so far.</summary>
    public Figures Read()
    {
        lock (_lock)
        {
            return new Figures(
                _offered,
                _errors,
                Percentiles.Of(_all),
                _operations.OrderBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value.Read()),
                Steps(_all, 1000),
                [.. _seconds.Select((second, at) => second.Read(at))],
                _scanned.TotalCount,
                _scanned.TotalCount == 0 ? 0 : (double)_scannedSum / _scanned.TotalCount,
                Percentiles.Of(_scanned, scale: 1),
                Steps(_scanned, 1),
                Percentiles.Of(_requestEnds));
        }
    }

    /// <summary>Requests by tenths of a second of their intended start, how many of them failed and how many of the others took longer than 200 ms.</summary>
    public IReadOnlyList<(int Total, int Errors, int Slow)> Tenths()
    {
        lock (_lock)
        {
            return [.. _seconds.SelectMany(second => second.Tenths)];
        }
    }

    /// <summary>The last whole second.</summary>
    public TimelineSecond? Last(TimeSpan now)
    {
        lock (_lock)
        {
            var at = (int)now.TotalSeconds - 1;
            return at >= 0 && at < _seconds.Count ? _seconds[at].Read(at) : null;
        }
    }

    private static PercentileStep[] Steps(LongHistogram histogram, double scale) =>
        histogram.TotalCount == 0 ? [] : [.. histogram.Percentiles(5).Select(step => new PercentileStep(step.Percentile, step.ValueIteratedTo / scale))];

    private Second SecondOf(TimeSpan intended)
    {
        var at = (int)intended.TotalSeconds;
        while (_seconds.Count <= at)
        {
            _seconds.Add(new Second());
        }

        return _seconds[at];
    }

    private sealed class OperationCounts(LongHistogram latencies)
    {
        private readonly long[] _outcomes = new long[Outcomes.All.Length];

        public void Record(Outcome outcome, long micros)
        {
            _outcomes[(int)outcome]++;
            if (outcome != Outcome.Shed)
            {
                latencies.RecordValue(micros);
            }
        }

        public OperationFigures Read() => new(
            _outcomes.Sum(),
            Outcomes.All.Where(outcome => _outcomes[(int)outcome] > 0).ToDictionary(outcome => outcome, outcome => _outcomes[(int)outcome]),
            Percentiles.Of(latencies));
    }

    private sealed class Second
    {
        private static readonly long s_slow = (long)TimeSpan.FromMilliseconds(200).TotalMicroseconds;

        // Small, because there is one for each second of a soak.
        private readonly LongHistogram _latencies = new(Longest, 2);
        private readonly (int Total, int Errors, int Slow)[] _tenths = new (int, int, int)[10];

        public IEnumerable<(int Total, int Errors, int Slow)> Tenths => _tenths;

        public void Record(TimeSpan intended, long micros, Outcome outcome)
        {
            var isError = outcome.IsError();
            if (outcome != Outcome.Shed)
            {
                _latencies.RecordValue(micros);
            }

            ref var tenth = ref _tenths[intended.Milliseconds / 100];
            tenth = (tenth.Total + 1, tenth.Errors + (isError ? 1 : 0), tenth.Slow + (!isError && micros > s_slow ? 1 : 0));
        }

        public TimelineSecond Read(int at)
        {
            var percentiles = Percentiles.Of(_latencies);
            return new TimelineSecond(at, _tenths.Sum(tenth => tenth.Total), _tenths.Sum(tenth => tenth.Errors), percentiles.P50, percentiles.P95, percentiles.P99, percentiles.Max);
        }
    }
}
