using System.Text.RegularExpressions;
using Oith.Stack;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>The commands of the runbook say where they work; those that work in LocalCloud are run in it, by the real AWS CLI.</summary>
[Collection(OithStackCollection.Name)]
public sealed partial class RunbookTests(OithStackFixture fixture)
{
    private const string LocalCloud = "AWS, LocalCloud";

    // Version 1 of the CLI reads AWS_ENDPOINT_URL for every service but SQS.
    private const string Shell = "aws() { command aws --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }\n";

    private static readonly string[] s_disturbing = ["put-function-concurrency", "put-provisioned-concurrency-config", "start-execution"];

    [Fact]
    public void Every_Command_Says_Where_It_Works() => Assert.All(
        Pages(), page => Assert.Equal((page.Name, Command.Count(page.Text)), (page.Name, Marked.Count(page.Text))));

    [Fact]
    public async Task Commands_Marked_LocalCloud_Work_In_It()
    {
        Assert.SkipWhen(ExternalTool.Find("aws") is null || ExternalTool.Find("bash") is null, "The AWS CLI or bash is not installed.");
        var machine = "arn:aws:states:us-east-1:000000000000:stateMachine:oith-development-batch-precompute";
        var commands = Pages().SelectMany(page => Marked.Matches(page.Text))
            .Where(match => match.Groups["where"].Value == LocalCloud)
            .Select(match => WhiteSpace.Replace(match.Groups["command"].Value, " ")
                .Replace("ENV", ResourceNames.Development, StringComparison.Ordinal)
                .Replace("<arn>", machine, StringComparison.Ordinal)
                .Replace("<batch-precompute>", machine, StringComparison.Ordinal))
            // Those with a placeholder, or without any option, are to be completed by the reader.
            .Where(command => !command.Contains('<', StringComparison.Ordinal) && command.Contains("--", StringComparison.Ordinal))
            // Work, or another capacity, for a stack that other tests use.
            .Where(command => !s_disturbing.Any(name => command.Contains(name, StringComparison.Ordinal)))
            .Distinct()
            .ToList();
        var endpoint = fixture.Stack.Endpoint.GetLeftPart(UriPartial.Authority);
        var environment = LocalCloudEnvironment.OfClient(endpoint, "us-east-1").ToDictionary(variable => variable.Key, string? (variable) => variable.Value);
        environment["AWS_DEFAULT_REGION"] = "us-east-1";

        Assert.InRange(commands.Count, 8, 30);
        foreach (var command in commands)
        {
            var result = await ExternalTool.RunAsync("bash", ["-c", Shell + command], environment);

            Assert.True(result.ExitCode == 0, $"{command}\n{result.Error}");
        }
    }

    private static IEnumerable<(string Name, string Text)> Pages() => Directory
        .GetFiles(Path.Combine(RepositoryFiles.Root, "docs", "runbook"), "*.md")
        // The start page explains the marks and names a command that needs version 2 of the CLI.
        .Where(file => Path.GetFileName(file) != "README.md")
        .Select(file => (Path.GetFileName(file), File.ReadAllText(file)));

    // `aws pipes start-pipe --name x`, or a line of a block
    [GeneratedRegex(@"`aws\s[^`]+`|^aws\s.*$", RegexOptions.Multiline)]
    private static partial Regex Command { get; }

    // `aws pipes start-pipe --name x` [AWS], or a line that ends with   # AWS
    [GeneratedRegex(@"`(?<command>aws\s[^`]+)`\s\[(?<where>AWS(, LocalCloud)?)\]|^(?<command>aws\s.*?)\s+# (?<where>AWS(, LocalCloud)?)$", RegexOptions.Multiline)]
    private static partial Regex Marked { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace { get; }
}
