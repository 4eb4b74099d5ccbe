using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Events as they stand on a bus.</summary>
internal static class BusEvents
{
    public static JsonObject Create(
        LocalCloudOptions options, string source, string detailType, DateTimeOffset time, JsonArray resources, JsonObject detail) => new()
        {
            ["version"] = "0",
            ["id"] = Guid.NewGuid().ToString(),
            ["detail-type"] = detailType,
            ["source"] = source,
            ["account"] = options.AccountId,
            ["time"] = Timestamp(time),
            ["region"] = options.Region,
            ["resources"] = resources,
            ["detail"] = detail,
        };

    /// <summary>What a schedule sends.</summary>
    public static JsonObject Scheduled(LocalCloudOptions options, EventRule rule, DateTimeOffset time) =>
        Create(options, "aws.events", "Scheduled Event", time, [rule.Arn], []);

    /// <summary>The event's own members only, spelled as the reserved variable <c>aws.events.event</c> spells them.</summary>
    public static JsonObject WithoutDetail(JsonObject busEvent)
    {
        var copy = busEvent.DeepClone().AsObject();
        copy["detailType"] = copy["detail-type"]?.DeepClone();
        copy.Remove("detail-type");
        copy.Remove("detail");
        return copy;
    }

    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
