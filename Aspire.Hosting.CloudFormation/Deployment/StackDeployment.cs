namespace Aspire.Hosting.CloudFormation;

/// <summary>A template with all that is deployed along with it.</summary>
internal sealed record StackDeployment(string StackName, string Template)
{
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyCollection<string> Capabilities { get; init; } = [];

    /// <summary>The bucket that a large template is uploaded to; null creates one.</summary>
    public string? TemplateBucket { get; init; }

    /// <summary>True where a stack that CloudFormation cannot update is deleted and created again. Never set for AWS.</summary>
    public bool MayDelete { get; init; }
}

/// <param name="HasChanged">False where the stack was up to date already.</param>
internal sealed record StackDeploymentResult(string StackId, bool HasChanged, IReadOnlyDictionary<string, string> Outputs);

/// <summary>Receives a deployment's progress.</summary>
internal interface IStackProgress
{
    /// <summary>Reports an event of the stack; each is reported once, in the order in which they happened.</summary>
    void Report(StackEvent stackEvent);

    /// <summary>Reports a step of the deployment itself.</summary>
    void Report(string message);
}
