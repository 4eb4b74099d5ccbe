using System.Collections.Frozen;

namespace Oith.LocalCloud.CloudFormation.ResourceTypes;

/// <summary>
/// All resource types that templates may use, read from the text files in <c>Tables/</c>, one a service:
/// <code>
/// AWS::SQS::QueueInlinePolicy
///   identifier: Queue
///   attributes: …                          what Fn::GetAtt takes
///   PolicyDocument Json required           name, kind ([] list, {} map), flags
///   Tags Object[] create-only              a change replaces the resource; "conditional": it may
///     Key String required                  a member of Tags
/// </code>
/// </summary>
internal static class ResourceTypeTable
{
    public const string ResourcePrefix = "ResourceTypes/";

    public static FrozenDictionary<string, ResourceType> All { get; } = ReadEmbedded().ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    /// <exception cref="FormatException">A line that cannot be read; it is named.</exception>
    public static IEnumerable<ResourceType> Parse(string text)
    {
        var lines = new LineReader(text);
        while (lines.Current is { } header)
        {
            lines.Next();
            var identifiers = ReadNames(lines, "identifier:");
            var attributes = ReadNames(lines, "attributes:");
            yield return new ResourceType(header.Trim(), identifiers, attributes, ReadMembers(lines, 2));
        }
    }

    private static IEnumerable<ResourceType> ReadEmbedded()
    {
        var assembly = typeof(ResourceTypeTable).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            foreach (var type in Parse(reader.ReadToEnd()))
            {
                yield return type;
            }
        }
    }

    private static string[] ReadNames(LineReader lines, string label)
    {
        if (lines.Current?.TrimStart() is { } line && line.StartsWith(label, StringComparison.Ordinal))
        {
            lines.Next();
            return line[label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }

        return [];
    }

    private static FrozenDictionary<string, PropertySchema> ReadMembers(LineReader lines, int indent)
    {
        var members = new Dictionary<string, PropertySchema>(StringComparer.Ordinal);
        while (lines.Current is { } line && IndentOf(line) == indent)
        {
            lines.Next();
            var property = ParseProperty(line);
            members.Add(property.Name, property with { Members = ReadMembers(lines, indent + 2) });
        }

        return members.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static PropertySchema ParseProperty(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var shape = words[1].EndsWith("[]", StringComparison.Ordinal) ? PropertyShape.List
            : words[1].EndsWith("{}", StringComparison.Ordinal) ? PropertyShape.Map
            : PropertyShape.Single;
        if (!Enum.TryParse<PropertyKind>(words[1].TrimEnd('[', ']', '{', '}'), out var kind))
        {
            throw new FormatException($"The resource type table has an unknown kind in the line '{line}'.");
        }

        var replacement = words.Contains("create-only") ? Replacement.Always
            : words.Contains("conditional") ? Replacement.Conditional
            : Replacement.Never;
        return new PropertySchema(words[0], kind, shape, words.Contains("required"), replacement);
    }

    private static int IndentOf(string line) => line.Length - line.TrimStart().Length;

    private sealed class LineReader
    {
        private readonly string[] _lines;
        private int _next;

        public LineReader(string text)
        {
            _lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Next();
        }

        public string? Current { get; private set; }

        public void Next() => Current = _next < _lines.Length ? _lines[_next++].TrimEnd() : null;
    }
}
