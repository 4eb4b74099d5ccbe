using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Oith.LocalCloud.Wire.Shapes;

/// <summary>
/// The input shapes of one service's operations, from an embedded table of the facts of AWS's model; shapes.py of the tests
/// prints it. A line is a shape:
/// <code>
/// PutRule: structure Name! RuleName, State RuleState, Tags TagList
/// RuleName: string 1..64 [\.\-_A-Za-z0-9]+
/// RuleState: enum ENABLED DISABLED
/// TagList: list Tag ..50
/// </code>
/// </summary>
internal sealed class InputShapes
{
    private static readonly TimeSpan s_patternLimit = TimeSpan.FromSeconds(1);

    private readonly Lazy<FrozenDictionary<string, InputShape>> _shapes;

    private InputShapes(string service, Func<string, AwsServiceException> error)
    {
        Error = error;
        // Most runs of LocalCloud never call most services.
        _shapes = new(() => Read(service));
    }

    /// <summary>The error of a bad input, from its message.</summary>
    public Func<string, AwsServiceException> Error { get; }

    /// <param name="service">The table's name.</param>
    /// <param name="error">Null for a ValidationException.</param>
    public static InputShapes Of(string service, Func<string, AwsServiceException>? error = null) => new(service, error ?? AwsServiceException.Validation);

    /// <summary>Null for an operation or a shape that is not in the table.</summary>
    public InputShape? Find(string name) => _shapes.Value.GetValueOrDefault(name);

    private static FrozenDictionary<string, InputShape> Read(string service)
    {
        using var stream = typeof(InputShapes).Assembly.GetManifestResourceStream("Shapes/" + service)
            ?? throw new InvalidOperationException($"There is no table of the input shapes of {service}.");
        using var reader = new StreamReader(stream);
        var shapes = Enum.GetValues<ShapeKind>().Where(kind => kind > ShapeKind.Map && kind != ShapeKind.Enum)
            .Select(kind => new InputShape(kind.ToString().ToLowerInvariant(), kind))
            .ToDictionary(shape => shape.Name, StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            shapes[line[..colon]] = Parse(line[..colon], line[(colon + 2)..]);
        }

        return shapes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static InputShape Parse(string name, string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var (kind, rest) = space < 0 ? (text, "") : (text[..space], text[(space + 1)..]);
        var shape = new InputShape(name, Enum.Parse<ShapeKind>(kind, ignoreCase: true));
        switch (shape.Kind)
        {
            case ShapeKind.Structure:
                return shape with
                {
                    Members = rest.Split(", ", StringSplitOptions.RemoveEmptyEntries)
                        .Select(member => member.Split(' '))
                        .ToDictionary(member => member[0].TrimEnd('!'), member => new ShapeMember(member[1], member[0].EndsWith('!')), StringComparer.Ordinal),
                };
            case ShapeKind.Enum:
                return shape with { Values = [.. rest.Split(' ').Select(value => value.Replace("\\s", " ", StringComparison.Ordinal))] };
            case ShapeKind.List or ShapeKind.Map:
                var parts = rest.Split(' ');
                var items = shape.Kind == ShapeKind.List ? 1 : 2;
                return WithSize(shape with { Item = parts[items - 1] }, parts.ElementAtOrDefault(items));
            default:
                var size = rest.Split(' ', 2);
                shape = WithSize(shape, size[0]);
                var pattern = shape.Minimum is null && shape.Maximum is null ? rest : size.ElementAtOrDefault(1) ?? "";
                return pattern.Length == 0 ? shape : shape with { Pattern = Whole(pattern), PatternText = pattern };
        }
    }

    private static InputShape WithSize(InputShape shape, string? size)
    {
        var limits = size?.Split("..") ?? [];
        return limits.Length == 2 && limits.All(limit => limit.Length == 0 || long.TryParse(limit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? shape with { Minimum = Limit(limits[0]), Maximum = Limit(limits[1]) }
            : shape;
    }

    private static long? Limit(string text) => text.Length == 0 ? null : long.Parse(text, CultureInfo.InvariantCulture);

    // .NET has no escape for the underscore, which needs none.
    private static Regex Whole(string pattern) =>
        new($@"\A(?:{pattern.Replace(@"\_", "_", StringComparison.Ordinal)})\z", RegexOptions.CultureInvariant, s_patternLimit);
}
