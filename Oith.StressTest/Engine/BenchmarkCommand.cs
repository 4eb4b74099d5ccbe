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
            BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommand).Assembly).Run([.. result.UnmatchedTokens]);
            return 0;
        });
        return command;
    }
}
