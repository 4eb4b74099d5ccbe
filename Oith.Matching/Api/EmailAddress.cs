using System.Diagnostics.CodeAnalysis;

namespace Oith.Matching.Api;

/// <summary>E-mail addresses as the service takes them: ASCII, in lower case, without ASCII white space around them.</summary>
internal static class EmailAddress
{
    /// <summary>RFC 5321's longest path, without the angle brackets.</summary>
    public const int Longest = 254;

    public const string Rule = "must be an e-mail address of at most 254 ASCII characters";

    private const string WhiteSpace = " \t\r\n\v\f";

    public static bool TryNormalize(string? text, [NotNullWhen(true)] out string? email)
    {
        email = null;
        var address = text.AsSpan().Trim(WhiteSpace);
        // Before the case changes: the Kelvin sign in lower case is the letter k, and would make one user's address another's.
        if (address.Length is 0 or > Longest || address.ContainsAnyExceptInRange('!', '~'))
        {
            return false;
        }

        var at = address.IndexOf('@');
        if (at <= 0 || at == address.Length - 1 || address[(at + 1)..].Contains('@'))
        {
            return false;
        }

        email = address.ToString().ToLowerInvariant();
        return true;
    }
}
