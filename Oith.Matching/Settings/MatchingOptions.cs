using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Oith.Matching.Settings;

/// <summary>The service's settings. Each is an environment variable (or any other configuration key) of the name shown.</summary>
public sealed class MatchingOptions
{
    private const string Missing = " is not set. The deploy scripts write it to env-infrastructure.txt, the AppHost passes it on.";

    /// <summary>AWS_REGION.</summary>
    [ConfigurationKeyName("AWS_REGION"), Required(ErrorMessage = "AWS_REGION is not set.")]
    public string Region { get; set; } = "us-east-1";

    /// <summary>AWS_ENDPOINT_URL: where AWS is when it is not AWS; absent otherwise.</summary>
    [ConfigurationKeyName("AWS_ENDPOINT_URL"), Url(ErrorMessage = "AWS_ENDPOINT_URL is not an absolute URL.")]
    public string? EndpointUrl { get; set; }

    /// <summary>OITH_ENVIRONMENT: development, staging or production; Redis keys begin with it. Default development.</summary>
    [ConfigurationKeyName("OITH_ENVIRONMENT"), Required(ErrorMessage = "OITH_ENVIRONMENT is empty.")]
    public string Environment { get; set; } = "development";

    /// <summary>USERS_TABLE.</summary>
    [ConfigurationKeyName("USERS_TABLE"), Required(ErrorMessage = "USERS_TABLE" + Missing)]
    public string UsersTable { get; set; } = "";

    /// <summary>MATCHES_TABLE.</summary>
    [ConfigurationKeyName("MATCHES_TABLE"), Required(ErrorMessage = "MATCHES_TABLE" + Missing)]
    public string MatchesTable { get; set; } = "";

    /// <summary>MATCH_HISTORY_TABLE.</summary>
    [ConfigurationKeyName("MATCH_HISTORY_TABLE"), Required(ErrorMessage = "MATCH_HISTORY_TABLE" + Missing)]
    public string MatchHistoryTable { get; set; } = "";

    /// <summary>BLOCKS_TABLE.</summary>
    [ConfigurationKeyName("BLOCKS_TABLE"), Required(ErrorMessage = "BLOCKS_TABLE" + Missing)]
    public string BlocksTable { get; set; } = "";

    /// <summary>REDIS_HOST.</summary>
    [ConfigurationKeyName("REDIS_HOST"), Required(ErrorMessage = "REDIS_HOST" + Missing)]
    public string RedisHost { get; set; } = "";

    /// <summary>REDIS_PORT. Default 6379.</summary>
    [ConfigurationKeyName("REDIS_PORT"), Range(1, 65535, ErrorMessage = "REDIS_PORT is not a TCP port.")]
    public int RedisPort { get; set; } = 6379;

    /// <summary>REDIS_TLS: true where Redis is encrypted in transit, as in AWS. Default false.</summary>
    [ConfigurationKeyName("REDIS_TLS")]
    public bool RedisTls { get; set; }

    /// <summary>REDIS_USERNAME, optional.</summary>
    [ConfigurationKeyName("REDIS_USERNAME")]
    public string? RedisUsername { get; set; }

    /// <summary>REDIS_PASSWORD, optional.</summary>
    [ConfigurationKeyName("REDIS_PASSWORD")]
    public string? RedisPassword { get; set; }

    /// <summary>
    /// REDIS_PASSWORD_SECRET_ARN: a secret <c>{"username": …, "password": …}</c>, read through the secrets extension of Lambda on
    /// localhost; optional, instead of REDIS_PASSWORD.
    /// </summary>
    [ConfigurationKeyName("REDIS_PASSWORD_SECRET_ARN")]
    public string? RedisPasswordSecretArn { get; set; }

    /// <summary>AWS_SESSION_TOKEN: what the secrets extension asks for; Lambda sets it.</summary>
    [ConfigurationKeyName("AWS_SESSION_TOKEN")]
    public string? SessionToken { get; set; }

    /// <summary>
    /// MATCHING_EVENTS_SECRET: what the caller of <c>POST /events</c> has to send in the header <c>X-Events-Secret</c>; the emulator that
    /// invokes the function knows it. Optional: in AWS nothing but the Lambda Web Adapter reaches the service from inside its sandbox.
    /// </summary>
    [ConfigurationKeyName("MATCHING_EVENTS_SECRET")]
    public string? EventsSecret { get; set; }

    /// <summary>DAX_ENDPOINTS: read through this DAX cluster; only in a build with <c>UseDax=true</c>. Optional.</summary>
    [ConfigurationKeyName("DAX_ENDPOINTS")]
    public string? DaxEndpoints { get; set; }

    /// <summary>MATCHING_QUEUE_URL: the FIFO queue of match requests.</summary>
    [ConfigurationKeyName("MATCHING_QUEUE_URL"), Required(ErrorMessage = "MATCHING_QUEUE_URL" + Missing)]
    public string MatchingQueueUrl { get; set; } = "";

    /// <summary>NOTIFICATION_QUEUE_URL: the queue of push notifications.</summary>
    [ConfigurationKeyName("NOTIFICATION_QUEUE_URL"), Required(ErrorMessage = "NOTIFICATION_QUEUE_URL" + Missing)]
    public string NotificationQueueUrl { get; set; } = "";

    /// <summary>MATCHING_RATE_LIMIT: match requests of one user in 60 s. Default 20.</summary>
    [ConfigurationKeyName("MATCHING_RATE_LIMIT"), Range(1, int.MaxValue, ErrorMessage = "MATCHING_RATE_LIMIT must be at least 1.")]
    public int RateLimit { get; set; } = 20;

    /// <summary>
    /// MATCHING_CONCURRENCY: requests of people worked on at once, and as many events; fewer while answers take longer than a second. The
    /// rest is turned away with 503. Default 1024.
    /// </summary>
    [ConfigurationKeyName("MATCHING_CONCURRENCY"), Range(1, 100_000, ErrorMessage = "MATCHING_CONCURRENCY must be 1…100000.")]
    public int Concurrency { get; set; } = 1024;

    /// <summary>
    /// MATCHING_DYNAMODB_CALLS: calls to DynamoDB under way at once; up to 64 times as many wait, the rest fails
    /// with 503. At 5 ms a call, 64 are more than a core can send and read. Default 64.
    /// </summary>
    [ConfigurationKeyName("MATCHING_DYNAMODB_CALLS"), Range(1, 10_000, ErrorMessage = "MATCHING_DYNAMODB_CALLS must be 1…10000.")]
    public int DynamoDBCalls { get; set; } = 64;

    /// <summary>
    /// MATCHING_PEOPLE_IN_MEMORY: people whom an instance holds before it gives up the cells that nobody has searched for longest, at
    /// about 60 bytes each. Default 5,000,000.
    /// </summary>
    [ConfigurationKeyName("MATCHING_PEOPLE_IN_MEMORY"), Range(1, int.MaxValue, ErrorMessage = "MATCHING_PEOPLE_IN_MEMORY must be at least 1.")]
    public int PeopleInMemory { get; set; } = 5_000_000;
}

[OptionsValidator]
internal sealed partial class MatchingOptionsValidator : IValidateOptions<MatchingOptions>;
