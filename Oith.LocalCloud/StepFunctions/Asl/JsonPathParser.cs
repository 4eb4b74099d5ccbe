using System.Globalization;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Reads what follows the root of a path: <c>.store['book'][?(@.price &lt; 10)].title</c>.</summary>
/// <param name="depth">How many filters the path stands inside of.</param>
internal sealed class JsonPathParser(string text, int depth)
{
    /// <summary>Values nest no deeper, and each step of a ResultPath makes a level.</summary>
    private const int MaximumSteps = AslValue.MaximumDepth;

    private int _at;

    /// <returns>The steps, null when the text is no path.</returns>
    public PathSegment[]? Parse()
    {
        var segments = new List<PathSegment>();
        while (_at < text.Length)
        {
            if (segments.Count >= MaximumSteps)
            {
                return null;
            }

            if (text[_at] == '[')
            {
                if (Bracket() is not { } bracket)
                {
                    return null;
                }

                segments.Add(bracket);
                continue;
            }

            if (text[_at] != '.')
            {
                return null;
            }

            _at++;
            if (_at < text.Length && text[_at] == '.')
            {
                _at++;
                segments.Add(new PathDescent());
            }

            // A dot before a bracket adds nothing: $.[0] is $[0], $.a.['b'] is $.a['b'].
            if (_at < text.Length && text[_at] == '[')
            {
                continue;
            }

            if (Name() is not { } name)
            {
                return null;
            }

            segments.Add(name);
        }

        // Several names at the end make one object of the members that there are; before another step each name is followed.
        if (segments is [.., PathUnion { Names: { } names }])
        {
            segments[^1] = new PathProjection(names);
        }

        return [.. segments];
    }

    private PathSegment? Name()
    {
        if (_at < text.Length && text[_at] == '*')
        {
            _at++;
            return new PathWildcard();
        }

        var start = _at;
        while (_at < text.Length && text[_at] is not ('.' or '[' or '(' or ' ' or ']' or ')' or ',' or '\'' or '"'))
        {
            _at++;
        }

        if (_at == start)
        {
            return null;
        }

        var name = text[start.._at];
        if (_at + 1 < text.Length && text[_at] == '(' && text[_at + 1] == ')')
        {
            _at += 2;
            return PathFunction.IsKnown(name) ? new PathFunction(name) : null;
        }

        return _at < text.Length && text[_at] is not ('.' or '[') ? null : new PathName(name);
    }

    private PathSegment? Bracket()
    {
        _at++;
        SkipSpace();
        if (_at >= text.Length)
        {
            return null;
        }

        switch (text[_at])
        {
            case '*':
                _at++;
                return Close() ? new PathWildcard() : null;
            case '?':
                return Filter();
            case '\'' or '"':
                return Names();
            default:
                return Numbers();
        }
    }

    private PathFilter? Filter()
    {
        _at++;
        var parser = new FilterParser(text, _at, depth);
        if (parser.Parse() is not { } filter)
        {
            return null;
        }

        _at = parser.Position;
        return Close() ? new PathFilter(filter) : null;
    }

    private PathSegment? Names()
    {
        var names = new List<PathSegment>();
        while (true)
        {
            SkipSpace();
            if (Quoted(text, ref _at) is not { } name)
            {
                return null;
            }

            names.Add(new PathName(name));
            SkipSpace();
            if (_at < text.Length && text[_at] == ',')
            {
                _at++;
                continue;
            }

            return !Close() ? null : names.Count == 1 ? names[0] : new PathUnion([.. names]);
        }
    }

    private PathSegment? Numbers()
    {
        var first = Integer();
        SkipSpace();
        if (_at < text.Length && text[_at] == ':')
        {
            _at++;
            SkipSpace();
            var to = Integer();
            return Close() ? new PathSlice(first, to) : null;
        }

        if (first is null)
        {
            return null;
        }

        var indexes = new List<PathSegment> { new PathIndex(first.Value) };
        while (_at < text.Length && text[_at] == ',')
        {
            _at++;
            SkipSpace();
            if (Integer() is not { } index)
            {
                return null;
            }

            indexes.Add(new PathIndex(index));
            SkipSpace();
        }

        return !Close() ? null : indexes.Count == 1 ? indexes[0] : new PathUnion([.. indexes]);
    }

    /// <summary>A quoted text; a backslash before the quote or another backslash stands for that character, elsewhere for itself.</summary>
    public static string? Quoted(string text, ref int at)
    {
        if (at >= text.Length || text[at] is not ('\'' or '"'))
        {
            return null;
        }

        var quote = text[at++];
        var value = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            if (text[at] == '\\' && at + 1 < text.Length && (text[at + 1] == quote || text[at + 1] == '\\'))
            {
                at++;
            }

            value.Append(text[at++]);
        }

        if (at >= text.Length)
        {
            return null;
        }

        at++;
        return value.ToString();
    }

    private int? Integer()
    {
        var start = _at;
        if (_at < text.Length && text[_at] == '-')
        {
            _at++;
        }

        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            _at++;
        }

        return int.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    private bool Close()
    {
        SkipSpace();
        if (_at >= text.Length || text[_at] != ']')
        {
            return false;
        }

        _at++;
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] == ' ')
        {
            _at++;
        }
    }
}
