using Oith.StressTest.Load;

namespace Oith.Tests.StressTest;

/// <summary>What the verb <c>load</c> takes on the command line.</summary>
public sealed class LoadCommandTests
{
    [Theory]
    [InlineData("60", 60)]
    [InlineData("60s", 60)]
    [InlineData("1.5m", 90)]
    [InlineData("1h", 3600)]
    [InlineData("00:01:00", 60)]
    public void Duration_Is_Seconds_Or_Has_A_Unit(string text, int seconds)
    {
        var result = LoadCommand.Create().Parse(["--duration", text, "--timeout", text]);

        Assert.Empty(result.Errors);
        Assert.Equal(TimeSpan.FromSeconds(seconds), result.GetValue<TimeSpan>("--duration"));
        Assert.Equal(TimeSpan.FromSeconds(seconds), result.GetValue<TimeSpan>("--timeout"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-5s")]
    [InlineData("s")]
    [InlineData("60x")]
    [InlineData("1e9h")]
    [InlineData("00:00:00")]
    public void Duration_That_Is_None_Is_Named_With_What_Would_Be(string text)
    {
        var result = LoadCommand.Create().Parse([$"--duration={text}"]);

        Assert.Equal(
            $"--duration is '{text}'; it must be a number of seconds above 0, such as 60, 60s or 2m.", Assert.Single(result.Errors).Message);
    }
}
