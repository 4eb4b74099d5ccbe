namespace Oith.Stack;

/// <summary>Environment variables of LocalCloud's own process, and of what calls it. Compiled with and without Aspire: both ways to run read it.</summary>
public static class LocalCloudEnvironment
{
    /// <summary>TCP port of the AWS endpoint and the console page.</summary>
    public const string Port = "LocalCloud__Port";

    /// <summary>TCP port of the Redis server.</summary>
    public const string RedisPort = "LocalCloud__RedisPort";

    /// <summary>Password of the Redis server; LocalCloud makes one up when it is absent.</summary>
    public const string RedisPassword = "LocalCloud__RedisPassword";

    /// <summary>Sent with each event to the process that plays a function; LocalCloud makes one up when it is absent.</summary>
    public const string FunctionSecret = "LocalCloud__FunctionSecret";

    /// <summary>The region that ARNs name.</summary>
    public const string Region = "LocalCloud__Region";

    /// <summary>Folder that keeps state over a restart; without it all is in memory.</summary>
    public const string DataDirectory = "LocalCloud__DataDirectory";

    /// <summary>How much faster than the wall clock the clock of CloudWatch runs.</summary>
    public const string CloudWatchClockFactor = "LocalCloud__CloudWatchClockFactor";

    /// <summary>Key and secret of whoever calls an emulator. Any will do; these keep an SDK from looking for real ones.</summary>
    public const string Credential = "local";

    /// <summary>Where a Lambda function's events are posted to: an absolute URL.</summary>
    public static string Function(string functionName) => $"LocalCloud__Functions__{functionName}";

    /// <summary>TCP port of an HTTP API before a process; faults call the process by the API's name.</summary>
    public static string HttpApiPort(string name) => $"LocalCloud__HttpApis__{name}__Port";

    /// <summary>Where the process behind an HTTP API answers: an absolute URL.</summary>
    public static string HttpApiUrl(string name) => $"LocalCloud__HttpApis__{name}__Url";

    /// <summary>What an AWS SDK or the AWS CLI needs to speak to an emulator.</summary>
    /// <param name="endpointUrl">Where the emulator answers: <c>http://localhost:4566</c>.</param>
    public static IReadOnlyDictionary<string, string> OfClient(string endpointUrl, string region) => new Dictionary<string, string>
    {
        ["AWS_ENDPOINT_URL"] = endpointUrl,
        ["AWS_REGION"] = region,
        ["AWS_ACCESS_KEY_ID"] = Credential,
        ["AWS_SECRET_ACCESS_KEY"] = Credential,
    };
}
