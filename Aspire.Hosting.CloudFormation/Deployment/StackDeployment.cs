namespace Aspire.Hosting.CloudFormation;

/// <summary>A template with all that is deployed along with it.</summary>
internal sealed record StackDeployment(string StackName, string Template)
{
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Parameters without a value, which keep the one that the stack has. Those that it does not have take the default.</summary>
    public IReadOnlyCollection<string> KeptParameters { get; init; } = [];

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyCollection<string> Capabilities { get; init; } = [];

    /// <summary>The bucket that a large template is uploaded to; null creates one.</summary>
    public string? TemplateBucket { get; init; }

    /// <summary>True where a stack that CloudFormation cannot update is deleted and created again. Never set for AWS.</summary>
    public bool MayDelete { get; init; }

    /// <summary>Decides on each change set and deletion; null where nothing is reviewed.</summary>
    public IDeploymentReview? Review { get; init; }
}

/// <summary>Decides what a deployment may do, usually by a question.</summary>
internal interface IDeploymentReview
{
    /// <summary>Returns true where a stack that CloudFormation cannot update may be deleted and created again.</summary>
    Task<bool> MayDeleteAsync(Stack stack, CancellationToken cancellationToken);

    /// <summary>Returns true where a change set may be executed; otherwise it is deleted.</summary>
    Task<bool> MayExecuteAsync(StackDeployment deployment, IReadOnlyList<ResourceChange> changes, CancellationToken cancellationToken);
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
