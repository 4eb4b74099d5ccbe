using System.Text.Json.Nodes;
using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Differential;

/// <summary>
/// One boto3 script a service, against LocalCloud and against moto_server. Each step whose answers differ is explained in the
/// script's JSON file with what AWS does.
/// </summary>
public sealed class DifferentialTests
{
    // The explanations are of this version; another one differs elsewhere.
    private const string MotoVersion = "5.2.";

    private static string Folder => Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "LocalCloud", "Differential");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqs")]
    [InlineData("sns")]
    [InlineData("events")]
    [InlineData("cloudwatch")]
    [InlineData("lambda")]
    [InlineData("cloudformation")]
    [InlineData("sts")]
    public async Task Differences_From_Moto_Are_All_Explained(string service)
    {
        var version = await RunAsync("-c", "import boto3, importlib.metadata; print(importlib.metadata.version('moto'))");
        Assert.SkipUnless(version is not null, "Python with boto3 and moto is not installed.");
        Assert.SkipUnless(version.StartsWith(MotoVersion, StringComparison.Ordinal), $"The differences from moto {version.Trim()} are not explained.");
        // Of its own, because scripts list what is there.
        await using var cloud = new LocalCloudFixture();
        await cloud.InitializeAsync();
        await using var moto = new MotoServer();
        await moto.InitializeAsync();
        var script = Path.Combine(Folder, service + ".py");
        var theirs = await AnswersAsync(script, moto.Endpoint);
        var ours = await AnswersAsync(script, cloud.Endpoint);
        await AnswerDifferences.AreExplainedAsync(ours, theirs, Path.Combine(Folder, service + ".json"), Token);
    }

    /// <summary>The script's answers by step.</summary>
    private static async Task<Dictionary<string, JsonNode?>> AnswersAsync(string script, Uri endpoint)
    {
        // -B: no compiled copies of the scripts among the sources.
        var output = await RunAsync("-B", script, endpoint.ToString());
        Assert.NotNull(output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .ToDictionary(line => line["step"]!.GetValue<string>(), line => line["answer"], StringComparer.Ordinal);
    }

    /// <summary>What Python prints, null when it is not there or fails.</summary>
    private static async Task<string?> RunAsync(params string[] arguments)
    {
        if (ExternalTool.Find("python3") is not { } python)
        {
            return null;
        }

        var result = await ExternalTool.RunAsync(python, arguments);
        TestContext.Current.TestOutputHelper?.WriteLine(result.Error);
        return result.ExitCode == 0 ? result.Output : null;
    }
}
