using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>PutEvents: every entry on its own becomes an event for the rules of its bus, or an error in its place.</summary>
internal sealed class PutEventsOperation(EventRouter router, LocalCloudOptions options, TimeProvider time)
{
    private const int MaximumEntries = 10;
    private const int MaximumLength = 256 * 1024;

    public JsonObject Invoke(JsonObject input, string? traceParent)
    {
        input.AllowOnly("PutEvents", "Entries", "EndpointId");
        var list = input.List("Entries")
            ?? throw AwsServiceException.Validation("1 validation error detected: Value null at 'entries' failed to satisfy constraint: Member must not be null");
        var entries = list
            .Select(entry => entry as JsonObject ?? throw new AwsServiceException("SerializationException", "An entry of PutEvents must be a structure."))
            .ToList();
        if (entries.Count > MaximumEntries)
        {
            throw AwsServiceException.Validation(
                $"1 validation error detected: Value '[{string.Join(", ", entries.Select(Describe))}]' at 'entries' failed to satisfy constraint: "
                + $"Member must have length less than or equal to {MaximumEntries}");
        }

        if (entries.Sum(Length) > MaximumLength)
        {
            throw AwsServiceException.Validation("Total size of the entries in the request is over the limit.");
        }

        var results = entries.ConvertAll(entry => Put(entry, traceParent));
        return new JsonObject
        {
            ["FailedEntryCount"] = results.Count(result => result.ContainsKey("ErrorCode")),
            ["Entries"] = new JsonArray([.. results]),
        };
    }

    private JsonObject Put(JsonObject entry, string? traceParent)
    {
        entry.AllowOnly("an entry of PutEvents", "Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader");
        foreach (var member in (ReadOnlySpan<string>)["Source", "DetailType", "Detail"])
        {
            if (entry.Text(member) is not { Length: > 0 })
            {
                return Failed("InvalidArgument", $"Parameter {member} is not valid. Reason: {member} is a required argument.");
            }
        }

        if (entry.Text("Source")!.StartsWith("aws.", StringComparison.Ordinal))
        {
            return Failed("NotAuthorizedForSourceException", "Not authorized for the source.");
        }

        JsonObject? detail;
        try
        {
            detail = JsonInput.Parse(entry.Text("Detail")!) as JsonObject;
        }
        catch (JsonException)
        {
            detail = null;
        }

        if (detail is null)
        {
            return Failed("MalformedDetail", "Detail is malformed.");
        }

        var at = entry.Number("Time") is { } seconds ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : time.GetUtcNow();
        var busEvent = BusEvents.Create(
            options, entry.Text("Source")!, entry.Text("DetailType")!, at, entry.List("Resources")?.DeepClone().AsArray() ?? [], detail);
        router.Route(RuleOperations.BusOf(entry), busEvent, entry.Text("TraceHeader") ?? traceParent);
        return new JsonObject { ["EventId"] = busEvent["id"]!.DeepClone() };
    }

    private static JsonObject Failed(string code, string message) => new() { ["ErrorCode"] = code, ["ErrorMessage"] = message };

    private static int Length(JsonObject entry) =>
        (entry["Time"] is null ? 0 : 14)
        + Encoding.UTF8.GetByteCount(entry.Text("Source") ?? "")
        + Encoding.UTF8.GetByteCount(entry.Text("DetailType") ?? "")
        + Encoding.UTF8.GetByteCount(entry.Text("Detail") ?? "")
        + (entry.List("Resources") ?? []).Sum(resource => Encoding.UTF8.GetByteCount(resource?.ToString() ?? ""));

    private static string Describe(JsonObject entry) =>
        $"PutEventsRequestEntry(time={entry.Text("Time") ?? "null"}, source={entry.Text("Source") ?? "null"}, resources={entry["Resources"]?.ToJsonString() ?? "null"}, "
        + $"detailType={entry.Text("DetailType") ?? "null"}, detail={entry.Text("Detail") ?? "null"}, eventBusName={entry.Text("EventBusName") ?? "null"}, "
        + $"traceHeader={entry.Text("TraceHeader") ?? "null"}, kmsKeyIdentifier=null, internalMetadata=null)";
}
