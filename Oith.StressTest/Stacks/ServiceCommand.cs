using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Oith.Matching;

namespace Oith.StressTest.Stacks;

/// <summary>
/// The hidden verb <c>service</c>: the matching service as its own program runs it, except that its clock jumps when a line
/// <c>clock 00:05:00</c> on the standard input says so, and that it ends with whoever started it.
/// </summary>
internal static class ServiceCommand
{
    public const string Verb = "service";
    private const string Clock = "clock ";

    public static Command Create()
    {
        var command = new Command(Verb, "The matching service as a process of a load with faults.") { Hidden = true };
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    /// <summary>Sets the clock of the process that far from the true time.</summary>
    public static string SetClock(TimeSpan offset) => Clock + offset.ToString("c", CultureInfo.InvariantCulture);

    private static async Task RunAsync(CancellationToken cancellationToken)
    {
        var clock = new JumpingClock();
        await using var service = MatchingApplication.Build(configure: builder => builder.Services.AddSingleton<TimeProvider>(clock));
        await service.StartAsync(cancellationToken);
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(Clock, StringComparison.Ordinal))
            {
                clock.Offset = TimeSpan.Parse(line.AsSpan(Clock.Length), CultureInfo.InvariantCulture);
            }
        }

        await service.StopAsync(cancellationToken);
    }
}
