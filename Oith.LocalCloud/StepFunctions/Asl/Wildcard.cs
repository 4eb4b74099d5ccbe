namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>The patterns of StringMatches: <c>*</c> stands for anything, <c>\*</c> for a star.</summary>
internal static class Wildcard
{
    /// <summary>
    /// Searches the text for the parts between the stars, from left to right. The first occurrence of a part leaves the most text for the parts
    /// behind it, so no other needs to be tried and the text is read once.
    /// </summary>
    public static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern)
    {
        var parts = Parts(pattern);
        var first = parts[0];
        if (parts.Count == 1)
        {
            return text.SequenceEqual(first);
        }

        var last = parts[^1];
        if (text.Length < first.Length + last.Length || !text.StartsWith(first, StringComparison.Ordinal) || !text.EndsWith(last, StringComparison.Ordinal))
        {
            return false;
        }

        text = text[first.Length..^last.Length];
        for (var i = 1; i < parts.Count - 1; i++)
        {
            var at = text.IndexOf(parts[i], StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            text = text[(at + parts[i].Length)..];
        }

        return true;
    }

    // The literal texts between the stars.
    private static List<string> Parts(ReadOnlySpan<char> pattern)
    {
        var parts = new List<string>();
        var part = new System.Text.StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '*')
            {
                parts.Add(part.ToString());
                part.Clear();
                continue;
            }

            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                i++;
            }

            part.Append(pattern[i]);
        }

        parts.Add(part.ToString());
        return parts;
    }
}
