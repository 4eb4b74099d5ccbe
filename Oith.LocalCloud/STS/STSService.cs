using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.STS;

/// <summary>AWS STS, as far as tools ask who they are.</summary>
internal sealed class STSService(LocalCloudOptions options) : TreeService(new AwsServiceDescription("sts")
{
    QueryVersion = "2011-06-15",
    XmlNamespace = "https://sts.amazonaws.com/doc/2011-06-15/",
})
{
    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; } =
        new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["GetCallerIdentity"] = Now(_ => new JsonObject
            {
                ["UserId"] = "AIDALOCALCLOUD0000000",
                ["Account"] = options.AccountId,
                ["Arn"] = $"arn:aws:iam::{options.AccountId}:user/localcloud",
            }),
        };
}
