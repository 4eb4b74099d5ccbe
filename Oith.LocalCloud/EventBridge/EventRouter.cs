using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Brings an event to the rules and archives of its bus. Call under the store's lock.</summary>
internal sealed class EventRouter(EventStore store, EventTargets targets, ArchiveOperations archives)
{
    /// <summary>An event for a bus that is not there matches no rule, as in AWS.</summary>
    public void Route(string bus, JsonObject busEvent, string? traceParent)
    {
        using var document = JsonInput.ToDocument(busEvent);
        archives.Keep(bus, busEvent, document.RootElement);
        Send(bus, busEvent, document.RootElement, static _ => true, traceParent);
    }

    /// <summary>An event out of an archive, which no archive keeps again.</summary>
    /// <param name="isWanted">Whether the replay is for that rule.</param>
    public void Replay(string bus, JsonObject busEvent, Func<EventRule, bool> isWanted)
    {
        using var document = JsonInput.ToDocument(busEvent);
        Send(bus, busEvent, document.RootElement, isWanted, traceParent: null);
    }

    private void Send(string bus, JsonObject busEvent, JsonElement element, Func<EventRule, bool> isWanted, string? traceParent)
    {
        foreach (var rule in store.Rules.Where(rule => rule.EventBusName == bus && rule.IsEnabled && isWanted(rule) && rule.Pattern?.Matches(element) == true))
        {
            targets.Send(rule, [.. rule.Targets.Select(target => target.DeepClone().AsObject())], busEvent.DeepClone().AsObject(), traceParent);
        }
    }
}
