using System.Text.Json.Nodes;

namespace Oith.Tests.LocalCloud.Lambda;

/// <summary>Inputs of CreateFunction.</summary>
internal static class LambdaFunctions
{
    public static JsonObject Create(string name, int timeoutSeconds = 30) => new()
    {
        ["FunctionName"] = name,
        ["Runtime"] = "dotnet10",
        ["Handler"] = "bootstrap",
        ["Role"] = "arn:aws:iam::000000000000:role/test",
        ["Timeout"] = timeoutSeconds,
        ["Code"] = new JsonObject { ["S3Bucket"] = "artifacts", ["S3Key"] = "service.zip" },
        ["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["AWS_LWA_ERROR_STATUS_CODES"] = "500-599" } },
    };
}
