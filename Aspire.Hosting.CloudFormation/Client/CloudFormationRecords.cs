namespace Aspire.Hosting.CloudFormation;

/// <summary>A stack as DescribeStacks returns it.</summary>
internal sealed record Stack(string Id, string Name, string Status, string? StatusReason, IReadOnlyDictionary<string, string> Outputs)
{
    /// <summary>The values that the stack was deployed with; those of NoEcho parameters are masked.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public bool IsInProgress => Status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal) && Status != StackStatus.ReviewInProgress;
}

internal sealed record StackEvent(string Id, string LogicalId, string ResourceType, string Status, string? Reason)
{
    public bool IsFailure => Status.EndsWith("_FAILED", StringComparison.Ordinal);

    /// <summary>True for an event of the stack itself.</summary>
    public bool IsOfStack => ResourceType == "AWS::CloudFormation::Stack";
}

/// <param name="NextToken">Where older events follow; null on the last page.</param>
internal sealed record StackEventPage(IReadOnlyList<StackEvent> Events, string? NextToken);

internal sealed record ChangeSet(string Status, string? StatusReason, IReadOnlyList<ResourceChange> Changes);

/// <summary>What a change set does to a resource.</summary>
/// <param name="Action"><c>Add</c>, <c>Modify</c>, <c>Remove</c>, <c>Import</c> or <c>Dynamic</c>.</param>
/// <param name="Replacement"><c>True</c>, <c>False</c>, <c>Conditional</c>; null where nothing is modified.</param>
internal sealed record ResourceChange(string Action, string ResourceType, string LogicalId, string? Replacement)
{
    /// <summary>True where the resource, and with it what it stores, is lost.</summary>
    public bool IsRemovedOrReplaced => Action == "Remove" || Replacement == "True";

    /// <summary><c>Modify AWS::DynamoDB::Table UsersTable (replaced)</c></summary>
    public override string ToString() => $"{Action} {ResourceType} {LogicalId}" + Replacement switch
    {
        "True" => " (replaced)",
        "Conditional" => " (perhaps replaced)",
        _ => "",
    };
}

/// <summary>The input of CreateChangeSet. The template is given either as text or by the URL of an object in S3.</summary>
internal sealed record ChangeSetRequest(string StackName, string ChangeSetName, string ChangeSetType)
{
    public string? TemplateBody { get; init; }

    public Uri? TemplateUrl { get; init; }

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Parameters that keep the value that the stack was deployed with.</summary>
    public IReadOnlyCollection<string> KeptParameters { get; init; } = [];

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyCollection<string> Capabilities { get; init; } = [];
}

/// <summary>The states of a stack that decide what a deployment does.</summary>
internal static class StackStatus
{
    public const string CreateComplete = "CREATE_COMPLETE";
    public const string UpdateComplete = "UPDATE_COMPLETE";
    public const string DeleteComplete = "DELETE_COMPLETE";
    public const string ReviewInProgress = "REVIEW_IN_PROGRESS";
    public const string UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED";

    /// <summary>True where CloudFormation allows nothing but to delete the stack.</summary>
    public static bool MustBeDeleted(string status) =>
        status is "ROLLBACK_COMPLETE" or "ROLLBACK_FAILED" or "CREATE_FAILED" or "DELETE_FAILED";
}
