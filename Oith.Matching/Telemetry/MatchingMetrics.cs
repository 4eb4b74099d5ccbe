using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Oith.ServiceDefaults.Alarms;

namespace Oith.Matching.Telemetry;

/// <summary>The service's instruments.</summary>
internal sealed class MatchingMetrics
{
    public const string MeterName = "Oith.Matching";

    private readonly Histogram<double> _matchDuration;
    private readonly Histogram<long> _scanned;
    private readonly Counter<long> _decisions;
    private readonly Counter<long> _deckLookups;
    private readonly Counter<long> _redisCalls;
    private readonly Counter<long> _rateLimited;
    private readonly Counter<long> _shed;
    private readonly Counter<long> _issuerAttempts;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _throttles;
    private readonly Counter<long> _notifications;
    private readonly Histogram<double> _dynamoDBDuration;
    private readonly Histogram<int> _cells;
    private readonly Counter<long> _cellsInMemory;
    private readonly Counter<long> _cellLookups;
    private readonly Histogram<double> _cellLoadDuration;
    private readonly ConcurrentBag<(string Dependency, Func<bool> IsOpen)> _circuits = [];

    public MatchingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        // The bounds include the targets (200 ms, 30 ms, 500 candidates), so that a percentile near them is exact where it matters.
        _matchDuration = meter.CreateHistogram(
            "oith.match.duration", "s", "Time to answer a match request, by outcome and source.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10],
            });
        _scanned = meter.CreateHistogram(
            "oith.match.candidates.scanned", "{candidate}", "Candidates looked at one by one for a match.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [0, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000] });
        _decisions = meter.CreateCounter<long>("oith.match.decisions", "{decision}", "Accepts, passes and connections.");
        _deckLookups = meter.CreateCounter<long>("oith.deck.lookups", "{lookup}", "Looks at a deck, by result: hit or miss.");
        _redisCalls = meter.CreateCounter<long>("oith.redis.calls", "{call}", "Calls to Redis, by result: ok, failed or skipped.");
        _rateLimited = meter.CreateCounter<long>("oith.rate_limit.decisions", "{request}", "Match requests counted, by result: taken, refused or uncounted.");
        _shed = meter.CreateCounter<long>("oith.requests.shed", "{request}", "Requests turned away because too many were at work.");
        _issuerAttempts = meter.CreateCounter<long>(
            "oith.authentication.issuer.loads", "{load}", "Attempts to load the keys of the issuer of tokens, by result: ok or failed.");
        _conflicts = meter.CreateCounter<long>("oith.dynamodb.conflicts", "{conflict}", "Transactions tried again after a conflict.");
        _throttles = meter.CreateCounter<long>(AlarmInstruments.DynamoDBThrottles, "{request}", "Calls that DynamoDB throttled to the end.");
        _notifications = meter.CreateCounter<long>("oith.notifications.sent", "{notification}", "Notifications sent, by result: ok or failed.");
        _dynamoDBDuration = meter.CreateHistogram(
            AlarmInstruments.DynamoDBDuration, "s", "Time of a call to DynamoDB, retries included, by operation and table.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
            });
        _cells = meter.CreateHistogram(
            "oith.engine.cells.touched", "{cell}", "Geohash cells within reach of a search.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500] });
        _cellsInMemory = meter.CreateCounter<long>("oith.engine.l1.lookups", "{cell}", "Cells that searches needed, by result: hit or miss.");
        _cellLookups = meter.CreateCounter<long>(
            "oith.engine.l2.lookups", "{cell}", "Cells looked for in Redis, by result: hit, miss, invalid or unreachable.");
        _cellLoadDuration = meter.CreateHistogram(
            "oith.engine.cell.load.duration", "s", "Time to bring a cell into memory, by source: redis or dynamodb.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
        meter.CreateObservableGauge(
            "oith.circuit.open", ObserveCircuits, "{circuit}", "1 while the circuit of the dependency is open, else 0.");
    }

    public void Matched(string source, bool found, int scanned, TimeSpan duration)
    {
        _matchDuration.Record(
            duration.TotalSeconds, new KeyValuePair<string, object?>("oith.source", source), new("oith.outcome", found ? "match" : "none"));
        if (source != "hand")
        {
            _scanned.Record(scanned, new KeyValuePair<string, object?>("oith.source", source));
        }
    }

    public void Decided(string decision) => _decisions.Add(1, new KeyValuePair<string, object?>("oith.decision", decision));

    public void DeckLookup(bool hit) => _deckLookups.Add(1, new KeyValuePair<string, object?>("oith.result", hit ? "hit" : "miss"));

    public void RedisCall(string result) => _redisCalls.Add(1, new KeyValuePair<string, object?>("oith.result", result));

    public void IssuerAsked(bool answered) =>
        _issuerAttempts.Add(1, new KeyValuePair<string, object?>("oith.result", answered ? "ok" : "failed"));

    public void RateLimited(string result) => _rateLimited.Add(1, new KeyValuePair<string, object?>("oith.result", result));

    public void Shed() => _shed.Add(1);

    public void TransactionConflict() => _conflicts.Add(1);

    public void Throttled(string operation, string? table) => _throttles.Add(1, DynamoDBTags(operation, table));

    public void Notified(bool sent) => _notifications.Add(1, new KeyValuePair<string, object?>("oith.result", sent ? "ok" : "failed"));

    public void DynamoDBCall(string operation, string? table, TimeSpan duration) =>
        _dynamoDBDuration.Record(duration.TotalSeconds, DynamoDBTags(operation, table));

    /// <param name="cells">Cells within reach.</param>
    /// <param name="cold">Those that are not in memory.</param>
    public void Searched(int cells, int cold)
    {
        _cells.Record(cells);
        if (cells > cold)
        {
            _cellsInMemory.Add(cells - cold, new KeyValuePair<string, object?>("oith.result", "hit"));
        }

        if (cold > 0)
        {
            _cellsInMemory.Add(cold, new KeyValuePair<string, object?>("oith.result", "miss"));
        }
    }

    public void CellLookup(string result) => _cellLookups.Add(1, new KeyValuePair<string, object?>("oith.result", result));

    public void CellLoaded(string source, TimeSpan duration) =>
        _cellLoadDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("oith.source", source));

    /// <summary>Reports whether the circuit of <paramref name="dependency"/> is open from now on.</summary>
    public void ObserveCircuit(string dependency, Func<bool> isOpen) => _circuits.Add((dependency, isOpen));

    private static TagList DynamoDBTags(string operation, string? table)
    {
        var tags = new TagList { { "db.system.name", "aws.dynamodb" }, { "db.operation.name", operation } };
        if (table is not null)
        {
            tags.Add("db.collection.name", table);
        }

        return tags;
    }

    private IEnumerable<Measurement<int>> ObserveCircuits() => _circuits.Select(circuit =>
        new Measurement<int>(circuit.IsOpen() ? 1 : 0, new KeyValuePair<string, object?>("oith.dependency", circuit.Dependency)));
}
