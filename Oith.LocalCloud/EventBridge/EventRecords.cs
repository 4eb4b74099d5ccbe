using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>Archives with their events, replays, connections and API destinations, kept in a journal of their own.</summary>
internal sealed class EventRecords(JournalFactory journals) : IDisposable
{
    public const string Archives = "archive";
    public const string Replays = "replay";
    public const string Connections = "connection";
    public const string Destinations = "api-destination";

    public RecordStore Store { get; } = new(journals, "events-records");

    public void Dispose() => Store.Dispose();

    public static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    public static AwsServiceException NotFound(string message) => new("ResourceNotFoundException", message);

    public static AwsServiceException AlreadyExists(string message) => new("ResourceAlreadyExistsException", message);
}
