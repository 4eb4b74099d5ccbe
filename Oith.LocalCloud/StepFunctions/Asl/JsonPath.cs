using System.Globalization;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>
/// A JSONPath as AWS (Jayway's JsonPath for Java) reads and answers it: <c>$.a['b'][0]</c> is definite and fails on
/// missing data; <c>$.a[*].b</c>, slices, <c>..</c>, unions and filters are indefinite and give a list, an empty one on missing data.
/// </summary>
internal sealed class JsonPath
{
    private readonly PathSegment[] _segments;

    private JsonPath(string text, PathSegment[] segments)
    {
        Text = text;
        _segments = segments;
        IsDefinite = Array.TrueForAll(segments, segment => segment.IsDefinite);
        IsReference = Array.TrueForAll(segments, segment => segment is PathName or PathIndex { Index: >= 0 });
    }

    /// <summary>The path after its root, from <c>.</c> or <c>[</c> on; empty for the root itself.</summary>
    public string Text { get; }

    /// <summary>True: names exactly one value.</summary>
    public bool IsDefinite { get; }

    /// <summary>True: made of names and indexes only, so that <c>ResultPath</c> may use it.</summary>
    public bool IsReference { get; }

    public bool IsRoot => _segments.Length == 0;

    public ReadOnlySpan<PathSegment> Segments => _segments;

    /// <param name="text">What follows the root: <c>.a[0]</c>, empty for the root.</param>
    /// <param name="depth">How many filters the path stands inside of.</param>
    public static JsonPath? TryParse(string text, int depth = 0)
    {
        var parser = new JsonPathParser(text, depth);
        return parser.Parse() is { } segments ? new JsonPath(text, segments) : null;
    }

    /// <param name="stopping">Ends the evaluation with the execution.</param>
    /// <exception cref="PathNotFoundException">A definite path names nothing.</exception>
    /// <exception cref="StateRuntimeException">The path visits more values than an evaluation may.</exception>
    public AslValue Evaluate(AslValue root, CancellationToken stopping) =>
        IsDefinite ? EvaluateDefinite(root) : Evaluate(root, new PathBudget(stopping));

    /// <inheritdoc cref="Evaluate(AslValue, CancellationToken)"/>
    /// <param name="budget">What the evaluation may visit, with that of the path around it.</param>
    public AslValue Evaluate(AslValue root, PathBudget budget)
    {
        if (IsDefinite)
        {
            budget.Spend();
            return EvaluateDefinite(root);
        }

        var found = new List<AslValue> { root };
        foreach (var segment in _segments)
        {
            var next = new List<AslValue>();
            foreach (var value in found)
            {
                budget.Spend();
                segment.Select(value, root, budget, next);
            }

            found = next;
        }

        return AslValue.Array([.. found]);
    }

    /// <summary>The value with the one that the path names replaced or added, containers made on the way.</summary>
    /// <returns>Null when a value on the way is neither absent nor a container.</returns>
    public AslValue? Replace(AslValue root, AslValue value) => Replace(root, 0, value);

    private AslValue? Replace(AslValue? current, int depth, AslValue value)
    {
        if (depth == _segments.Length)
        {
            return value;
        }

        if (_segments[depth] is PathIndex index)
        {
            if (current is not { IsArray: true } || index.Index >= current.Count)
            {
                return null;
            }

            return Replace(current.Items[index.Index], depth + 1, value) is { } item ? current.WithItem(index.Index, item) : null;
        }

        var name = ((PathName)_segments[depth]).Name;
        if (current is { IsObject: false, IsNull: false })
        {
            return null;
        }

        var target = current is { IsObject: true } ? current : AslValue.EmptyObject;
        return Replace(target.Find(name), depth + 1, value) is { } member ? target.With(name, member) : null;
    }

    private AslValue EvaluateDefinite(AslValue root)
    {
        var current = root;
        for (var i = 0; i < _segments.Length; i++)
        {
            var segment = _segments[i];
            if (!segment.TryStep(current, root, out var next))
            {
                throw new PathNotFoundException(Reason(segment, current, i))
                {
                    IsPastEnd = segment is PathIndex && current.IsArray && i == _segments.Length - 1,
                };
            }

            current = next;
        }

        return current;
    }

    // Jayway's own words, which AWS shows for InputPath, OutputPath and the other path fields.
    private string Reason(PathSegment segment, AslValue current, int depth)
    {
        switch (segment)
        {
            case PathName or PathProjection when !current.IsObject:
                return $"Expected to find an object with property {segment.Normal} in path {Normal(depth)} but found "
                    + $"'{JavaType(current)}'. This is not a json object according to the JsonProvider: "
                    + "'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.";
            case PathIndex when !current.IsArray:
                return current.IsNull
                    ? $"The path {Normal(depth)} is null"
                    : $"Filter: {segment.Normal} can only be applied to arrays. Current context is: {JavaText.Of(current)}";
            case PathIndex:
                return $"Index out of bounds when evaluating path {Normal(depth + 1)}";
            default:
                return depth == _segments.Length - 1
                    ? $"No results for path: {Normal(depth + 1)}"
                    : $"Missing property in path {Normal(depth + 1)}";
        }
    }

    private string Normal(int count)
    {
        var text = new StringBuilder("$");
        for (var i = 0; i < count; i++)
        {
            text.Append(_segments[i].Normal);
        }

        return text.ToString();
    }

    private static string JavaType(AslValue value) => value.Kind switch
    {
        AslKind.String => "java.lang.String",
        AslKind.Boolean => "java.lang.Boolean",
        AslKind.Array => "java.util.ArrayList",
        AslKind.Number => value.Text.Contains('.', StringComparison.Ordinal) ? "java.lang.Double"
            : int.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? "java.lang.Integer" : "java.lang.Long",
        _ => "null",
    };
}

/// <summary>A definite path names nothing; the message is Jayway's.</summary>
internal sealed class PathNotFoundException(string message) : Exception(message)
{
    /// <summary>True: the last step is an index past the end of a list.</summary>
    public bool IsPastEnd { get; init; }
}
