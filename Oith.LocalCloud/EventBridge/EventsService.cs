using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Amazon EventBridge: buses, rules by pattern and by schedule, targets.</summary>
internal sealed class EventsService : IAwsService
{
    // The API reference names resources too, but AWS does without.
    private static readonly string[] s_eventMembers = ["id", "account", "source", "time", "region", "detail-type"];

    private readonly EventStore _store;
    private readonly EventTargets _targets;
    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly RuleOperations _rules;
    private readonly PutEventsOperation _putEvents;
    private readonly Dictionary<string, Func<JsonObject, JsonObject?>> _operations;

    // They call other services, and hold no lock meanwhile.
    private readonly Dictionary<string, Func<JsonObject, CancellationToken, Task<JsonObject>>> _calling;

    public EventsService(
        EventStore store, EventTargets targets, EventRecords records, ArchiveOperations archives, EventRouter router, ApiDestinationOperations destinations,
        LocalCloudOptions options, Arn arn, TimeProvider time, IServiceProvider provider, IHostApplicationLifetime lifetime, ILogger<EventsService> logger)
    {
        (_store, _targets, _options, _time) = (store, targets, options, time);
        _rules = new RuleOperations(store, options);
        _putEvents = new PutEventsOperation(router, options, time);
        var buses = new BusOperations(store, time);
        var replays = new ReplayOperations(records, store, archives, router, arn, time, logger, lifetime.ApplicationStopping);
        var connections = new ConnectionOperations(records, provider, arn, time);
        _calling = new(StringComparer.Ordinal)
        {
            ["CreateConnection"] = connections.CreateConnectionAsync,
            ["UpdateConnection"] = connections.UpdateConnectionAsync,
            ["DeleteConnection"] = connections.DeleteConnectionAsync,
        };
        _operations = new(StringComparer.Ordinal)
        {
            [nameof(_rules.PutRule)] = _rules.PutRule,
            [nameof(_rules.DescribeRule)] = _rules.DescribeRule,
            [nameof(_rules.ListRules)] = _rules.ListRules,
            [nameof(_rules.DeleteRule)] = _rules.DeleteRule,
            [nameof(_rules.EnableRule)] = _rules.EnableRule,
            [nameof(_rules.DisableRule)] = _rules.DisableRule,
            [nameof(_rules.PutTargets)] = _rules.PutTargets,
            [nameof(_rules.RemoveTargets)] = _rules.RemoveTargets,
            [nameof(_rules.ListTargetsByRule)] = _rules.ListTargetsByRule,
            [nameof(_rules.ListRuleNamesByTarget)] = _rules.ListRuleNamesByTarget,
            [nameof(buses.CreateEventBus)] = buses.CreateEventBus,
            [nameof(buses.UpdateEventBus)] = buses.UpdateEventBus,
            [nameof(buses.DeleteEventBus)] = buses.DeleteEventBus,
            [nameof(buses.DescribeEventBus)] = buses.DescribeEventBus,
            [nameof(buses.ListEventBuses)] = buses.ListEventBuses,
            [nameof(buses.PutPermission)] = buses.PutPermission,
            [nameof(buses.RemovePermission)] = buses.RemovePermission,
            [nameof(buses.TagResource)] = buses.TagResource,
            [nameof(buses.UntagResource)] = buses.UntagResource,
            [nameof(buses.ListTagsForResource)] = buses.ListTagsForResource,
            [nameof(archives.CreateArchive)] = archives.CreateArchive,
            [nameof(archives.DescribeArchive)] = archives.DescribeArchive,
            [nameof(archives.UpdateArchive)] = archives.UpdateArchive,
            [nameof(archives.DeleteArchive)] = archives.DeleteArchive,
            [nameof(archives.ListArchives)] = archives.ListArchives,
            [nameof(replays.StartReplay)] = replays.StartReplay,
            [nameof(replays.DescribeReplay)] = replays.DescribeReplay,
            [nameof(replays.ListReplays)] = replays.ListReplays,
            [nameof(replays.CancelReplay)] = replays.CancelReplay,
            [nameof(connections.DescribeConnection)] = connections.DescribeConnection,
            [nameof(connections.ListConnections)] = connections.ListConnections,
            [nameof(connections.DeauthorizeConnection)] = connections.DeauthorizeConnection,
            [nameof(destinations.CreateApiDestination)] = destinations.CreateApiDestination,
            [nameof(destinations.DescribeApiDestination)] = destinations.DescribeApiDestination,
            [nameof(destinations.UpdateApiDestination)] = destinations.UpdateApiDestination,
            [nameof(destinations.DeleteApiDestination)] = destinations.DeleteApiDestination,
            [nameof(destinations.ListApiDestinations)] = destinations.ListApiDestinations,
            [nameof(TestEventPattern)] = TestEventPattern,
        };
    }

    public AwsServiceDescription Description { get; } = new("events")
    {
        JsonTargetPrefix = "AWSEvents",
        JsonContentType = "application/x-amz-json-1.1",
        InputShapes = InputShapes.Of("events"),
    };

    public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var input = call.InputTree();
        if (call.Operation == "LocalCloudRunRule")
        {
            (await LocalCloudRunRuleAsync(input, call.TraceParent, cancellationToken)).WriteTo(output);
            return;
        }

        if (_calling.GetValueOrDefault(call.Operation) is { } calling)
        {
            (await calling(input, cancellationToken)).WriteTo(output);
            return;
        }

        JsonObject? answer;
        lock (_store.Lock)
        {
            answer = call.Operation == "PutEvents"
                ? _putEvents.Invoke(input, call.TraceParent)
                : (_operations.GetValueOrDefault(call.Operation) ?? throw AwsServiceException.UnknownOperation("events", call.Operation))(input);
        }

        answer?.WriteTo(output);
    }

    /// <summary>
    /// LocalCloud's own operation: runs a rule now, as if its time had come. Input <c>{"Name", "EventBusName"?}</c>; answer
    /// <c>{"EventId", "Targets": [{"Id", "Arn", "Result" | "Error"}]}</c> after one delivery to each target.
    /// </summary>
    private async Task<JsonObject> LocalCloudRunRuleAsync(JsonObject input, string? traceParent, CancellationToken cancellationToken)
    {
        input.AllowOnly("LocalCloudRunRule", "Name", "EventBusName");
        EventRule rule;
        IReadOnlyList<JsonObject> targets;
        lock (_store.Lock)
        {
            (rule, targets) = _rules.ForRun(input);
        }

        var busEvent = BusEvents.Scheduled(_options, rule, _time.GetUtcNow());
        var results = new JsonArray();
        foreach (var target in targets)
        {
            var result = new JsonObject { ["Id"] = target.Text("Id"), ["Arn"] = target.Text("Arn") };
            try
            {
                result["Result"] = await _targets.DeliverOnceAsync(rule, target, busEvent, traceParent, cancellationToken);
            }
            catch (AwsServiceException error)
            {
                result["Error"] = $"{error.Code}: {error.Message}";
            }

            results.Add(result);
        }

        return new JsonObject { ["EventId"] = busEvent["id"]!.DeepClone(), ["Targets"] = results };
    }

    private static JsonObject TestEventPattern(JsonObject input)
    {
        var pattern = EventPattern.Parse(input.RequiredText("EventPattern"));
        var text = input.RequiredText("Event");
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Object && s_eventMembers.All(name => document.RootElement.TryGetProperty(name, out _)))
            {
                return new JsonObject { ["Result"] = pattern.Matches(document.RootElement) };
            }
        }
        catch (JsonException)
        {
            // Answered below like any other event that is none.
        }

        throw AwsServiceException.Validation("Parameter Event is not valid.");
    }
}
