using System.Collections.Concurrent;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>A state machine as it was created or last updated; executions keep the one they started with.</summary>
internal sealed record StateMachineRevision(string Id, string DefinitionText, StateMachineDefinition Definition, string RoleArn, DateTimeOffset Date)
{
    public AslValue? LoggingConfiguration { get; init; }

    public AslValue? TracingConfiguration { get; init; }

    public AslValue? EncryptionConfiguration { get; init; }

    /// <summary>The same definition to the letter, the same role and settings, whatever the id.</summary>
    public bool IsSameAs(StateMachineRevision other) =>
        DefinitionText == other.DefinitionText
        && RoleArn == other.RoleArn
        && Same(LoggingConfiguration, other.LoggingConfiguration)
        && Same(TracingConfiguration, other.TracingConfiguration);

    private static bool Same(AslValue? one, AslValue? other) => (one ?? AslValue.Null).JsonEquals(other ?? AslValue.Null);
}

/// <summary>A published version: a revision under a number.</summary>
internal sealed record StateMachineVersion(int Number, StateMachineRevision Revision, string? Description, DateTimeOffset CreationDate);

/// <summary>A name that leads to one or two versions, by weight.</summary>
internal sealed record StateMachineAlias(string Name, string Arn, string? Description, IReadOnlyList<(string VersionArn, int Weight)> Routes, DateTimeOffset CreationDate)
{
    public DateTimeOffset UpdateDate { get; init; } = CreationDate;
}

/// <summary>A state machine with its versions and aliases. Its lock guards all that can change.</summary>
internal sealed class StateMachine(string arn, string name, bool isExpress, StateMachineRevision revision, DateTimeOffset creationDate)
{
    private AslValue? _contextObject;

    public Lock Lock { get; } = new();

    public string Arn { get; } = arn;

    public string Name { get; } = name;

    public bool IsExpress { get; } = isExpress;

    public string Type => IsExpress ? "EXPRESS" : "STANDARD";

    public DateTimeOffset CreationDate { get; } = creationDate;

    public StateMachineRevision Revision { get; set; } = revision;

    public List<StateMachineVersion> Versions { get; } = [];

    /// <summary>The number of the version published last, also when it was deleted since.</summary>
    public int LastVersion { get; set; }

    public List<StateMachineAlias> Aliases { get; } = [];

    public ConcurrentDictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    public AslValue ContextObject => _contextObject ??= AslValue.Object(("Id", AslValue.Of(Arn)), ("Name", AslValue.Of(Name)));

    public string VersionArn(StateMachineVersion version) => $"{Arn}:{version.Number}";
}
