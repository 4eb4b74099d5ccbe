using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using Oith.Stack.Population;
using Oith.Stack.SingleProcess;
using Oith.StressTest.Stacks;
using Spectre.Console;

namespace Oith.StressTest.ColdStart;

/// <summary>The verb <c>cold-start</c>: how long a new instance of the function takes until it is ready, and to its first match.</summary>
internal static class ColdStartCommand
{
    public static Command Create()
    {
        var packages = new Argument<string[]>("package")
        {
            Description =
                "The service's zip (matching-service.zip), or a folder of what 'dotnet publish' wrote. Several are compared.",
            Arity = ArgumentArity.OneOrMore,
        };
        var rounds = new Option<int>("--rounds") { Description = "How often each package is started", DefaultValueFactory = _ => 10 };
        var users = new Option<int>("--users") { Description = "How many synthetic users there are", DefaultValueFactory = _ => 10_000 };
        var variables = new Option<string[]>("--set")
        {
            Description = "A variable of the last package's environment: DOTNET_TieredPGO=0",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command(
            "cold-start", "Starts the published service as Lambda does: run.sh, the adapter's readiness polls, then a first match.")
        {
            packages, rounds, users, variables,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(packages),
            result.GetValue(rounds),
            result.GetValue(users),
            (result.GetValue(variables) ?? []).Select(text => text.Split('=', 2)).ToDictionary(pair => pair[0], string? (pair) => pair[^1]),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] packages, int rounds, int users, Dictionary<string, string?> variables, CancellationToken cancellationToken)
    {
        if (packages.FirstOrDefault(package => !File.Exists(package) && !Directory.Exists(package)) is { } missing)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{missing} is not there. deploy.sh and 'aspire publish' write the service's zip.[/]");
            return 2;
        }

        if (OperatingSystem.IsWindows())
        {
            AnsiConsole.MarkupLine("[red]The zip's run.sh needs a POSIX shell.[/]");
            return 2;
        }

        var extracted = Directory.CreateTempSubdirectory("oith-cold-start-");
        try
        {
            List<string> folders =
            [
                .. packages.Select((package, i) =>
                    Extract(package, Path.Combine(extracted.FullName, i.ToString(CultureInfo.InvariantCulture)))),
            ];
            await using var stack = await InProcessStack.StartAsync(
                users, SyntheticPopulation.DefaultSeed, new Progress<StackResource>(), cancellationToken);
            var starts = folders.Select(_ => new List<ColdStartTimes>()).ToList();
            // One round for the page cache, then in turn, so that what else the machine does hits all alike.
            for (var round = -1; round < rounds; round++)
            {
                for (var i = 0; i < folders.Count; i++)
                {
                    var settings = new Dictionary<string, string?>(stack.ServiceSettings);
                    foreach (var (name, value) in i == folders.Count - 1 ? variables : [])
                    {
                        settings[name] = value;
                    }

                    var user = SyntheticPopulation.EmailOf(1 + (((round + 1) * folders.Count) + i) % users);
                    var times = await FunctionInstance.MeasureAsync(folders[i], settings, user, TimeProvider.System, cancellationToken);
                    if (round >= 0)
                    {
                        starts[i].Add(times);
                    }
                }
            }

            Show(packages, starts);
            return 0;
        }
        finally
        {
            extracted.Delete(recursive: true);
        }
    }

    private static string Extract(string package, string folder)
    {
        if (Directory.Exists(package))
        {
            return Path.GetFullPath(package);
        }

        // With the zip's own permissions, as Lambda unpacks it.
        ZipFile.ExtractToDirectory(package, folder);
        return folder;
    }

    private static void Show(string[] packages, List<List<ColdStartTimes>> starts)
    {
        var table = new Table().AddColumns("Package", "/alive, s", "first match, s", "of the first", "processor, s", "memory, MB");
        var first = starts[0].Select(start => start.FirstMatch.TotalSeconds).ToList();
        foreach (var (package, times) in packages.Zip(starts))
        {
            var match = times.Select(start => start.FirstMatch.TotalSeconds).ToList();
            table.AddRow(
                Markup.Escape(package),
                Shown(times.Select(start => start.Alive.TotalSeconds)),
                Shown(match),
                (Median(match) / Median(first)).ToString("0.00", CultureInfo.InvariantCulture),
                Shown(times.Select(start => start.Processor.TotalSeconds)),
                Median(times.Select(start => (double)start.Megabytes)).ToString("0", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"Medians of {starts[0].Count} starts each, with the fastest and the slowest; interleaved.");

        static string Shown(IEnumerable<double> values)
        {
            var list = values.ToList();
            return string.Create(CultureInfo.InvariantCulture, $"{Median(list):0.00} ({list.Min():0.00} to {list.Max():0.00})");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
