using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.SQS;

/// <summary>
/// One boto3 script against LocalCloud and against moto_server. Each step whose answers differ is explained in
/// differential-explained.json with what AWS does; a difference that is not explained fails, and so does an explanation
/// without its difference.
/// </summary>
public sealed class SQSDifferentialTests(LocalCloudFixture cloud, MotoServer moto) : IClassFixture<LocalCloudFixture>, IClassFixture<MotoServer>
{
    // The explanations are of this version; another one differs elsewhere.
    private const string MotoVersion = "5.2.";

    private static string Folder => Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "LocalCloud", "SQS");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Differences_From_Moto_Are_All_Explained()
    {
        var version = await RunAsync("python3", "-c", "import boto3, importlib.metadata; print(importlib.metadata.version('moto'))");
        Assert.SkipUnless(version is not null, "Python with boto3 and moto is not installed.");
        Assert.SkipUnless(version.StartsWith(MotoVersion, StringComparison.Ordinal), $"The differences from moto {version.Trim()} are not explained.");
        var theirs = await AnswersAsync(moto.Endpoint.ToString());
        var ours = await AnswersAsync(cloud.Endpoint.ToString());
        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), ours.Keys.Order(StringComparer.Ordinal));
        var differences = ours.Where(answer => answer.Value != theirs[answer.Key]).Select(answer => answer.Key).ToHashSet(StringComparer.Ordinal);
        var explained = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "differential-explained.json"), Token))
            .Deserialize<Dictionary<string, string>>()!;
        Assert.True(
            differences.SetEquals(explained.Keys),
            string.Join('\n', differences.Except(explained.Keys).Select(step => $"{step}\n  LocalCloud {ours[step]}\n  moto       {theirs[step]}")
                .Concat(explained.Keys.Except(differences).Select(step => $"{step}: explained, but there is no difference"))));
    }

    /// <summary>The script's answers by step.</summary>
    private static async Task<Dictionary<string, string>> AnswersAsync(string endpoint)
    {
        var output = await RunAsync("python3", Path.Combine(Folder, "differential.py"), endpoint);
        Assert.NotNull(output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .ToDictionary(line => line["step"]!.GetValue<string>(), line => line["answer"]!.ToJsonString(), StringComparer.Ordinal);
    }

    /// <summary>The program's output, null when it is not there or fails.</summary>
    private static async Task<string?> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync(Token);
            var output = await process.StandardOutput.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            TestContext.Current.TestOutputHelper?.WriteLine(await errors);
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
