using System.Diagnostics.CodeAnalysis;

namespace Oith.Matching.Http;

/// <summary>E-mail addresses as the service takes them: trimmed, in lower case, ASCII.</summary>
internal static class EmailAddress
{
    /// <summary>RFC 5321's longest path, without the angle brackets.</summary>
    public const int Longest = 254;

    public const string Rule = "must be an e-mail address of at most 254 ASCII characters";

    public static bool TryNormalize(string? text, [NotNullWhen(true)] out string? email)
    {
        email = text?.Trim().ToLowerInvariant();
        if (email is null || email.Length is 0 or > Longest)
        {
            email = null;
            return false;
        }

        var at = email.IndexOf('@', StringComparison.Ordinal);
        var valid = at > 0 && at < email.Length - 1 && email.IndexOf('@', at + 1) < 0 && !email.AsSpan().ContainsAnyExceptInRange('!', '~');
        email = valid ? email : null;
        return valid;
    }
}
