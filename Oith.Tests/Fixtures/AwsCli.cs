using System.Diagnostics;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.Fixtures;

/// <summary>The real AWS CLI against a LocalCloud; a test that uses it skips where the CLI is not installed.</summary>
public static class AwsCli
{
    private static readonly Lazy<bool> s_installed = new(() => ExternalTool.Find("aws") is not null);

    /// <summary>Runs <c>aws</c> and returns what it printed as JSON, null when it printed nothing.</summary>
    /// <exception cref="AwsServiceException">The CLI failed: Code is "CLI", the message is what it printed to stderr.</exception>
    public static async Task<JsonNode?> RunAsync(Uri endpoint, params string[] arguments)
    {
        Assert.SkipUnless(s_installed.Value, "The AWS CLI is not installed.");
        var start = new ProcessStartInfo("aws")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["AWS_ACCESS_KEY_ID"] = "test",
                ["AWS_SECRET_ACCESS_KEY"] = "test",
                ["AWS_DEFAULT_REGION"] = "us-east-1",
                // start-sync-execution would go to sync-127.0.0.1.
                ["AWS_DISABLE_HOST_PREFIX_INJECTION"] = "true",
                ["AWS_PAGER"] = "",
                ["AWS_MAX_ATTEMPTS"] = "1",
                ["AWS_DEFAULT_OUTPUT"] = "json",
            },
        };
        // Version 1 of the CLI reads AWS_ENDPOINT_URL for every service but SQS.
        foreach (var argument in arguments.Prepend(endpoint.ToString().TrimEnd('/')).Prepend("--endpoint-url"))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var cancellationToken = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode != 0 ? throw new AwsServiceException("CLI", (await error).Trim())
            : string.IsNullOrWhiteSpace(await output) ? null
            : JsonNode.Parse(await output);
    }
}
