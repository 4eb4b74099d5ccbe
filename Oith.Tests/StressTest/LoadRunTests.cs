using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.StressTest.Faults;
using Oith.StressTest.Load;
using Oith.StressTest.Reporting;
using Oith.StressTest.Stacks;
using Oith.Tests.Fixtures;
using Spectre.Console;

namespace Oith.Tests.StressTest;

/// <summary>The tool itself, on a whole stack: little load, but everything that happens in a run.</summary>
[Collection(OithStackCollection.Name)]
public sealed partial class LoadRunTests(OithStackFixture fixture)
{
    [Fact]
    public async Task Run_Reports_A_Sound_Service_When_It_Is_One()
    {
        var report = await RunAsync("standard", rate: 40);

        Assert.Equal(0, report.Invariants!.Total);
        Assert.Equal(0, report.Figures.Errors);
        Assert.Equal(0, report.Run.Unanswered);
        // Connections and repeated requests are too rare in a run that short.
        Assert.All(
            report.Invariants.Checks.Where(check => !check.Invariant.Contains("mutual", StringComparison.Ordinal) && !check.Invariant.Contains("repeated", StringComparison.Ordinal)),
            check => Assert.True(check.Checked > 0, check.Invariant));
        Assert.InRange(report.Figures.Matches, 1, report.Figures.Offered);
        Assert.Contains(report.Targets, target => target is { Name: "Violated invariants", Met: true });
        Assert.Contains(report.Targets, target => target is { Name: Targets.Throughput, Met: null });
    }

    [Fact]
    public async Task Report_Is_One_Page_With_Plots_And_A_File_For_Machines()
    {
        var report = await RunAsync("reads", rate: 30) with { Faults = [new FaultWindow("redis-<slow>", "Late.", 1, 2, 3, null)] };
        var folder = Directory.CreateTempSubdirectory("oith-report-");
        try
        {
            await ReportFiles.WriteAsync(report, folder, TestContext.Current.CancellationToken);

            using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder.FullName, ReportFiles.Json), TestContext.Current.CancellationToken));
            Assert.Equal("reads", json.RootElement.GetProperty("run").GetProperty("mix").GetString());
            Assert.True(json.RootElement.GetProperty("figures").GetProperty("operations").TryGetProperty("status", out _));
            var html = await File.ReadAllTextAsync(Path.Combine(folder.FullName, ReportFiles.Html), TestContext.Current.CancellationToken);
            Assert.All(["src=", "href=", "<script", "@import", "url("], other => Assert.DoesNotContain(other, html, StringComparison.Ordinal));
            Assert.Contains("redis-&lt;slow&gt;", html, StringComparison.Ordinal);
            var plots = Svg().Matches(html).Select(match => XElement.Parse(match.Value)).ToArray();
            Assert.True(plots.Length >= 4);
            Assert.Contains(plots, plot => plot.Elements("polyline").Any(line => ((string)line.Attribute("points")!).Length > 10));
            Assert.Contains(plots, plot => plot.Elements("rect").Any(rect => (string?)rect.Attribute("class") == "shade"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<LoadReport> RunAsync(string mix, double rate)
    {
        await using var stack = new RemoteStack(fixture.Stack.Service, new AwsEndpoint(fixture.Stack.Endpoint, ResourceNames.Development));
        var options = new Oith.StressTest.Load.LoadOptions(
            fixture.Stack.Service, fixture.Stack.Endpoint, OithStackFixture.Users, rate, TimeSpan.FromSeconds(3), Mix.Parse(mix, out _)!, SyntheticPopulation.DefaultSeed,
            "standard", [], Instances: 1, Report: null, Saturation: false, MaxInFlight: 1000, Timeout: TimeSpan.FromSeconds(60));
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        return await new LoadRun(stack, options, new LoadView(console, TimeProvider.System), TimeProvider.System).RunAsync(rate, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("<svg .*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Svg();
}
