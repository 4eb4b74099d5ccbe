using System.Text.RegularExpressions;

namespace Oith.LocalCloud.Wire.Shapes;

/// <summary>What a member of an operation's input may be, as AWS's model of the service says.</summary>
/// <param name="Name">AWS's name of the shape.</param>
/// <param name="Kind">Its type.</param>
internal sealed record InputShape(string Name, ShapeKind Kind)
{
    /// <summary>The members of a structure.</summary>
    public IReadOnlyDictionary<string, ShapeMember> Members { get; init; } = new Dictionary<string, ShapeMember>();

    /// <summary>The shape's name of a list's items or a map's values.</summary>
    public string? Item { get; init; }

    /// <summary>Length of texts, lists and maps, value of numbers; null for no limit.</summary>
    public long? Minimum { get; init; }

    /// <inheritdoc cref="Minimum"/>
    public long? Maximum { get; init; }

    /// <summary>What a whole text must match.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>The pattern as errors show it.</summary>
    public string PatternText { get; init; } = "";

    /// <summary>The values of an enumeration.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <param name="Shape">The shape's name.</param>
internal readonly record struct ShapeMember(string Shape, bool IsRequired);

internal enum ShapeKind
{
    Structure,
    List,
    Map,
    String,
    Enum,
    Integer,
    Long,
    Double,
    Boolean,
    Timestamp,
    Blob,
}
