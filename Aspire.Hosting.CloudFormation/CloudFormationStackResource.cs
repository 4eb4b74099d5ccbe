using Aspire.Hosting.CloudFormation;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A CloudFormation stack that is deployed from a template when the application starts.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="templatePath">Absolute path of the template.</param>
/// <param name="stackName">The stack's name in CloudFormation.</param>
public sealed class CloudFormationStackResource(
    string name, string templatePath, string stackName) : Resource(name), IResourceWithWaitSupport
{
    private readonly Dictionary<string, object> _parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal);
    private readonly HashSet<string> _emptiedBuckets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _capabilities = new(StringComparer.Ordinal);

    /// <summary>Absolute path of the template, YAML or JSON.</summary>
    public string TemplatePath { get; } = templatePath;

    /// <summary>The stack's name in CloudFormation.</summary>
    public string StackName { get; } = stackName;

    /// <summary>
    /// Values by parameter of the template: a string, an <see cref="IValueProvider"/> or a callback that returns a string. They are
    /// resolved at
    /// every deployment; a parameter whose value is null or empty is left out, so that the template's default applies.
    /// </summary>
    public IReadOnlyDictionary<string, object> Parameters => _parameters;

    public IReadOnlyDictionary<string, string> Tags => _tags;

    /// <summary>The capabilities that the deployment acknowledges: <c>CAPABILITY_NAMED_IAM</c>.</summary>
    public IReadOnlyCollection<string> Capabilities => _capabilities;

    /// <summary>Where the stack is deployed; null leaves endpoint, region and credentials to the AWS SDK.</summary>
    public IAwsEndpoint? Endpoint { get; internal set; }

    /// <summary>
    /// The profile whose credentials and region deploy the stack; null leaves the choice to the AWS SDK. Unused with an endpoint.
    /// </summary>
    public string? Profile { get; internal set; }

    /// <summary>The region of AWS that the stack is deployed to; null leaves the choice to the AWS SDK. Unused with an endpoint.</summary>
    public string? Region { get; internal set; }

    /// <summary>The bucket that a template above 51,200 bytes is uploaded to; null creates one for the account and region.</summary>
    public string? TemplateBucket { get; internal set; }

    /// <summary>How long a deployment may take. Null: five minutes in an emulator, one hour in AWS.</summary>
    public TimeSpan? DeploymentTimeout { get; internal set; }

    /// <summary>True where the application reads the stack that is there, and deploys nothing when it starts.</summary>
    public bool IsExisting { get; internal set; }

    /// <summary>Why <c>aspire destroy</c> leaves the stack; null where it deletes it.</summary>
    public string? KeptBecause { get; internal set; }

    /// <summary>The outputs that name buckets to be emptied before the stack is deleted.</summary>
    public IReadOnlyCollection<string> EmptiedBuckets => _emptiedBuckets;

    internal StackProtection? Protection { get; set; }

    internal StackOutputs Outputs { get; } = new();

    internal void SetParameter(string name, object value) => _parameters[name] = value;

    internal void SetTag(string key, string value) => _tags[key] = value;

    internal void AddCapability(string capability) => _capabilities.Add(capability);

    internal void AddEmptiedBucket(string output) => _emptiedBuckets.Add(output);
}

/// <param name="PolicyPath">Absolute path of the stack policy; null where none is set.</param>
internal sealed record StackProtection(string? PolicyPath);
