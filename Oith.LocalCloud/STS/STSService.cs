using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.STS;

/// <summary>AWS STS: who the caller is, and credentials that LocalCloud asks nobody for.</summary>
internal sealed class STSService(LocalCloudOptions options, IssuedCredentials issued, TimeProvider time) : TreeService(new AwsServiceDescription("sts")
{
    QueryVersion = "2011-06-15",
    XmlNamespace = "https://sts.amazonaws.com/doc/2011-06-15/",
    InputShapes = InputShapes.Of("sts", message => new AwsServiceException("ValidationError", message)),
})
{
    private const int RoleSeconds = 3600;
    private const int SessionSeconds = 43200;
    private const int LongestPolicy = 2048;
    private const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; } =
        new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["AssumeRole"] = Now(input => AssumeRole(input, issued, time)),
            ["GetCallerIdentity"] = Now(_ => new JsonObject
            {
                ["UserId"] = "AIDALOCALCLOUD0000000",
                ["Account"] = options.AccountId,
                ["Arn"] = $"arn:aws:iam::{options.AccountId}:user/localcloud",
            }),
            ["GetSessionToken"] = Now(input => new JsonObject { ["Credentials"] = Credentials(input.Integer("DurationSeconds") ?? SessionSeconds, time) }),
        };

    private static JsonObject AssumeRole(JsonObject input, IssuedCredentials issued, TimeProvider time)
    {
        var (role, session) = (input.Text("RoleArn")!, input.Text("RoleSessionName")!);
        if (Arn.ServiceOf(role) != "iam" || Arn.ResourceOf(role) is not { } resource || !resource.StartsWith("role/", StringComparison.Ordinal))
        {
            throw new AwsServiceException("ValidationError", $"{role} is invalid");
        }

        if (input.Text("Policy") is { Length: > LongestPolicy } policy)
        {
            throw new AwsServiceException(
                "ValidationError",
                $"1 validation error detected: Value '{policy}' at 'policy' failed to satisfy constraint: Member must have length less than or equal to {LongestPolicy}");
        }

        var account = role.Split(':')[4];
        var credentials = Credentials(input.Integer("DurationSeconds") ?? RoleSeconds, time);
        issued.Add(credentials["AccessKeyId"]!.GetValue<string>(), account);
        return new JsonObject
        {
            ["Credentials"] = credentials,
            ["AssumedRoleUser"] = new JsonObject
            {
                ["AssumedRoleId"] = $"{Id("AROA")}:{session}",
                ["Arn"] = $"arn:aws:sts::{account}:assumed-role/{resource[(resource.LastIndexOf('/') + 1)..]}/{session}",
            },
        };
    }

    private static JsonObject Credentials(int seconds, TimeProvider time) => new()
    {
        ["AccessKeyId"] = Id("ASIA"),
        ["SecretAccessKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(30)),
        ["SessionToken"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(120)),
        ["Expiration"] = time.GetUtcNow().AddSeconds(seconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    };

    private static string Id(string prefix) => prefix + RandomNumberGenerator.GetString(IdCharacters, 16);
}
