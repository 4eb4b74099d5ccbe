using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Archives: what a bus got, for as long as their retention says. Call under the store's lock.</summary>
internal sealed class ArchiveOperations(EventRecords records, EventStore store, Arn arn, TimeProvider time)
{
    private const int DefaultPage = 100;

    private static readonly string[] s_listed =
        ["ArchiveName", "EventSourceArn", "State", "StateReason", "RetentionDays", "SizeBytes", "EventCount", "CreationTime"];

    private static readonly string[] s_described = [.. s_listed, "ArchiveArn", "Description", "EventPattern", "KmsKeyIdentifier"];

    public JsonObject CreateArchive(JsonObject input)
    {
        var name = input.RequiredText("ArchiveName");
        store.GetBus(BusOf(input.RequiredText("EventSourceArn")));
        if (records.Store.Find(EventRecords.Archives, name) is not null)
        {
            throw EventRecords.AlreadyExists($"Archive {name} already exists.");
        }

        var archive = new JsonObject
        {
            ["ArchiveName"] = name,
            ["ArchiveArn"] = arn.Of("events", $"archive/{name}"),
            ["EventSourceArn"] = input.Text("EventSourceArn"),
            ["State"] = "ENABLED",
            ["RetentionDays"] = 0,
            ["SizeBytes"] = 0,
            ["EventCount"] = 0,
            ["CreationTime"] = EventRecords.Seconds(time.GetUtcNow()),
        };
        Change(archive, input);
        records.Store.Put(EventRecords.Archives, name, archive);
        return Taken(archive, "ArchiveArn", "State", "CreationTime");
    }

    public JsonObject UpdateArchive(JsonObject input)
    {
        if (input["EventPattern"] is null && input["RetentionDays"] is null && input["Description"] is null)
        {
            throw AwsServiceException.Validation("At least one of EventPattern, RetentionDays or Description must be provided.");
        }

        var archive = Get(input.RequiredText("ArchiveName"));
        Change(archive, input);
        records.Store.Put(EventRecords.Archives, NameOf(archive), archive);
        return Taken(archive, "ArchiveArn", "State", "CreationTime");
    }

    public JsonObject DescribeArchive(JsonObject input) => Taken(Expired(Get(input.RequiredText("ArchiveName"))), s_described);

    public JsonObject? DeleteArchive(JsonObject input)
    {
        var name = NameOf(Get(input.RequiredText("ArchiveName")));
        foreach (var kept in records.Store.All(EventsOf(name)))
        {
            records.Store.Remove(EventsOf(name), kept.Text("Number")!);
        }

        records.Store.Remove(EventRecords.Archives, name);
        return null;
    }

    public JsonObject ListArchives(JsonObject input)
    {
        if (input.Text("EventSourceArn") is { } source)
        {
            store.GetBus(BusOf(source));
        }

        var prefix = input.Text("NamePrefix") ?? "";
        var found = records.Store.All(EventRecords.Archives).Where(archive => NameOf(archive).StartsWith(prefix, StringComparison.Ordinal)
            && (input.Text("EventSourceArn") is not { } wanted || archive.Text("EventSourceArn") == wanted)
            && (input.Text("State") is not { } state || archive.Text("State") == state));
        return Paging.Page(input, "Archives", DefaultPage, [.. found.Select(archive => Taken(Expired(archive), s_listed))]);
    }

    /// <summary>Puts an event of the bus into the archives that want it.</summary>
    public void Keep(string bus, JsonObject busEvent, JsonElement element)
    {
        foreach (var archive in records.Store.All(EventRecords.Archives))
        {
            if (BusOf(archive.Text("EventSourceArn")!) != bus
                || (archive.Text("EventPattern") is { } pattern && !EventPattern.Parse(pattern).Matches(element)))
            {
                continue;
            }

            Expired(archive);
            var size = Encoding.UTF8.GetByteCount(busEvent.ToJsonString());
            var number = ((archive.Number("Last") ?? 0) + 1).ToString("00000000000000000000", CultureInfo.InvariantCulture);
            records.Store.Put(EventsOf(NameOf(archive)), number, new JsonObject
            {
                ["Number"] = number,
                ["Time"] = EventRecords.Seconds(TimeOf(busEvent)),
                ["KeptAt"] = EventRecords.Seconds(time.GetUtcNow()),
                ["Size"] = size,
                ["Event"] = busEvent.DeepClone(),
            });
            archive["Last"] = double.Parse(number, CultureInfo.InvariantCulture);
            archive["EventCount"] = archive.Integer("EventCount") + 1;
            archive["SizeBytes"] = archive.Integer("SizeBytes") + size;
            records.Store.Put(EventRecords.Archives, NameOf(archive), archive);
        }
    }

    /// <summary>The archive of an ARN, null when there is none.</summary>
    public JsonObject? Find(string archiveArn) =>
        Arn.ResourceOf(archiveArn)?.Split('/') is ["archive", var name] ? records.Store.Find(EventRecords.Archives, name) : null;

    /// <summary>The archived events from one time to another, oldest first.</summary>
    /// <param name="start">Unix seconds.</param>
    /// <param name="end">Unix seconds.</param>
    public List<JsonObject> Read(JsonObject archive, double start, double end) => [.. records.Store.All(EventsOf(NameOf(Expired(archive))))
        .Where(kept => kept.Number("Time") >= start && kept.Number("Time") < end)
        .OrderBy(kept => kept.Number("Time"))
        .Select(kept => kept["Event"]!.DeepClone().AsObject())];

    public static string BusOf(string busArn) => RuleOperations.BusOf(new JsonObject { ["EventBusName"] = busArn });

    public static JsonObject Taken(JsonObject record, params ReadOnlySpan<string> members)
    {
        var answer = new JsonObject();
        foreach (var member in members)
        {
            if (record[member] is { } value)
            {
                answer[member] = value.DeepClone();
            }
        }

        return answer;
    }

    // An event's own time has no fraction; a replay from a moment on must find what came in the same second.
    private DateTimeOffset TimeOf(JsonObject busEvent)
    {
        var (now, given) = (time.GetUtcNow(), DateTimeOffset.Parse(busEvent["time"]!.GetValue<string>(), CultureInfo.InvariantCulture));
        return (now - given).Duration() < TimeSpan.FromSeconds(1) ? now : given;
    }

    private JsonObject Expired(JsonObject archive)
    {
        var days = archive.Integer("RetentionDays") ?? 0;
        if (days == 0 || archive.Integer("EventCount") == 0)
        {
            return archive;
        }

        var name = NameOf(archive);
        var oldest = EventRecords.Seconds(time.GetUtcNow() - TimeSpan.FromDays(days));
        var gone = records.Store.All(EventsOf(name)).TakeWhile(kept => kept.Number("KeptAt") < oldest).ToList();
        foreach (var kept in gone)
        {
            records.Store.Remove(EventsOf(name), kept.Text("Number")!);
        }

        if (gone.Count > 0)
        {
            archive["EventCount"] = archive.Integer("EventCount") - gone.Count;
            archive["SizeBytes"] = archive.Integer("SizeBytes") - gone.Sum(kept => kept.Integer("Size"));
            records.Store.Put(EventRecords.Archives, name, archive);
        }

        return archive;
    }

    private static void Change(JsonObject archive, JsonObject input)
    {
        if (input.Text("EventPattern") is { Length: > 0 } pattern)
        {
            EventPattern.Parse(pattern);
        }

        foreach (var member in (ReadOnlySpan<string>)["Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier"])
        {
            if (input[member] is { } value)
            {
                archive[member] = value.DeepClone();
            }
        }
    }

    private JsonObject Get(string name) =>
        records.Store.Find(EventRecords.Archives, name) ?? throw EventRecords.NotFound($"Archive {name} does not exist.");

    private static string NameOf(JsonObject archive) => archive.Text("ArchiveName")!;

    private static string EventsOf(string archive) => $"event of {archive}";
}
