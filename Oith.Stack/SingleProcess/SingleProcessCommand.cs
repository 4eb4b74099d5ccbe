using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.LocalCloud.Durability;
using Oith.Stack.Population;
using Spectre.Console;

namespace Oith.Stack.SingleProcess;

/// <summary>The command line of the single process: <c>dotnet run --project Oith.AppHost -- --service-port 5081</c>.</summary>
public static class SingleProcessCommand
{
    private const int RedirectedWidth = 160;

    private static readonly Option<int> s_servicePort = new("--service-port")
    {
        Description = "Port of the matching service; 0 takes any free port.",
        DefaultValueFactory = _ => 5080,
    };

    private static readonly Option<int> s_port = new("--port")
    {
        Description = "Port of the AWS endpoint; 0 takes any free port.",
        DefaultValueFactory = _ => 4566,
    };

    private static readonly Option<int> s_redisPort = new("--redis-port")
    {
        Description = "Port of Redis; 0 takes any free port.",
        DefaultValueFactory = _ => 6379,
    };

    private static readonly Option<int> s_users = new("--users")
    {
        Description = "How many synthetic people are seeded.",
        DefaultValueFactory = _ => 10_000,
    };

    private static readonly Option<ulong> s_seed = new("--seed")
    {
        Description = "What the synthetic people are drawn from.",
        DefaultValueFactory = _ => SyntheticPopulation.DefaultSeed,
    };

    private static readonly Option<DirectoryInfo?> s_data = new("--data")
    {
        Description = "Folder that keeps queues, tables, executions and stacks over a restart; without it all is in memory.",
    };

    private static readonly Option<bool> s_repair = new("--repair")
    {
        Description = "Sets damaged journals of the data folder aside and keeps every record that reads, instead of refusing to start.",
    };

    private static readonly Option<double> s_clock = new("--cloudwatch-clock")
    {
        Description = "How much faster than the wall clock CloudWatch's clock runs: with 60 an alarm's minute takes a second.",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string> s_alertEmail = new("--alert-email")
    {
        Description = "Who gets the alarms' e-mails, which LocalCloud captures.",
        DefaultValueFactory = _ => "oncall@oith.example",
    };

    private static readonly Option<LogLevel> s_logLevel = new("--log-level")
    {
        Description = "Lowest level that is logged to the console.",
        DefaultValueFactory = _ => LogLevel.Warning,
    };

    // The option that changes a port, by the name that PortInUseException gives.
    private static readonly Dictionary<string, Option> s_portOptions = new()
    {
        [nameof(OithStackOptions.ServicePort)] = s_servicePort,
        [nameof(LocalCloudOptions.Port)] = s_port,
        [nameof(LocalCloudOptions.RedisPort)] = s_redisPort,
    };

    public static Task<int> RunAsync(string[] args)
    {
        var command = new RootCommand("Runs the whole of OITH in one process: LocalCloud, the stacks, the synthetic people and the matching service.")
        {
            s_servicePort, s_port, s_redisPort, s_users, s_seed, s_data, s_repair, s_clock, s_alertEmail, s_logLevel,
        };
        foreach (var port in new[] { s_servicePort, s_port, s_redisPort })
        {
            RequireRange(port, 0, 65535);
        }

        RequireRange(s_users, 0, 1_000_000);
        s_clock.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && double.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && value is not (> 0 and <= 3600))
            {
                result.AddError($"{s_clock.Name} is {result.Tokens[0].Value}; it must be above 0 and up to 3600.");
            }
        });
        command.SetAction(RunAsync);
        return command.Parse(args).InvokeAsync();
    }

    private static void RequireRange(Option<int> option, int low, int high) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out var value) && (value < low || value > high))
        {
            result.AddError($"{option.Name} is {value}; it must be from {low} to {high}.");
        }
    });

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var options = new OithStackOptions
        {
            ServicePort = arguments.GetValue(s_servicePort),
            Users = arguments.GetValue(s_users),
            Seed = arguments.GetValue(s_seed),
            LogLevel = arguments.GetValue(s_logLevel),
            Parameters = new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["infrastructure"] = new Dictionary<string, string> { ["AlertEmail"] = arguments.GetValue(s_alertEmail)! },
            },
            LocalCloud = new LocalCloudOptions
            {
                Port = arguments.GetValue(s_port),
                RedisPort = arguments.GetValue(s_redisPort),
                DataDirectory = arguments.GetValue(s_data)?.FullName,
                Repair = arguments.GetValue(s_repair),
                CloudWatchClockFactor = arguments.GetValue(s_clock),
            },
        };
        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            // A file has no width, and eighty columns would cut addresses in two.
            console.Profile.Width = RedirectedWidth;
        }

        try
        {
            var progress = new ImmediateProgress(resource => console.MarkupLineInterpolated(
                $"[green]ready[/] {resource.Name,-34} {resource.Address} [dim]{resource.Elapsed.TotalMilliseconds:F0} ms[/]"));
            await using var stack = await OithStack.StartAsync(options, progress, cancellationToken);
            ResourceTable.Write(console, stack, options, clock.Elapsed);
            await WaitForStopAsync(cancellationToken);
            console.WriteLine("Stopping…");
        }
        catch (PortInUseException error)
        {
            console.MarkupLineInterpolated(
                $"[red]{error.Resource} cannot listen on port {error.Port}: another process uses it.[/] Choose another with {s_portOptions[error.Option].Name}, or 0 for any free port.");
            return 1;
        }
        catch (DataDirectoryException error)
        {
            console.MarkupLineInterpolated($"[red]{error.Message}[/]");
            return 1;
        }
        catch (StackFailedException error)
        {
            console.MarkupLineInterpolated($"[red]{error.Message}[/]");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            console.WriteLine("Stopped before all was ready.");
            return 1;
        }

        console.WriteLine("Stopped.");
        return 0;
    }

    private static async Task WaitForStopAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(stopped.SetResult))
        {
            await stopped.Task;
        }
    }

    // Progress<T> reports on the thread pool, which would mix up the order of the lines.
    private sealed class ImmediateProgress(Action<StackResource> report) : IProgress<StackResource>
    {
        public void Report(StackResource value) => report(value);
    }
}
