namespace Oith.Stack;

/// <summary>
/// The environment of the matching service: which variable carries which stack's output. The one place that says so; the
/// single process and the Aspire app model both wire the service from it.
/// </summary>
public static class MatchingEnvironment
{
    public const string OithEnvironment = "OITH_ENVIRONMENT";
    public const string RedisHost = "REDIS_HOST";
    public const string RedisPort = "REDIS_PORT";

    /// <summary><c>true</c> in AWS; the Redis of an emulator has no TLS.</summary>
    public const string RedisTls = "REDIS_TLS";

    /// <summary>In AWS the password that stands in <see cref="RedisSecret"/>, with LocalCloud its <c>RedisPassword</c>.</summary>
    public const string RedisPassword = "REDIS_PASSWORD";

    /// <summary>With LocalCloud its <c>FunctionSecret</c>: events without it are refused. Absent in AWS.</summary>
    public const string EventsSecret = "MATCHING_EVENTS_SECRET";

    /// <summary>Variables that come from stack outputs, wherever the service runs.</summary>
    public static IReadOnlyList<StackOutput> FromStacks { get; } =
    [
        new("USERS_TABLE", ResourceNames.DataStack, "UsersTableName"),
        new("MATCHES_TABLE", ResourceNames.DataStack, "MatchesTableName"),
        new("MATCH_HISTORY_TABLE", ResourceNames.DataStack, "MatchHistoryTableName"),
        new("BLOCKS_TABLE", ResourceNames.DataStack, "BlocksTableName"),
        new(RedisHost, ResourceNames.InfrastructureStack, "ElastiCacheEndpoint"),
        new(RedisPort, ResourceNames.InfrastructureStack, "ElastiCachePort"),
        new("MATCHING_QUEUE_URL", ResourceNames.InfrastructureStack, "MatchingQueueUrl"),
        new("NOTIFICATION_QUEUE_URL", ResourceNames.InfrastructureStack, "NotificationQueueUrl"),
    ];

    /// <summary>Variables that come from stack outputs in AWS only.</summary>
    public static IReadOnlyList<StackOutput> FromStacksInAws { get; } =
    [
        new("REDIS_USERNAME", ResourceNames.InfrastructureStack, "RedisUsername"),
        new("DAX_ENDPOINTS", ResourceNames.InfrastructureStack, "DAXEndpoint"),
    ];

    /// <summary>The secret <c>{"username": …, "password": …}</c> of Redis; on Lambda the service reads it itself, by its ARN in this variable.</summary>
    public static StackOutput RedisSecret { get; } = new("REDIS_PASSWORD_SECRET_ARN", ResourceNames.InfrastructureStack, "RedisSecretArn");

    /// <summary>What the service is told, besides stack outputs, where an emulator plays AWS.</summary>
    /// <param name="endpointUrl">Where the emulator answers: <c>http://localhost:4566</c>.</param>
    public static IReadOnlyDictionary<string, string> WithEmulator(string environment, string endpointUrl, string region) =>
        new Dictionary<string, string>(LocalCloudEnvironment.OfClient(endpointUrl, region)) { [OithEnvironment] = environment };

    /// <summary>What the service is told, besides stack outputs, in AWS.</summary>
    public static IReadOnlyDictionary<string, string> WithAws(string environment) =>
        new Dictionary<string, string> { [OithEnvironment] = environment, [RedisTls] = "true" };

    /// <param name="Variable">The environment variable that the service reads.</param>
    /// <param name="Stack">The stack's short name.</param>
    /// <param name="Output">The logical name of its output.</param>
    public sealed record StackOutput(string Variable, string Stack, string Output);
}
