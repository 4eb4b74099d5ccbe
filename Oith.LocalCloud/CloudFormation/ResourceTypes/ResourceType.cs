namespace Oith.LocalCloud.CloudFormation.ResourceTypes;

/// <summary>What a template may say about one resource type.</summary>
/// <param name="Name"><c>AWS::SQS::Queue</c>.</param>
/// <param name="Identifiers">The properties that identify a resource of the type.</param>
/// <param name="Attributes">The names that <c>Fn::GetAtt</c> takes.</param>
/// <param name="Properties">The properties by name.</param>
internal sealed record ResourceType(
    string Name,
    IReadOnlyList<string> Identifiers,
    IReadOnlyList<string> Attributes,
    IReadOnlyDictionary<string, PropertySchema> Properties)
{
    /// <summary>The service's part of the name: <c>SQS</c>.</summary>
    public string ServiceName => Name.Split("::")[1];
}

/// <summary>One property of a resource type, or a member of one.</summary>
internal sealed record PropertySchema(string Name, PropertyKind Kind, PropertyShape Shape, bool IsRequired, Replacement Replacement)
{
    private static readonly Dictionary<string, PropertySchema> s_none = [];

    /// <summary>The members of an <see cref="PropertyKind.Object"/>.</summary>
    public IReadOnlyDictionary<string, PropertySchema> Members { get; init; } = s_none;
}

/// <summary>The kind of a property's value, or of each item of a list or map.</summary>
internal enum PropertyKind
{
    String,
    Integer,
    Number,
    Boolean,

    /// <summary>Any JSON, handed on as it is.</summary>
    Json,

    /// <summary>An object of known members.</summary>
    Object,
}

/// <summary>One value, a list, or a map with names of the template's own.</summary>
internal enum PropertyShape
{
    Single,
    List,
    Map,
}

/// <summary>Whether a changed property asks for a new resource.</summary>
internal enum Replacement
{
    Never,
    Conditional,
    Always,
}
