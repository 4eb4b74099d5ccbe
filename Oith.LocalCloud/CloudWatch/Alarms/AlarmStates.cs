using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>Changes the states of alarms: history, actions, and the composite alarms that look at them.</summary>
internal sealed class AlarmStates(AlarmStore store, AlarmActions actions, CloudWatchClock clock)
{
    // Composite alarms that look at alarms whose state changed. A chain of them is as long as there are alarms, so it is no recursion.
    private readonly Queue<(Alarm Composite, Alarm? Cause)> _due = new();

    /// <summary>Call under the store's lock.</summary>
    public void Set(Alarm alarm, string state, string reason, string? reasonData)
    {
        Change(alarm, state, reason, reasonData);
        EvaluateDue();
    }

    /// <param name="cause">The alarm whose change is the occasion, null when there is none.</param>
    public void EvaluateComposite(Alarm composite, Alarm? cause)
    {
        _due.Enqueue((composite, cause));
        EvaluateDue();
    }

    private void EvaluateDue()
    {
        while (_due.TryDequeue(out var due))
        {
            Evaluate(due.Composite, due.Cause);
        }
    }

    private void Change(Alarm alarm, string state, string reason, string? reasonData)
    {
        var now = clock.Now;
        var (oldState, oldReason, oldData) = (alarm.StateValue, alarm.StateReason, alarm.StateReasonData);
        (alarm.StateValue, alarm.StateReason, alarm.StateReasonData, alarm.StateUpdated) = (state, reason, reasonData, now);
        if (state == oldState)
        {
            store.Save(alarm);
            return;
        }

        alarm.StateTransitioned = now;
        alarm.AddHistory(now, "StateUpdate", $"Alarm updated from {oldState} to {state}", new JsonObject
        {
            ["version"] = "1.0",
            ["oldState"] = StateOf(oldState, oldReason, oldData),
            ["newState"] = StateOf(state, reason, reasonData),
        });
        store.Save(alarm);
        if (alarm.Definition.Flag("ActionsEnabled") != false)
        {
            actions.Run(alarm, oldState, oldReason, now);
        }

        foreach (var composite in store.All.Where(other => other.IsComposite && other.Rule.References.Any(reference => reference == alarm.Name || reference == alarm.Arn)).ToList())
        {
            _due.Enqueue((composite, alarm));
        }
    }

    private void Evaluate(Alarm composite, Alarm? cause)
    {
        var state = composite.Rule.Evaluate(reference => store.FindByReference(reference)?.StateValue ?? Alarm.InsufficientData) ? Alarm.InAlarm : Alarm.Ok;
        if (state == composite.StateValue)
        {
            return;
        }

        var reason = cause is null
            ? $"The rule {composite.Definition.Text("AlarmRule")} evaluates to {state}"
            : $"{cause.Arn} transitioned to {cause.StateValue} at {cause.StateTransitioned.ToString("dddd dd MMMM, yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}";
        var data = cause is null ? null : new JsonObject
        {
            ["triggeringAlarms"] = new JsonArray(new JsonObject
            {
                ["arn"] = cause.Arn,
                ["state"] = new JsonObject { ["value"] = cause.StateValue, ["timestamp"] = AlarmActions.Timestamp(cause.StateTransitioned) },
            }),
        };
        Change(composite, state, reason, data?.ToJsonString());
    }

    private static JsonObject StateOf(string value, string reason, string? data)
    {
        var state = new JsonObject { ["stateValue"] = value, ["stateReason"] = reason };
        if (data is not null)
        {
            state["stateReasonData"] = ParseData(data);
        }

        return state;
    }

    private static JsonNode? ParseData(string data)
    {
        try
        {
            return JsonInput.Parse(data);
        }
        catch (System.Text.Json.JsonException)
        {
            // SetAlarmState takes any text.
            return data;
        }
    }
}
