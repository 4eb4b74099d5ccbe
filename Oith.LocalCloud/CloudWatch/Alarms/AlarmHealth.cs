using System.Text.Json.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Oith.LocalCloud.Wire;
using Oith.ServiceDefaults;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>
/// <c>GET /health/alarms</c> for those who watch LocalCloud from outside: Degraded while any alarm is in ALARM, with
/// <c>{"status": "Degraded", "alarms": [{"name", "reason", "description"?, "since"}]}</c>. It reads memory only and is no part of
/// <c>/health</c>: a stack that alarms is one that runs.
/// </summary>
internal static class AlarmHealth
{
    public const string Path = Extensions.HealthPath + "/alarms";

    public static void MapAlarmHealth(this WebApplication app)
    {
        var store = app.Services.GetRequiredService<AlarmStore>();
        app.MapGet(Path, context => context.Response.WriteAsJsonAsync(Describe(store), context.RequestAborted)).DisableHttpMetrics();
    }

    private static JsonObject Describe(AlarmStore store)
    {
        var alarms = new JsonArray();
        lock (store.Lock)
        {
            foreach (var alarm in store.All.Where(alarm => alarm.StateValue == Alarm.InAlarm))
            {
                var item = new JsonObject
                {
                    ["name"] = alarm.Name,
                    ["reason"] = alarm.StateReason,
                    ["since"] = alarm.StateTransitioned.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
                };
                if (alarm.Definition.Text("AlarmDescription") is { } description)
                {
                    item["description"] = description;
                }

                alarms.Add(item);
            }
        }

        return new JsonObject
        {
            ["status"] = (alarms.Count == 0 ? HealthStatus.Healthy : HealthStatus.Degraded).ToString(),
            ["alarms"] = alarms,
        };
    }
}
