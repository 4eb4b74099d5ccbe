using Oith.Stack.Population;
using Oith.StressTest.Invariants;
using Oith.StressTest.Load;
using Oith.StressTest.Reporting;
using Oith.StressTest.Stacks;
using Spectre.Console;

namespace Oith.Tests.StressTest;

public sealed class TwoInstanceLoadTests
{
    [Fact]
    public async Task Invariants_Hold_When_Each_Decision_Is_Looked_At_On_The_Other_Instance()
    {
        const int Users = 600;
        var token = TestContext.Current.CancellationToken;
        await using var stack = await ProcessStack.StartAsync(Users, SyntheticPopulation.DefaultSeed, instances: 2, progress: null, TimeProvider.System, token);
        var options = new Oith.StressTest.Load.LoadOptions(
            Url: null, Aws: null, Users, Rate: 20, TimeSpan.FromSeconds(5), Mix.Parse("next=30,accept=40,pass=20,block=10", out _)!, SyntheticPopulation.DefaultSeed,
            "standard", [], Instances: 2, Report: null, Saturation: false, MaxInFlight: 1000, Timeout: TimeSpan.FromSeconds(60));
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });

        var report = await new LoadRun(stack, options, new LoadView(console, TimeProvider.System), TimeProvider.System).RunAsync(options.Rate, token);

        Assert.Equal(2, stack.Services.Count);
        Assert.True(report.Invariants!.Total == 0, string.Join('\n', report.Invariants.Checks.SelectMany(check => check.Examples)));
        Assert.All(
            report.Invariants.Checks.Where(check => check.Invariant is InvariantChecker.NeverAgain or InvariantChecker.SeenAtOnce),
            check => Assert.True(check.Checked > 0, check.Invariant));
    }
}
