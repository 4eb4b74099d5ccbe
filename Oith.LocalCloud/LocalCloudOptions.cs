using System.Collections.Concurrent;
using System.Security.Cryptography;
using Oith.LocalCloud.ApiGateway;
using Oith.LocalCloud.Regions;

namespace Oith.LocalCloud;

/// <summary>How a LocalCloud runs. Configuration section <c>LocalCloud</c>.</summary>
public sealed class LocalCloudOptions
{
    public const string Section = "LocalCloud";

    /// <summary>TCP port of the AWS endpoint and the console page, on the loopback interface. 0: any free port. Default 4566.</summary>
    public int Port { get; set; } = 4566;

    /// <summary>TCP port of the Redis server, on the loopback interface. 0: any free port. Default 6379.</summary>
    public int RedisPort { get; set; } = 6379;

    /// <summary>
    /// Password of the Redis server. Default: a random one. Without a password, a web page in this machine's browser could write commands
    /// into the body of an HTTP request to the Redis port.
    /// </summary>
    public string RedisPassword { get; set; } = NewSecret();

    /// <summary>
    /// Sent to the process that plays a function in the header <c>X-Events-Secret</c> of each event, so that the process can refuse events of
    /// others. Default: a random one.
    /// </summary>
    public string FunctionSecret { get; set; } = NewSecret();

    /// <summary>Megabytes that the data in Redis may take. Default 256.</summary>
    public int RedisMemoryMegabytes { get; set; } = 256;

    /// <summary>The region that ARNs and queue URLs name. Default us-east-1.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>The twelve-digit account that ARNs and queue URLs name. Default 000000000000.</summary>
    public string AccountId { get; set; } = "000000000000";

    /// <summary>
    /// How much faster than the wall clock the clock of CloudWatch runs: 60 evaluates in seconds what takes minutes, for demos and tests.
    /// Default 1.
    /// </summary>
    public double CloudWatchClockFactor { get; set; } = 1;

    /// <summary>Folder that keeps state over a restart; null (the default) keeps all in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// Sets a damaged journal of the data directory aside, keeps every record of it that reads, and logs how many were kept and lost, instead of
    /// refusing to start. For one start. Default false.
    /// </summary>
    public bool Repair { get; set; }

    /// <summary>
    /// Further host names that LocalCloud answers to, with all names below them, beyond addresses, names without a dot, and those that end in
    /// <c>.localhost</c>, <c>.internal</c> or <c>.amazonaws.com</c>. A name of anybody else's could be a web page's that points to this machine.
    /// </summary>
    public IList<string> HostNames { get; } = [];

    /// <summary>
    /// The local process that plays a Lambda function, by function name: an absolute URL that every event is posted to,
    /// for example <c>http://localhost:5080/events</c>. May change while LocalCloud runs.
    /// </summary>
    public ConcurrentDictionary<string, Uri> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The HTTP APIs that LocalCloud plays in front of processes of their own, by the name that faults call the process by: <c>matching</c>.
    /// </summary>
    public IDictionary<string, HttpApiOptions> HttpApis { get; } = new Dictionary<string, HttpApiOptions>(StringComparer.Ordinal);

    /// <summary>The options of another account or region: its state has a folder of its own.</summary>
    internal LocalCloudOptions In(AccountRegion place, string folder)
    {
        var options = (LocalCloudOptions)MemberwiseClone();
        (options.AccountId, options.Region) = place;
        options.DataDirectory = DataDirectory is null ? null : Path.Combine(DataDirectory, folder, place.ToString());
        return options;
    }

    // Hexadecimal, so that it needs no quotes in a shell, a URL or a connection string.
    private static string NewSecret() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
