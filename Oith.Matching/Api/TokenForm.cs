using System.Buffers.Text;
using System.Text.Json;

namespace Oith.Matching.Api;

/// <summary>
/// Checks the form of a JWT before its signature: what the token library reads leniently, two readers could read differently. RFC 7515 has
/// a token with an unknown <c>crit</c> refused, and no member named twice.
/// </summary>
internal static class TokenForm
{
    /// <summary>The longest token, in characters. Tokens with dozens of claims have 4,000.</summary>
    public const int Longest = 16 * 1024;

    // An ID token or an access token. A logout token of the same issuer, say, carries the same key's signature.
    private static readonly string[] s_types = ["JWT", "at+jwt", "application/jwt", "application/at+jwt"];

    /// <summary>Names what is wrong with the form of <paramref name="token"/>; null when nothing is.</summary>
    /// <param name="keyId">The key that it names (<c>kid</c>), null when it names none.</param>
    public static string? FaultOf(string token, out string? keyId)
    {
        keyId = null;
        if (token.Length > Longest)
        {
            return "It is too long.";
        }

        return token.Split('.') is [var header, var payload, { Length: > 0 }]
            ? FaultOfHeader(header, out keyId) ?? (TryReadMembers(payload, out _) ? null : "Its payload is not a JSON object with unique names.")
            : "It is not a signed JWT.";
    }

    private static string? FaultOfHeader(string header, out string? keyId)
    {
        var isObject = TryReadMembers(header, out var members);
        keyId = members.GetValueOrDefault("kid");
        if (!isObject)
        {
            return "Its header is not a JSON object with unique names.";
        }

        if (members.ContainsKey("crit"))
        {
            return "Its header has crit, and no extension is understood.";
        }

        return !members.TryGetValue("typ", out var type) || s_types.Contains(type, StringComparer.OrdinalIgnoreCase) ? null : "It is a token of another type.";
    }

    /// <param name="members">Top-level names with their values, null for a value that is no string.</param>
    private static bool TryReadMembers(string part, out Dictionary<string, string?> members)
    {
        members = new(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!members.TryAdd(member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null))
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with half of a surrogate pair.
            return false;
        }
    }
}
