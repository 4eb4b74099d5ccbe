using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Pipes;

/// <summary>A pipe as it is kept and described.</summary>
internal sealed class Pipe
{
    public required string Name { get; init; }

    public required string Arn { get; init; }

    /// <summary>The members of CreatePipe and UpdatePipe that DescribePipe answers again.</summary>
    public required JsonObject Definition { get; set; }

    public Dictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    /// <summary>RUNNING or STOPPED.</summary>
    public required string DesiredState { get; set; }

    public DateTimeOffset CreationTime { get; init; }

    public DateTimeOffset LastModifiedTime { get; set; }

    /// <summary>Why the pipe does not do what is desired of it, null when it does.</summary>
    [JsonIgnore]
    public string? Failure { get; set; }

    /// <summary>The members that every answer has.</summary>
    /// <param name="passing">The state on the way (CREATING, STARTING…) that AWS answers to a change; null for the state reached.</param>
    public JsonObject Summary(string? passing = null)
    {
        var summary = new JsonObject
        {
            ["Arn"] = Arn,
            ["Name"] = Name,
            ["DesiredState"] = DesiredState,
            ["CurrentState"] = passing ?? (Failure is null ? DesiredState : "START_FAILED"),
            ["CreationTime"] = Seconds(CreationTime),
            ["LastModifiedTime"] = Seconds(LastModifiedTime),
        };
        if (passing is null && Failure is not null)
        {
            summary["StateReason"] = Failure;
        }

        return summary;
    }

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}

[JsonSerializable(typeof(Pipe))]
internal sealed partial class PipesJsonContext : JsonSerializerContext;

/// <summary>Errors of Pipes in AWS's words.</summary>
internal static class PipesErrors
{
    public static AwsServiceException NotFound(string name) =>
        new("NotFoundException", $"Pipe {name} does not exist.", System.Net.HttpStatusCode.NotFound);

    public static AwsServiceException Conflict(string name) =>
        new("ConflictException", $"Pipe {name} already exists.", System.Net.HttpStatusCode.Conflict);
}
