using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>A set of changes to a stack, worked out and waiting to be executed.</summary>
internal sealed record ChangeSet(string Id, string Name, string StackId)
{
    public required DateTimeOffset CreationTime { get; init; }

    public required StackDefinition Definition { get; init; }

    public string? Description { get; init; }

    /// <summary><c>CREATE_COMPLETE</c> or <c>FAILED</c>.</summary>
    public required string Status { get; init; }

    public string? StatusReason { get; init; }

    /// <summary><c>AVAILABLE</c>, <c>UNAVAILABLE</c>, <c>EXECUTE_IN_PROGRESS</c>, <c>EXECUTE_COMPLETE</c>, <c>EXECUTE_FAILED</c>, <c>OBSOLETE</c>.</summary>
    public required string ExecutionStatus { get; init; }

    public string? OnStackFailure { get; init; }

    /// <summary>The changes as DescribeChangeSet shows them.</summary>
    public JsonArray Changes { get; init; } = [];

    /// <summary>The same with the values before and after.</summary>
    public JsonArray ChangesWithValues { get; init; } = [];
}
