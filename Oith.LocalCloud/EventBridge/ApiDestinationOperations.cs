using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>API destinations: HTTP endpoints that are targets of rules.</summary>
internal sealed class ApiDestinationOperations(EventRecords records, Arn arn, TimeProvider time)
{
    private const int DefaultPage = 100;
    private const int DefaultRate = 300;

    private static readonly string[] s_listed =
    [
        "ApiDestinationArn", "Name", "ApiDestinationState", "ConnectionArn", "InvocationEndpoint", "HttpMethod", "InvocationRateLimitPerSecond", "CreationTime",
        "LastModifiedTime",
    ];

    public JsonObject CreateApiDestination(JsonObject input)
    {
        var name = input.RequiredText("Name");
        if (records.Store.Find(EventRecords.Destinations, name) is not null)
        {
            throw EventRecords.AlreadyExists($"An api-destination '{name}' already exists.");
        }

        var destination = new JsonObject
        {
            ["Name"] = name,
            ["ApiDestinationArn"] = arn.Of("events", $"api-destination/{name}/{Guid.NewGuid()}"),
            ["InvocationRateLimitPerSecond"] = DefaultRate,
            ["CreationTime"] = EventRecords.Seconds(time.GetUtcNow()),
        };
        return Changed(destination, input);
    }

    public JsonObject UpdateApiDestination(JsonObject input) => Changed(Get(input, "update"), input);

    public JsonObject DescribeApiDestination(JsonObject input) => Shown(Get(input, "describe"), [.. s_listed, "Description"]);

    public JsonObject? DeleteApiDestination(JsonObject input)
    {
        records.Store.Remove(EventRecords.Destinations, Get(input, "delete").Text("Name")!);
        return null;
    }

    public JsonObject ListApiDestinations(JsonObject input)
    {
        var prefix = input.Text("NamePrefix") ?? "";
        var found = records.Store.All(EventRecords.Destinations).Where(destination => destination.Text("Name")!.StartsWith(prefix, StringComparison.Ordinal)
            && (input.Text("ConnectionArn") is not { } connection || destination.Text("ConnectionArn") == connection));
        return Paging.Page(input, "ApiDestinations", DefaultPage, [.. found.Select(destination => Shown(destination, s_listed))]);
    }

    /// <summary>The destination of an ARN and its connection.</summary>
    /// <exception cref="AwsServiceException">ResourceNotFoundException: one of the two is not there.</exception>
    public (JsonObject Destination, JsonObject Connection) Find(string destinationArn)
    {
        var destination = Arn.ResourceOf(destinationArn)?.Split('/') is ["api-destination", var name, _] ? records.Store.Find(EventRecords.Destinations, name) : null;
        return destination?.Text("ApiDestinationArn") == destinationArn && ConnectionOf(destination.Text("ConnectionArn")!) is { } connection
            ? (destination, connection)
            : throw EventRecords.NotFound($"The API destination {destinationArn} or its connection does not exist.");
    }

    private JsonObject Changed(JsonObject destination, JsonObject input)
    {
        foreach (var member in (ReadOnlySpan<string>)["Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod", "InvocationRateLimitPerSecond"])
        {
            if (input[member] is { } value)
            {
                destination[member] = value.DeepClone();
            }
        }

        var connection = destination.Text("ConnectionArn")!;
        if (ConnectionOf(connection) is null)
        {
            throw EventRecords.NotFound($"Connection '{connection.Split('/').ElementAtOrDefault(1)}' does not exist.");
        }

        destination["LastModifiedTime"] = EventRecords.Seconds(time.GetUtcNow());
        records.Store.Put(EventRecords.Destinations, destination.Text("Name")!, destination);
        return Shown(destination, "ApiDestinationArn", "ApiDestinationState", "CreationTime", "LastModifiedTime");
    }

    private JsonObject Shown(JsonObject destination, params ReadOnlySpan<string> members)
    {
        var isAuthorized = ConnectionOf(destination.Text("ConnectionArn")!)?.Text("ConnectionState") == ConnectionOperations.Authorized;
        destination["ApiDestinationState"] = isAuthorized ? "ACTIVE" : "INACTIVE";
        return ArchiveOperations.Taken(destination, members);
    }

    private JsonObject? ConnectionOf(string connectionArn) =>
        Arn.ResourceOf(connectionArn)?.Split('/') is ["connection", var name, _]
        && records.Store.Find(EventRecords.Connections, name) is { } connection && connection.Text("ConnectionArn") == connectionArn
            ? connection
            : null;

    private JsonObject Get(JsonObject input, string verb)
    {
        var name = input.RequiredText("Name");
        return records.Store.Find(EventRecords.Destinations, name)
            ?? throw EventRecords.NotFound($"Failed to {verb} the api-destination(s). An api-destination '{name}' does not exist.");
    }
}
