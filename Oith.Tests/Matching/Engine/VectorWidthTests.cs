using System.Diagnostics;

namespace Oith.Tests.Matching.Engine;

/// <summary>The same tests again in a process whose processor has fewer instructions: the narrower forms of the filter.</summary>
public sealed class VectorWidthTests
{
    private const string Again = "OITH_TESTS_VECTOR_WIDTH";

    [Theory]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Engine_Answers_As_The_Rules_When_The_Processor_Lacks(string instructions)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Again) is not null, "Already the narrower run.");
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            Environment = { [instructions] = "0", [Again] = "1" },
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(VectorWidthTests).Assembly.Location);
        }

        start.ArgumentList.Add("--filter-method");
        start.ArgumentList.Add($"{typeof(PackedCandidateIndexTests).FullName}.{nameof(PackedCandidateIndexTests.FindTop_Answers_As_The_Rules_When_People_Are_Odd)}");
        start.ArgumentList.Add($"{typeof(PackingTests).FullName}.{nameof(PackingTests.Interest_Points_Are_Exact_When_Any_Count_Meets_Any)}");

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("failed: 0", output, StringComparison.Ordinal);
    }
}
