using System.Globalization;
using System.Text.RegularExpressions;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>What can be said of the scripts without an endpoint. <see cref="DeploymentTests"/> runs them.</summary>
public sealed partial class DeployScriptTests
{
    private static readonly string s_bash = Path.Combine(RepositoryFiles.InfrastructureFolder, "deploy.sh");
    private static readonly string s_powerShell = Path.Combine(RepositoryFiles.InfrastructureFolder, "deploy.ps1");

    [Fact]
    public async Task Shell_Scripts_Are_Clean()
    {
        var shellcheck = ExternalTool.Find("shellcheck");
        Assert.SkipWhen(shellcheck is null, "shellcheck is not installed.");

        var result = await ExternalTool.RunAsync(shellcheck, [s_bash, Path.Combine(RepositoryFiles.InfrastructureFolder, "run.sh")]);

        Assert.Equal((0, ""), (result.ExitCode, result.Output + result.Error));
    }

    [Fact]
    public async Task PowerShell_Script_Has_No_Analyzer_Errors()
    {
        var pwsh = ExternalTool.Find("pwsh");
        Assert.SkipWhen(pwsh is null, "pwsh is not installed.");
        const string Analyze = "if (-not (Get-Module -ListAvailable PSScriptAnalyzer)) { exit 77 }; Invoke-ScriptAnalyzer -Path $env:SCRIPT -Severity Error,ParseError | Format-List";

        var result = await ExternalTool.RunAsync(pwsh, ["-NoProfile", "-Command", Analyze], new Dictionary<string, string?> { ["SCRIPT"] = s_powerShell });

        Assert.SkipWhen(result.ExitCode == 77, "PSScriptAnalyzer is not installed.");
        Assert.Equal((0, ""), (result.ExitCode, (result.Output + result.Error).Trim()));
    }

    [Fact]
    public void Both_Scripts_Say_The_Same()
    {
        var bash = Bash.Matches(File.ReadAllText(s_bash)).Select(m => m.Groups[1].Value.Replace("%s", "_", StringComparison.Ordinal));
        var powerShell = PowerShell.Matches(File.ReadAllText(s_powerShell)).Select(m => Placeholder.Replace(m.Groups[1].Value, "_"));

        Assert.Equal(Counted(bash), Counted(powerShell));

        // "_" alone passes a text on; how often a script does so is its own affair.
        static IEnumerable<string> Counted(IEnumerable<string> texts) => texts.Where(text => text.Any(char.IsLetter)).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Both_Scripts_Have_The_Same_Help() => Assert.Equal(
        Help(File.ReadAllText(s_bash), "<<'TEXT'\n", "\nTEXT"),
        Help(File.ReadAllText(s_powerShell), "$usage = @'\n", "\n'@").Replace("deploy.ps1", "deploy.sh", StringComparison.Ordinal));

    [Fact]
    public void Both_Scripts_Pass_The_Same_Parameters()
    {
        var bash = BashParameter.Matches(File.ReadAllText(s_bash)).Select(m => m.Groups[1].Value);
        var powerShell = PowerShellParameter.Matches(File.ReadAllText(s_powerShell)).Select(m => m.Groups[1].Value);

        Assert.Equal(bash, powerShell);
        Assert.Subset(Template.LoadAll().SelectMany(t => t.Parameters.Select(p => p.Key)).ToHashSet(), bash.ToHashSet());
    }

    [Theory]
    [InlineData("moon deploy", 1, "Unknown environment moon: development, staging or production.")]
    [InlineData("development fly", 1, "Unknown command fly: deploy, status or cleanup.")]
    [InlineData("development deploy now", 1, "Too many arguments: now. See --help.")]
    [InlineData("development deploy --soon", 1, "Unknown option --soon. See --help.")]
    [InlineData("development", 2, "Usage: deploy.sh <environment> deploy | status | cleanup  [options]")]
    public async Task Script_Says_What_Is_Wrong_With_Its_Arguments(string arguments, int exitCode, string message)
    {
        var result = await RunAsync(arguments);

        Assert.Equal((exitCode, message), (result.ExitCode, result.Error.Split('\n')[0]));
    }

    [Fact]
    public async Task Script_Says_So_When_The_CLI_Is_Missing()
    {
        var tools = Directory.CreateTempSubdirectory("oith-path-");
        try
        {
            foreach (var tool in new[] { "bash", "dirname", "mktemp", "rm", "cat" })
            {
                File.CreateSymbolicLink(Path.Combine(tools.FullName, tool), ExternalTool.Find(tool) ?? throw new InvalidOperationException(tool));
            }

            var result = await RunAsync("development status", new() { ["PATH"] = tools.FullName });

            Assert.Equal(1, result.ExitCode);
            Assert.StartsWith("The AWS CLI is not installed.", result.Error, StringComparison.Ordinal);
        }
        finally
        {
            tools.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired", "The session token has expired.")]
    [InlineData("Unable to locate credentials. You can configure credentials by running \"aws configure\".", "There are no credentials.")]
    [InlineData("An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.", "AWS does not accept the credentials.")]
    [InlineData("Could not connect to the endpoint URL: \"http://127.0.0.1:1/\"", "Nothing answers at http://127.0.0.1:1.")]
    public async Task Script_Explains_A_Refusal(string refusal, string explanation)
    {
        using var cli = new FakeCli($"printf '%s\\n' '{refusal}' >&2; exit 254");

        var result = await RunAsync("development status", new() { ["PATH"] = cli.Path, ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1" });

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith(explanation, result.Error, StringComparison.Ordinal);
        Assert.Contains(refusal, result.Error, StringComparison.Ordinal);
    }

    /// <summary>The prototype's script went on after an update that failed.</summary>
    [Fact]
    public async Task Script_Fails_When_A_Call_In_The_Middle_Fails()
    {
        using var cli = new FakeCli("""
            case "$*" in
              *get-caller-identity*) printf '123456789012\tarn:aws:iam::123456789012:user/a\n' ;;
              *describe-stacks*'--stack-name oith-development-data'*) printf 'StackStatus\tUPDATE_COMPLETE\nEnvironment\tdevelopment\n' ;;
              *describe-stacks*) echo 'Stack does not exist' >&2; exit 254 ;;
              *describe-vpcs*) echo vpc-1 ;;
              *describe-subnets*VpcId*) echo vpc-1 ;;
              *describe-subnets*--filters*) printf 'us-east-1a\tsubnet-1\nus-east-1b\tsubnet-2\n' ;;
              *describe-subnets*) printf 'us-east-1a\nus-east-1b\n' ;;
              *describe-change-set*) printf 'Status\tCREATE_COMPLETE\nReason\tNone\nModify\tAWS::DynamoDB::Table\tUsersTable\tFalse\n' ;;
              *execute-change-set*) echo 'An error occurred (InternalFailure) when calling ExecuteChangeSet' >&2; exit 254 ;;
            esac
            """);

        var result = await RunAsync("development deploy", new() { ["PATH"] = cli.Path });

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("  Modify AWS::DynamoDB::Table UsersTable\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("oith-development-infrastructure:", result.Output, StringComparison.Ordinal);
        Assert.Contains("InternalFailure", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("subnet-1,subnet-2", "us-east-1a\\nus-east-1a\\n", "The subnets subnet-1,subnet-2 share availability zones (1 for 2 subnets); each must be in another one.")]
    [InlineData("subnet-1", "us-east-1a\\n", "Two or three subnets are needed, these are 1: subnet-1.")]
    public async Task Script_Refuses_Subnets_That_Cannot_Carry_The_Caches(string subnets, string zones, string message)
    {
        using var cli = new FakeCli($$"""
            case "$*" in
              *get-caller-identity*) printf '123456789012\tarn:aws:iam::123456789012:user/a\n' ;;
              *describe-stacks*) echo 'Stack does not exist' >&2; exit 254 ;;
              *describe-subnets*VpcId*) echo vpc-1 ;;
              *describe-subnets*) printf '{{zones}}' ;;
            esac
            """);

        var result = await RunAsync("development deploy", new() { ["PATH"] = cli.Path, ["SUBNET_IDS"] = subnets });

        Assert.Equal((1, message), (result.ExitCode, result.Error.Trim()));
    }

    [Fact]
    public async Task Script_Prints_The_Costs_That_The_Readme_Shows()
    {
        var result = await RunAsync("--cost");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(result.Output.Trim().Split('\n')[^1], RepositoryFiles.Read("infrastructure", "README.md"), StringComparison.Ordinal);
        var table = result.Output.Split('\n').Where(line => line.StartsWith('|')).ToList();
        Assert.All(table, line => Assert.Contains(line, RepositoryFiles.Read("infrastructure", "README.md"), StringComparison.Ordinal));
    }

    /// <summary>The table of prices counts what the templates create.</summary>
    [Theory]
    [InlineData("development", 3)]
    [InlineData("staging", 4)]
    [InlineData("production", 5)]
    public void Prices_Count_What_The_Templates_Create(string environment, int column)
    {
        var quantities = RepositoryFiles.Read("infrastructure", "prices.csv").Split('\n')
            .Where(line => line.Length > 0 && !line.StartsWith('#')).Skip(1).Select(line => line.Split(','))
            .ToDictionary(cells => cells[0], cells => double.Parse(cells[column], CultureInfo.InvariantCulture));
        var infrastructure = ResolvedTemplate.Load("infrastructure", environment);
        var redis = infrastructure.OfType("AWS::ElastiCache::ReplicationGroup").Single().Properties;
        var dax = infrastructure.OfType("AWS::DAX::Cluster").Single().Properties;

        Assert.Equal(730 * (int)redis["NumCacheClusters"]!, quantities[$"ElastiCache {redis["CacheNodeType"]}"]);
        Assert.Equal(730 * (int)dax["ReplicationFactor"]!, quantities[$"DAX {dax["NodeType"]}"]);
        Assert.Equal(Oith.ServiceDefaults.Alarms.AlarmCatalog.For(environment).Sum(alarm => alarm.Metrics.Count), quantities["CloudWatch alarm metrics"]);
    }

    [GeneratedRegex("""(?m)(?:^|[ ;(])(?:say|fail|confirm) ['"]([^'"]*)['"]""")]
    private static partial Regex Bash { get; }

    [GeneratedRegex("""(?m)(?:^|[ ;(])(?:Say|Warn|Fail|Confirm-Action) '([^']*)'""")]
    private static partial Regex PowerShell { get; }

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder { get; }

    [GeneratedRegex(@"(?m)^ +(?:parameter|optional) (\w+) ")]
    private static partial Regex BashParameter { get; }

    [GeneratedRegex(@"(?m)^ +Add-(?:Parameter|Optional) '(\w+)' ")]
    private static partial Regex PowerShellParameter { get; }

    private static string Help(string script, string start, string end)
    {
        var from = script.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return script[from..script.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static Task<ToolResult> RunAsync(string arguments, Dictionary<string, string?>? environment = null)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || ExternalTool.Find("bash") is null, "There is no bash.");
        return ExternalTool.RunAsync(ExternalTool.Find("bash")!, [s_bash, .. arguments.Split(' ')], environment);
    }

    /// <summary>An aws that answers as its shell lines say, in front of the PATH.</summary>
    private sealed class FakeCli : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-cli-");

        public FakeCli(string lines)
        {
            Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no bash.");
            var file = System.IO.Path.Combine(_folder.FullName, "aws");
            File.WriteAllText(file, $"#!/bin/sh\n{lines}\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }
        }

        public string Path => $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
