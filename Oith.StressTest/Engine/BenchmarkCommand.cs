using System.CommandLine;
using BenchmarkDotNet.Running;

namespace Oith.StressTest.Engine;

/// <summary>The verb <c>bench</c>: BenchmarkDotNet over the engine; what follows goes to BenchmarkDotNet, such as <c>--filter *Match*</c>.</summary>
internal static class BenchmarkCommand
{
    public static Command Create()
    {
        var command = new Command("bench", "Runs the micro-benchmarks; takes the arguments of BenchmarkDotNet.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(result =>
        {
            // In this process: the other way builds a project of its own, from the folder of this one only.
            string[] arguments = result.UnmatchedTokens.Count == 0 ? ["--filter", "*"] : [.. result.UnmatchedTokens];
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommand).Assembly).Run([.. arguments, "--inProcess"]);
            return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
        });
        return command;
    }
}
