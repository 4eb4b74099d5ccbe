using System.Text.RegularExpressions;
using Oith.LocalCloud.STS;
using Oith.LocalCloud.Wire;

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
        var scope = AwsEndpoint.CredentialScope(request);
        Span<Range> parts = stackalloc Range[6];
        if (scope.Split(parts, '/') != 5)
        {
            return fallback;
        }

        var key = scope[parts[0]];
        return new(
            IsAccount(key) ? Known(key, fallback.AccountId) : issued.FindAccount(key) ?? fallback.AccountId,
            RegionOf(scope[parts[2]], fallback));
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

        var account = text[parts[4]];
        return new(
            IsAccount(account) ? Known(account, fallback.AccountId) : fallback.AccountId,
            RegionOf(text[parts[3]], fallback));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null for any other text.</summary>
    public static AccountRegion? Parse(string text) =>
        text.Length > AccountDigits && text[AccountDigits] == '-' && IsAccount(text.AsSpan(0, AccountDigits)) && RegionName().IsMatch(text[(AccountDigits + 1)..])
            ? new(text[..AccountDigits], text[(AccountDigits + 1)..])
            : null;

    /// <summary><c>111122223333-eu-west-1</c></summary>
    public override string ToString() => $"{AccountId}-{Region}";

    private static bool IsAccount(ReadOnlySpan<char> text) => text.Length == AccountDigits && !text.ContainsAnyExceptInRange('0', '9');

    private static string RegionOf(ReadOnlySpan<char> text, AccountRegion fallback) =>
        text.SequenceEqual(fallback.Region) || !RegionName().IsMatch(text) ? fallback.Region : text.ToString();

    private static string Known(ReadOnlySpan<char> text, string known) => text.SequenceEqual(known) ? known : text.ToString();

    [GeneratedRegex("^[a-z]{2}(-[a-z]+){1,2}-[1-9]$")]
    private static partial Regex RegionName();
}
