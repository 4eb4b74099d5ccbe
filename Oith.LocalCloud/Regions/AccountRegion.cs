using System.Text.RegularExpressions;
using Oith.LocalCloud.STS;

namespace Oith.LocalCloud.Regions;

/// <summary>Whose resources a call is about, and where: each account has in each region queues, tables and stacks of its own.</summary>
/// <param name="AccountId">Twelve digits.</param>
/// <param name="Region"><c>us-east-1</c></param>
internal readonly partial record struct AccountRegion(string AccountId, string Region)
{
    private const int AccountDigits = 12;

    /// <summary>
    /// The account and region that a request is signed for, by its credential scope: <c>Credential=111122223333/20260101/eu-west-1/sqs/aws4_request</c>.
    /// An access key of twelve digits is an account, as in other emulators, and one that AssumeRole gave acts in the role's account; every other key,
    /// and what is not signed, belongs to the default.
    /// </summary>
    public static AccountRegion Of(HttpRequest request, AccountRegion fallback, IssuedCredentials issued)
    {
        var scope = ScopeOf(request);
        Span<Range> parts = stackalloc Range[6];
        if (scope.Split(parts, '/') != 5)
        {
            return fallback;
        }

        var key = scope[parts[0]];
        var region = scope[parts[2]];
        return new(
            IsAccount(key) ? Known(key, fallback.AccountId) : issued.FindAccount(key) ?? fallback.AccountId,
            region.SequenceEqual(fallback.Region) || !RegionName().IsMatch(region) ? fallback.Region : region.ToString());
    }

    /// <summary>The account and region of an ARN; what it leaves out, as S3's do, is the default's. Null when the text is no ARN.</summary>
    public static AccountRegion? Of(string arn, AccountRegion fallback)
    {
        Span<Range> parts = stackalloc Range[6];
        var text = arn.AsSpan();
        if (text.Split(parts, ':') < 6 || !text[parts[0]].SequenceEqual("arn"))
        {
            return null;
        }

        var region = text[parts[3]];
        var account = text[parts[4]];
        return new(
            IsAccount(account) ? Known(account, fallback.AccountId) : fallback.AccountId,
            region.SequenceEqual(fallback.Region) || !RegionName().IsMatch(region) ? fallback.Region : region.ToString());
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null for any other text.</summary>
    public static AccountRegion? Parse(string text) =>
        text.Length > AccountDigits && text[AccountDigits] == '-' && IsAccount(text.AsSpan(0, AccountDigits)) && RegionName().IsMatch(text[(AccountDigits + 1)..])
            ? new(text[..AccountDigits], text[(AccountDigits + 1)..])
            : null;

    /// <summary><c>111122223333-eu-west-1</c></summary>
    public override string ToString() => $"{AccountId}-{Region}";

    private static ReadOnlySpan<char> ScopeOf(HttpRequest request)
    {
        const string Credential = "Credential=";
        if (!request.Headers.TryGetValue("Authorization", out var header) || header.Count == 0)
        {
            return request.QueryString.HasValue ? request.Query["X-Amz-Credential"].ToString() : "";
        }

        var text = header[0].AsSpan();
        var start = text.IndexOf(Credential, StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        var scope = text[(start + Credential.Length)..];
        var end = scope.IndexOfAny(',', ' ');
        return end < 0 ? scope : scope[..end];
    }

    private static bool IsAccount(ReadOnlySpan<char> text) => text.Length == AccountDigits && !text.ContainsAnyExceptInRange('0', '9');

    private static string Known(ReadOnlySpan<char> text, string known) => text.SequenceEqual(known) ? known : text.ToString();

    [GeneratedRegex("^[a-z]{2}(-[a-z]+){1,2}-[1-9]$")]
    private static partial Regex RegionName();
}
