using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>A stack. It is changed only inside <see cref="StackStore"/>, which guards and keeps it.</summary>
internal sealed class Stack
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreationTime { get; init; }

    public DateTimeOffset? LastUpdatedTime { get; set; }

    public DateTimeOffset? DeletionTime { get; set; }

    /// <summary><c>CREATE_IN_PROGRESS</c>…; one of <see cref="StackStatus"/>.</summary>
    public required string Status { get; set; }

    public string? StatusReason { get; set; }

    /// <summary>What it was last deployed from; a rollback goes back to it. Null while only a change set is there.</summary>
    public StackDefinition? Definition { get; set; }

    public bool DisableRollback { get; set; }

    public bool EnableTerminationProtection { get; set; }

    /// <summary>The stack policy's JSON text, null when none is set.</summary>
    public string? StackPolicy { get; set; }

    /// <summary>The change set that was last executed.</summary>
    public string? ChangeSetId { get; set; }

    public List<StackOutput> Outputs { get; set; } = [];

    /// <summary>The names of the exports that its resources and outputs import.</summary>
    public List<string> Imports { get; set; } = [];

    /// <summary>The resources as they were when the stack was last complete, while an update is not; null otherwise.</summary>
    public List<StackResource>? RollbackTarget { get; set; }

    /// <summary>What belongs to <see cref="RollbackTarget"/>.</summary>
    public StackDefinition? RollbackDefinition { get; set; }

    [JsonIgnore]
    public Dictionary<string, StackResource> Resources { get; } = new(StringComparer.Ordinal);

    /// <summary>Oldest first.</summary>
    [JsonIgnore]
    public List<StackEvent> Events { get; } = [];

    [JsonIgnore]
    public List<ChangeSet> ChangeSets { get; } = [];

    public bool IsDeleted => Status == StackStatus.DeleteComplete;
}

/// <summary>What a stack is deployed from; replaced as a whole by an update.</summary>
internal sealed record StackDefinition
{
    public required string TemplateBody { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<StackParameter> Parameters { get; init; } = [];

    public IReadOnlyList<StackTag> Tags { get; init; } = [];

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    public IReadOnlyList<string> NotificationARNs { get; init; } = [];

    public string? RoleARN { get; init; }

    public int? TimeoutInMinutes { get; init; }

    public JsonObject? RollbackConfiguration { get; init; }

    /// <summary>The parameters whose values are never shown. Kept, because each description of the stack asks for them.</summary>
    [JsonIgnore]
    public IReadOnlySet<string> NoEchoParameters => field ??= Template.Parse(TemplateBody).NoEchoParameters;
}

/// <param name="Value">As it was given.</param>
/// <param name="ResolvedValue">What SSM holds under it, for the SSM parameter types; null for all others.</param>
internal sealed record StackParameter(string Key, string Value, string? ResolvedValue);

internal sealed record StackTag(string Key, string Value);

internal sealed record StackOutput(string Key, string Value, string? Description, string? ExportName);

/// <summary>A resource of a stack as it is now.</summary>
internal sealed record StackResource(string LogicalId, string Type)
{
    public string? PhysicalId { get; init; }

    /// <summary>The resolved properties that it was last created or updated with.</summary>
    public JsonObject Properties { get; init; } = [];

    /// <summary>What <c>Fn::GetAtt</c> gives.</summary>
    public JsonObject Attributes { get; init; } = [];

    public required string Status { get; init; }

    public string? StatusReason { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public string DeletionPolicy { get; init; } = "Delete";

    public string UpdateReplacePolicy { get; init; } = "Delete";

    public string? Metadata { get; init; }

    /// <summary>The resources it was created after; they are deleted after it.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];
}

internal sealed record StackEvent(
    string Id, string LogicalId, string? PhysicalId, string Type, DateTimeOffset Timestamp, string Status, string? Reason, string? Properties, string? Token);
