using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Replays: events of an archive go to the rules of its bus once more. Call the operations under the store's lock.</summary>
internal sealed partial class ReplayOperations
{
    private const int DefaultPage = 100;
    private const int MaximumActive = 10;

    // AWS takes minutes to start one; a replay can be cancelled meanwhile.
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(1);

    private static readonly string[] s_listed =
    [
        "ReplayName", "EventSourceArn", "State", "StateReason", "EventStartTime", "EventEndTime", "EventLastReplayedTime", "ReplayStartTime", "ReplayEndTime",
    ];

    private static readonly string[] s_described = [.. s_listed, "ReplayArn", "Description", "Destination"];

    private readonly EventRecords _records;
    private readonly EventStore _store;
    private readonly ArchiveOperations _archives;
    private readonly EventRouter _router;
    private readonly Arn _arn;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;

    public ReplayOperations(
        EventRecords records, EventStore store, ArchiveOperations archives, EventRouter router, Arn arn, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        (_records, _store, _archives, _router, _arn, _time, _logger, _stopping) = (records, store, archives, router, arn, time, logger, stopping);
        foreach (var replay in records.Store.All(EventRecords.Replays).Where(IsActive))
        {
            End(replay, "FAILED", "LocalCloud ended while the replay ran.");
        }
    }

    public JsonObject StartReplay(JsonObject input)
    {
        var name = input.RequiredText("ReplayName");
        var destination = input.Structure("Destination") ?? [];
        var bus = ArchiveOperations.BusOf(destination.RequiredText("Arn"));
        _store.GetBus(bus);
        var source = input.RequiredText("EventSourceArn");
        var archive = _archives.Find(source) ?? throw AwsServiceException.Validation(
            $"Parameter EventSourceArn is not valid. Reason: Archive {source[(source.LastIndexOf('/') + 1)..]} does not exist.");
        if (ArchiveOperations.BusOf(archive.Text("EventSourceArn")!) != bus)
        {
            throw AwsServiceException.Validation("Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.");
        }

        if (input.Number("EventStartTime") >= input.Number("EventEndTime"))
        {
            throw AwsServiceException.Validation("Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.");
        }

        if (_records.Store.Find(EventRecords.Replays, name) is not null)
        {
            throw EventRecords.AlreadyExists($"Replay {name} already exists.");
        }

        if (_records.Store.All(EventRecords.Replays).Count(IsActive) >= MaximumActive)
        {
            throw new AwsServiceException("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
        }

        var replay = ArchiveOperations.Taken(input, "ReplayName", "Description", "EventSourceArn", "EventStartTime", "EventEndTime", "Destination");
        replay["ReplayArn"] = _arn.Of("events", $"replay/{name}");
        replay["State"] = "STARTING";
        replay["ReplayStartTime"] = EventRecords.Seconds(_time.GetUtcNow());
        Save(replay);
        _ = Task.Run(() => RunAsync(name, bus), CancellationToken.None);
        return ArchiveOperations.Taken(replay, "ReplayArn", "State", "ReplayStartTime");
    }

    public JsonObject DescribeReplay(JsonObject input) => ArchiveOperations.Taken(Get(input), s_described);

    public JsonObject ListReplays(JsonObject input)
    {
        var prefix = input.Text("NamePrefix") ?? "";
        var found = _records.Store.All(EventRecords.Replays).Where(replay => replay.Text("ReplayName")!.StartsWith(prefix, StringComparison.Ordinal)
            && (input.Text("EventSourceArn") is not { } source || replay.Text("EventSourceArn") == source)
            && (input.Text("State") is not { } state || replay.Text("State") == state));
        return Paging.Page(input, "Replays", DefaultPage, [.. found.Select(replay => ArchiveOperations.Taken(replay, s_listed))]);
    }

    public JsonObject CancelReplay(JsonObject input)
    {
        var replay = Get(input);
        if (replay.Text("State") is not ("STARTING" or "RUNNING"))
        {
            throw new AwsServiceException("IllegalStatusException", $"Replay {replay.Text("ReplayName")} is not in a valid state for this operation.");
        }

        replay["State"] = "CANCELLING";
        Save(replay);
        return ArchiveOperations.Taken(replay, "ReplayArn", "State", "StateReason");
    }

    private async Task RunAsync(string name, string bus)
    {
        try
        {
            await Task.Delay(s_start, _time, _stopping);
            lock (_store.Lock)
            {
                Run(_records.Store.Find(EventRecords.Replays, name)!, bus);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // LocalCloud stops; its next start tells that the replay failed.
        }
        catch (Exception error)
        {
            LogFault(_logger, error, name);
            lock (_store.Lock)
            {
                End(_records.Store.Find(EventRecords.Replays, name)!, "FAILED", "LocalCloud failed to replay; its log tells why.");
            }
        }
    }

    private void Run(JsonObject replay, string bus)
    {
        if (replay.Text("State") == "CANCELLING")
        {
            End(replay, "CANCELLED");
            return;
        }

        if (_archives.Find(replay.Text("EventSourceArn")!) is not { } archive)
        {
            End(replay, "FAILED", "The archive was deleted.");
            return;
        }

        var rules = replay["Destination"]!.AsObject().Texts("FilterArns");
        foreach (var busEvent in _archives.Read(archive, replay.Number("EventStartTime")!.Value, replay.Number("EventEndTime")!.Value))
        {
            _router.Replay(bus, Replayed(busEvent, replay.Text("ReplayName")!), rule => rules.Count == 0 || rules.Contains(rule.Arn));
            replay["EventLastReplayedTime"] = EventRecords.Seconds(
                DateTimeOffset.Parse(busEvent["time"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture));
        }

        End(replay, "COMPLETED");
    }

    /// <summary>The event with the name of its replay before its resources.</summary>
    private static JsonObject Replayed(JsonObject busEvent, string replay)
    {
        var copy = new JsonObject();
        foreach (var (name, value) in busEvent)
        {
            if (name == "resources")
            {
                copy["replay-name"] = replay;
            }

            copy[name] = value?.DeepClone();
        }

        return copy;
    }

    private void End(JsonObject replay, string state, string? reason = null)
    {
        replay["State"] = state;
        replay["ReplayEndTime"] = EventRecords.Seconds(_time.GetUtcNow());
        if (reason is not null)
        {
            replay["StateReason"] = reason;
        }

        Save(replay);
    }

    private void Save(JsonObject replay) => _records.Store.Put(EventRecords.Replays, replay.Text("ReplayName")!, replay);

    private JsonObject Get(JsonObject input)
    {
        var name = input.RequiredText("ReplayName");
        return _records.Store.Find(EventRecords.Replays, name) ?? throw EventRecords.NotFound($"Replay {name} does not exist.");
    }

    private static bool IsActive(JsonObject replay) => replay.Text("State") is "STARTING" or "RUNNING" or "CANCELLING";

    [LoggerMessage(1, LogLevel.Error, "The replay {Replay} failed inside LocalCloud")]
    private static partial void LogFault(ILogger logger, Exception error, string replay);
}
