namespace Oith.AppHost;

/// <summary>
/// The environment of the matching service: which variable carries which stack's output. The one place that says so; the
/// single process and the Aspire app model both wire the service from it.
/// </summary>
public static class MatchingEnvironment
{
    public const string AwsRegion = "AWS_REGION";
    public const string AwsEndpointUrl = "AWS_ENDPOINT_URL";
    public const string OithEnvironment = "OITH_ENVIRONMENT";

    /// <summary>What an emulator is given: LocalCloud takes any credentials, and these keep the SDK from looking for real ones.</summary>
    public static IReadOnlyDictionary<string, string> EmulatorCredentials { get; } = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = "local",
        ["AWS_SECRET_ACCESS_KEY"] = "local",
    };

    /// <summary>Variables that come from stack outputs.</summary>
    public static IReadOnlyList<StackOutput> FromStacks { get; } =
    [
        new("USERS_TABLE", "data", "UsersTableName"),
        new("MATCHES_TABLE", "data", "MatchesTableName"),
        new("MATCH_HISTORY_TABLE", "data", "MatchHistoryTableName"),
        new("BLOCKS_TABLE", "data", "BlocksTableName"),
        new("REDIS_HOST", "infrastructure", "ElastiCacheEndpoint"),
        new("REDIS_PORT", "infrastructure", "ElastiCachePort"),
        new("MATCHING_QUEUE_URL", "infrastructure", "MatchingQueueUrl"),
        new("NOTIFICATION_QUEUE_URL", "infrastructure", "NotificationQueueUrl"),
    ];

    /// <param name="Variable">The environment variable that the service reads.</param>
    /// <param name="Stack">The stack's short name.</param>
    /// <param name="Output">The logical name of its output.</param>
    public sealed record StackOutput(string Variable, string Stack, string Output);
}
