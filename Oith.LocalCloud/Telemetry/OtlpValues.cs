using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Telemetry;

/// <summary>Reads the values of OTLP's tree.</summary>
internal static class OtlpValues
{
    /// <summary>Attributes, <c>[{"key": "http.route", "value": {"stringValue": "/api"}}]</c>, as texts.</summary>
    public static Dictionary<string, string> Attributes(this JsonNode? owner)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in owner?["attributes"] as JsonArray ?? [])
        {
            attributes[attribute!["key"]!.GetValue<string>()] = Text(attribute["value"]);
        }

        return attributes;
    }

    public static string Text(JsonNode? any) => any is JsonObject { Count: 1 } value
        ? value.First().Value is JsonValue scalar ? scalar.ToString() : value.First().Value?.ToJsonString() ?? ""
        : "";

    /// <summary>A number, also one that JSON writes as text; 0 when absent.</summary>
    public static double Number(this JsonNode owner, string name) =>
        owner[name] is { } value ? double.Parse(value.ToString(), CultureInfo.InvariantCulture) : 0;

    public static DateTimeOffset NanoTime(this JsonNode owner, string name) =>
        owner[name] is { } nanoseconds && ulong.TryParse(nanoseconds.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(value / 100))
            : DateTimeOffset.UnixEpoch;

    /// <summary>All items of a request with their resource: resources, in them scopes, in them the items.</summary>
    public static IEnumerable<(JsonNode Item, JsonNode? Resource)> Items(this JsonObject request, string resources, string scopes, string items) =>
        from resource in request[resources] as JsonArray ?? []
        from scope in resource[scopes] as JsonArray ?? []
        from item in scope[items] as JsonArray ?? []
        select (item, resource["resource"]);
}
