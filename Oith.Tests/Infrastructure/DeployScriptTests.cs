using System.Globalization;
using System.Text.RegularExpressions;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

/// <summary>What can be said of the scripts without an endpoint. <see cref="DeploymentTests"/> runs them.</summary>
public sealed partial class DeployScriptTests
{
    private static readonly string s_bash = DeployScript.PathOf(DeployScript.Bash);
    private static readonly string s_powerShell = DeployScript.PathOf(DeployScript.PowerShell);

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

    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Says_What_Is_Wrong_With_Its_Arguments(string script)
    {
        (string Arguments, int ExitCode, string Message)[] cases =
        [
            ("moon deploy", 1, "Unknown environment moon: development, staging or production."),
            ("development fly", 1, "Unknown command fly: deploy, status or cleanup."),
            ("development deploy now", 1, "Too many arguments: now. See --help."),
            ("development deploy --soon", 1, "Unknown option --soon. See --help."),
            ("development", 2, $"Usage: {script} <environment> deploy | status | cleanup  [options]"),
        ];
        foreach (var (arguments, exitCode, message) in cases)
        {
            var result = await DeployScript.RunAsync(script, arguments);

            Assert.Equal((arguments, exitCode, message), (arguments, result.ExitCode, result.Error.Split('\n')[0].TrimEnd()));
        }
    }

    /// <summary>Values that would become further arguments of the AWS CLI, or that CloudFormation would refuse after some stacks.</summary>
    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Refuses_A_Variable_Before_It_Calls_Aws(string script)
    {
        using var cli = new FakeCli("echo called >&2; exit 99");
        (string Variable, string Value, string Message)[] cases =
        [
            ("SUBNET_IDS", "subnet-1,subnet-2 --debug", "SUBNET_IDS is subnet-1,subnet-2--debug; it must be ids of subnets, subnet-…, separated by commas."),
            ("SUBNET_IDS", "subnet-1,,subnet-2", "SUBNET_IDS is subnet-1,,subnet-2; it must be ids of subnets, subnet-…, separated by commas."),
            ("VPC_ID", "vpc-1,vpc-2", "VPC_ID is vpc-1,vpc-2; it must be the id of a VPC, vpc-…."),
            ("NETWORK_EGRESS", "none", "NETWORK_EGRESS is none; it must be nat or endpoints."),
            ("ROUTE_TABLE_IDS", "vpc-1", "ROUTE_TABLE_IDS is vpc-1; it must be ids of route tables, rtb-…, separated by commas."),
            ("ALERT_EMAIL", "ops", "ALERT_EMAIL is ops; it must be an e-mail address."),
            ("KMS_KEY_ARN", "alias/oith", "KMS_KEY_ARN is alias/oith; it must be the ARN of a KMS key."),
            ("AUTHENTICATION_AUTHORITY", "http://issuer.example", "AUTHENTICATION_AUTHORITY is http://issuer.example; it must be the https URL of an issuer."),
            ("SECRETS_EXTENSION_LAYER_ARN", "layer", "SECRETS_EXTENSION_LAYER_ARN is layer; it must be the ARN of a layer version."),
            ("DIRECT_MATCHING_THRESHOLD", "many", "DIRECT_MATCHING_THRESHOLD is many; it must be a number."),
            ("ARCHITECTURE", "ARM64", "ARCHITECTURE is ARM64; it must be x86_64 or arm64."),
            ("USE_DAX", "no", "USE_DAX is no; it must be true or false."),
            ("SERVICE_ZIP", "/nowhere/service.zip", "SERVICE_ZIP names /nowhere/service.zip, which is not there."),
            ("AWS_REGION", "moon", "AWS_REGION is moon; it must be a region such as us-east-1."),
            ("AWS_ENDPOINT_URL", "localhost:4566", "AWS_ENDPOINT_URL is localhost:4566; it must be a URL."),
        ];
        foreach (var (variable, value, message) in cases)
        {
            var result = await DeployScript.RunAsync(script, "development deploy", new Dictionary<string, string?> { ["PATH"] = cli.Path, ["AWS_REGION"] = "us-east-1", [variable] = value });

            Assert.Equal((1, message), (result.ExitCode, result.Error.Trim()));
        }
    }

    [Fact]
    public async Task Script_Says_So_When_The_CLI_Is_Missing()
    {
        var tools = Directory.CreateTempSubdirectory("oith-path-");
        try
        {
            // pwsh, installed as a tool of .NET, is started by dotnet.
            foreach (var tool in new[] { "bash", "dirname", "mktemp", "rm", "cat", "dotnet" })
            {
                File.CreateSymbolicLink(Path.Combine(tools.FullName, tool), ExternalTool.Find(tool) ?? throw new InvalidOperationException(tool));
            }

            foreach (var script in new[] { DeployScript.Bash, DeployScript.PowerShell }.Where(script => script == DeployScript.Bash || ExternalTool.Find("pwsh") is not null))
            {
                var result = await DeployScript.RunAsync(script, "development status", new Dictionary<string, string?> { ["PATH"] = tools.FullName });

                Assert.Equal((script, 1), (script, result.ExitCode));
                Assert.StartsWith("The AWS CLI is not installed.", result.Error, StringComparison.Ordinal);
            }
        }
        finally
        {
            tools.Delete(recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Explains_A_Refusal(string script)
    {
        (string Refusal, string Explanation)[] cases =
        [
            ("An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired", "The session token has expired."),
            ("Unable to locate credentials. You can configure credentials by running \"aws configure\".", "There are no credentials."),
            ("An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.", "AWS does not accept the credentials."),
            ("Could not connect to the endpoint URL: \"http://127.0.0.1:1/\"", "Nothing answers at http://127.0.0.1:1. Check AWS_ENDPOINT_URL and AWS_REGION."),
        ];
        foreach (var (refusal, explanation) in cases)
        {
            using var cli = new FakeCli(FakeCli.Refusal("*get-caller-identity*", refusal));

            var result = await DeployScript.RunAsync(
                script, "development status", new Dictionary<string, string?> { ["PATH"] = cli.Path, ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1", ["AWS_REGION"] = "us-east-1" });

            Assert.Equal(1, result.ExitCode);
            Assert.StartsWith(explanation, result.Error, StringComparison.Ordinal);
            Assert.Contains(refusal, result.Error, StringComparison.Ordinal);
        }
    }

    /// <summary>STS answers everywhere, so an unknown region was noticed by the first stack.</summary>
    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Notices_An_Unknown_Region_At_Once(string script)
    {
        const string Refused = "Could not connect to the endpoint URL: \"https://ec2.xx-moon-1.amazonaws.com/\"";
        using var cli = new FakeCli([s_identity, FakeCli.Refusal("*describe-availability-zones*", Refused), ("*", "unexpected", "\"unexpected\"")]);

        var result = await DeployScript.RunAsync(
            script, "development deploy", new Dictionary<string, string?> { ["PATH"] = cli.Path, ["AWS_REGION"] = "xx-moon-1", ["AWS_ENDPOINT_URL"] = null });

        Assert.Equal((1, $"Nothing answers at the endpoint of AWS in xx-moon-1. Check AWS_ENDPOINT_URL and AWS_REGION.\n{Refused}\n"), (result.ExitCode, result.Error));
        Assert.Equal("", result.Output);
    }

    /// <summary>The prototype's script went on after an update that failed.</summary>
    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Fails_When_A_Call_In_The_Middle_Fails(string script)
    {
        using var cli = new FakeCli(
        [
            .. s_dataStack,
            ("*describe-change-set*", @"Status\tCREATE_COMPLETE\nReason\tNone\nModify\tAWS::DynamoDB::Table\tUsersTable\tFalse\n", Planned("""{"Action":"Modify","ResourceType":"AWS::DynamoDB::Table","LogicalResourceId":"UsersTable","Replacement":"False"}""")),
            FakeCli.Refusal("*execute-change-set*", "An error occurred (InternalFailure) when calling ExecuteChangeSet"),
        ]);

        var result = await RunDataStackAsync(script, "development deploy", cli);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("  Modify AWS::DynamoDB::Table UsersTable\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("oith-development-infrastructure:", result.Output, StringComparison.Ordinal);
        Assert.Contains("InternalFailure", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Says_So_When_Only_Tags_Change(string script)
    {
        using var cli = new FakeCli([.. s_dataStack, ("*describe-change-set*", @"Status\tCREATE_COMPLETE\nReason\tNone\n", Planned(""))]);

        var result = await RunDataStackAsync(script, "development deploy --dry-run", cli);

        Assert.Contains("Stack oith-development-data: UPDATE_COMPLETE\n  No resource changes, only the tags or parameters of the stack.\n", result.Output, StringComparison.Ordinal);
    }

    /// <summary>deploy.ps1 ended with exit code 0, and neither script said how far it had come.</summary>
    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Says_How_Far_It_Came_When_It_Is_Interrupted(string script)
    {
        var mark = Path.Combine(Path.GetTempPath(), $"oith-interrupted-{Guid.NewGuid():N}");
        using var cli = new FakeCli($$"""
            json=; case "$*" in *'--output json'*) json=1 ;; esac
            case "$*" in
              *get-caller-identity*) [ $json ] && echo '{"Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/a"}' || printf '123456789012\tarn:aws:iam::123456789012:user/a\n' ;;
              *execute-change-set*) echo $PPID > {{mark}}.new; mv {{mark}}.new {{mark}} ;;
              *describe-stack-events*) [ $json ] && echo '[]' ;;
              *describe-stacks*Stacks*StackStatus\'*|*describe-stacks*'Stacks[0].StackStatus') [ $json ] && echo '"UPDATE_IN_PROGRESS"' || echo UPDATE_IN_PROGRESS ;;
              *describe-stacks*oith-development-data*) [ $json ] && echo '{"Status":"UPDATE_COMPLETE","Parameters":[]}' || printf 'StackStatus\tUPDATE_COMPLETE\n' ;;
              *describe-stacks*) echo 'Stack does not exist' >&2; exit 254 ;;
              *describe-vpcs*) [ $json ] && echo '["vpc-1"]' || echo vpc-1 ;;
              *describe-subnets*MapPublicIpOnLaunch*) [ $json ] && echo '[{"Zone":"a","Id":"subnet-1"},{"Zone":"b","Id":"subnet-2"}]' || printf 'a\tsubnet-1\nb\tsubnet-2\n' ;;
              *describe-subnets*) [ $json ] && echo '[{"Id":"subnet-1","Vpc":"vpc-1","Zone":"a"},{"Id":"subnet-2","Vpc":"vpc-1","Zone":"b"}]' || printf 'subnet-1\tvpc-1\ta\nsubnet-2\tvpc-1\tb\n' ;;
              *describe-change-set*) [ $json ] && echo '{"Status":"CREATE_COMPLETE","Reason":null,"Changes":[]}' || printf 'Status\tCREATE_COMPLETE\nReason\tNone\n' ;;
            esac
            exit 0
            """);
        using var folder = new FileSystemWatcher(Path.GetTempPath(), Path.GetFileName(mark));
        var executed = new TaskCompletionSource();
        folder.Renamed += (_, _) => executed.TrySetResult();
        folder.EnableRaisingEvents = true;

        var result = await RunDataStackAsync(script, "development deploy", cli, async () =>
        {
            await executed.Task.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, TestContext.Current.CancellationToken);
            // The shell that called aws: the process that was started may only have started it.
            await ExternalTool.RunAsync("kill", ["-INT", (await File.ReadAllTextAsync(mark, TestContext.Current.CancellationToken)).Trim()]);
        });

        File.Delete(mark);
        Assert.Equal(130, result.ExitCode);
        Assert.EndsWith(
            "\nInterrupted.\nUnder way, and AWS finishes it: oith-development-data\nWhat is done stays. Repeat the command to do the rest.\n", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(DeployScript.Names), MemberType = typeof(DeployScript))]
    public async Task Script_Prints_The_Costs_That_The_Readme_Shows(string script)
    {
        var result = await DeployScript.RunAsync(script, "--cost");

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

    private static string Help(string script, string start, string end)
    {
        var from = script.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return script[from..script.IndexOf(end, from, StringComparison.Ordinal)];
    }

    // One stack, data, which is there; a network of two subnets; and a zip, so that nothing is built.
    private static readonly (string Pattern, string Text, string Json) s_identity =
        ("*get-caller-identity*", @"123456789012\tarn:aws:iam::123456789012:user/a\n", """{"Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/a"}""");

    private static readonly (string Pattern, string Text, string Json)[] s_dataStack =
    [
        s_identity,
        ("*describe-stacks*oith-development-data*", @"StackStatus\tUPDATE_COMPLETE\nEnvironment\tdevelopment\n", """{"Status":"UPDATE_COMPLETE","Parameters":[{"Key":"Environment","Value":"development"}]}"""),
        FakeCli.Refusal("*describe-stacks*", "Stack does not exist"),
        ("*describe-vpcs*", "vpc-1", """["vpc-1"]"""),
        ("*describe-subnets*MapPublicIpOnLaunch*", @"a\tsubnet-1\nb\tsubnet-2\n", """[{"Zone":"a","Id":"subnet-1"},{"Zone":"b","Id":"subnet-2"}]"""),
        ("*describe-subnets*", @"subnet-1\tvpc-1\ta\nsubnet-2\tvpc-1\tb\n", """[{"Id":"subnet-1","Vpc":"vpc-1","Zone":"a"},{"Id":"subnet-2","Vpc":"vpc-1","Zone":"b"}]"""),
    ];

    private static string Planned(string changes) => $$"""{"Status":"CREATE_COMPLETE","Reason":null,"Changes":[{{changes}}]}""";

    private static async Task<ToolResult> RunDataStackAsync(string script, string arguments, FakeCli cli, Func<Task>? meanwhile = null)
    {
        var zip = Path.Combine(cli.Folder, "service.zip");
        await File.WriteAllTextAsync(zip, "a zip", TestContext.Current.CancellationToken);
        return await DeployScript.RunAsync(
            script,
            arguments,
            new Dictionary<string, string?> { ["PATH"] = cli.Path, ["AWS_REGION"] = "us-east-1", ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1", ["SERVICE_ZIP"] = zip },
            meanwhile: meanwhile);
    }
}
