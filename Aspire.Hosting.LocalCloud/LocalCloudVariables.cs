namespace Aspire.Hosting.LocalCloud;

/// <summary>Environment variables of LocalCloud's own process.</summary>
public static class LocalCloudVariables
{
    /// <summary>TCP port of the AWS endpoint and the console page.</summary>
    public const string Port = "LocalCloud__Port";

    /// <summary>TCP port of the Redis server.</summary>
    public const string RedisPort = "LocalCloud__RedisPort";

    /// <summary>The region that ARNs name.</summary>
    public const string Region = "LocalCloud__Region";

    /// <summary>Folder that keeps state over a restart; without it all is in memory.</summary>
    public const string DataDirectory = "LocalCloud__DataDirectory";

    /// <summary>How much faster than the wall clock CloudWatch's clock runs.</summary>
    public const string CloudWatchClockFactor = "LocalCloud__CloudWatchClockFactor";

    /// <summary>Returns the variable for the absolute URL that receives a Lambda function's events.</summary>
    public static string Function(string functionName) => $"LocalCloud__Functions__{functionName}";
}
