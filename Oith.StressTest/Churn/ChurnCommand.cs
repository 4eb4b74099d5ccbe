using System.CommandLine;
using System.Globalization;
using Oith.StressTest.Stacks;
using Spectre.Console;

namespace Oith.StressTest.Churn;

/// <summary>The verb <c>churn</c>: what a LocalCloud keeps of resources that were created, used and deleted.</summary>
internal static class ChurnCommand
{
    /// <summary>Times the memory of a process that has just started.</summary>
    private const double MostKept = 1.5;

    public static Command Create()
    {
        var duration = new Option<int>("--duration") { Description = "Seconds of creating, using and deleting", DefaultValueFactory = _ => 180 };
        var rest = new Option<int>("--rest") { Description = "Seconds without a call afterwards", DefaultValueFactory = _ => 60 };
        var workers = new Option<int>("--workers") { Description = "How many do so at a time", DefaultValueFactory = _ => 4 };
        foreach (var option in (Option<int>[])[duration, rest, workers])
        {
            option.Validators.Add(result =>
            {
                if (result.GetValue(option) is < 1 or > 86_400)
                {
                    result.AddError($"{option.Name} must be from 1 to 86400.");
                }
            });
        }

        var command = new Command(
            "churn", "Creates, uses and deletes resources of LocalCloud for minutes, then measures the memory that it still holds.")
        {
            duration, rest, workers,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            TimeSpan.FromSeconds(result.GetValue(duration)),
            TimeSpan.FromSeconds(result.GetValue(rest)),
            result.GetValue(workers),
            cancellationToken));
        return command;
    }

    /// <returns>0 when the memory is within its bound.</returns>
    private static async Task<int> RunAsync(TimeSpan duration, TimeSpan rest, int workers, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        await using var cloud = await CloudProcess.StartAsync(time, cancellationToken);
        var start = cloud.Megabytes;
        AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"LocalCloud holds {start} MB. Churn for {duration.TotalSeconds} s…");
        using var endpoint = new AwsEndpoint(cloud.Endpoint, "churn");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(duration);
        var worked = await Task.WhenAll(Enumerable.Range(0, workers).Select(async worker =>
        {
            using var life = new ResourceLife(endpoint, cloud.Endpoint);
            var (round, highest) = (0, start);
            for (; !limit.IsCancellationRequested; round++)
            {
                // To its end also when the time is over: nothing is left that was not deleted.
                await life.LiveAsync(string.Create(CultureInfo.InvariantCulture, $"churn-{worker}-{round}"), cancellationToken);
                highest = Math.Max(highest, cloud.Megabytes);
            }

            return (Rounds: round, Most: highest);
        }));
        var (rounds, most) = (worked.Sum(one => one.Rounds), worked.Max(one => one.Most));
        var after = cloud.Megabytes;
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{rounds} rounds, {rounds * ResourceLife.Calls} calls; at most {most} MB, now {after} MB. Rest for {rest.TotalSeconds} s…");
        await Task.Delay(rest, time, cancellationToken);
        var kept = cloud.Megabytes;
        var factor = (double)kept / start;
        AnsiConsole.MarkupLineInterpolated(
            CultureInfo.InvariantCulture, $"{kept} MB, {factor:0.00} times the start (at most {MostKept} wanted).");
        return factor <= MostKept ? 0 : 1;
    }
}
