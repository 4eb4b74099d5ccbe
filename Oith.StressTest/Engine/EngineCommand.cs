using System.CommandLine;
using Oith.Stack.Population;

namespace Oith.StressTest.Engine;

/// <summary>The verb <c>engine</c>: matches from a synthetic population, held against the plain reference in the same run.</summary>
internal static class EngineCommand
{
    public static Command Create()
    {
        var users = new Option<string>("--users") { Description = "Sizes of the population, separated by commas.", DefaultValueFactory = _ => "25000,100000,1000000" };
        var threads = new Option<string>("--threads") { Description = "Numbers of searching threads, separated by commas.", DefaultValueFactory = _ => "1,2" };
        var spread = new Option<bool>("--spread") { Description = "People live Gaussian, about 20 miles around each city, instead of within 10." };
        var seconds = new Option<double>("--seconds") { Description = "How long each figure is measured, three times over; the best counts.", DefaultValueFactory = _ => 1 };
        var json = new Option<FileInfo?>("--json") { Description = "Where the results are written." };
        var command = new Command("engine", "Measures the matching engine.") { users, threads, spread, seconds, json };
        command.SetAction((result, cancellationToken) => EngineRun.RunAsync(
            new EngineRunOptions(
                Numbers(result.GetRequiredValue(users)),
                Numbers(result.GetRequiredValue(threads)),
                result.GetValue(spread) ? CitySpread.Gaussian : CitySpread.Disc,
                TimeSpan.FromSeconds(result.GetRequiredValue(seconds)),
                result.GetValue(json)),
            cancellationToken));
        foreach (var option in new[] { users, threads })
        {
            option.Validators.Add(value =>
            {
                if (value.Tokens is [{ Value: var text }] && !text.Split(',').All(number => int.TryParse(number, out var parsed) && parsed > 0))
                {
                    value.AddError($"{value.Option.Name} takes whole numbers separated by commas, not '{text}'.");
                }
            });
        }

        return command;
    }

    private static int[] Numbers(string text) => [.. text.Split(',').Select(int.Parse)];
}

/// <param name="Round">How long each figure is measured, three times over.</param>
internal sealed record EngineRunOptions(int[] Users, int[] Threads, CitySpread Spread, TimeSpan Round, FileInfo? Json);
