using System.CommandLine;
using System.Globalization;
using Oith.Stack.Population;
using Oith.StressTest.Faults;
using Spectre.Console;

namespace Oith.StressTest.Load;

/// <summary>The verb <c>load</c>, which is also what the program does without one.</summary>
internal static class LoadCommand
{
    private const string Summary = """
        Puts the service under an open-loop load and holds what it measured against the targets; the exit code is 0 when all are met, 1 when not.

        Examples:
          load                                              the whole stack in this process, 100,000 people, the standard mix at 1,500 requests/s
          load --mix reads --rate 10000                     opening the app only
          load --mix async --rate 500                       queued requests, followed to their end
          load --mix next --rate 200 --users 25000          searches only: how many candidates a match looks at
          load --rate 300 --faults standard                 everything that can break, one after the other, and the invariants afterwards
          load --instances 2 --rate 100 --users 5000        two instances of the service; each decision is looked at on the other one at once
          load --saturation --mix standard                  the highest rate that meets the targets
          load --url http://localhost:5080 --aws http://localhost:4566 --users 10000 --rate 200 --report out
        """;

    private static readonly Option<string?> s_url = new("--url") { Description = "A service that runs already, with the people of Oith.AppHost in its table. Default: start the whole stack." };
    private static readonly Option<string?> s_aws = new("--aws") { Description = "With --url: the emulator's AWS endpoint behind it, to see queue depth, alarms and tables." };
    private static readonly Option<int> s_users = new("--users") { Description = "How many people.", DefaultValueFactory = _ => 100_000 };
    private static readonly Option<double> s_rate = new("--rate") { Description = "Requests a second.", DefaultValueFactory = _ => 1500 };
    private static readonly Option<TimeSpan> s_duration = new("--duration") { Description = "Seconds that are measured, or 2m, 1h; up to 10 seconds of warm-up come before.", CustomParser = Seconds.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(60) };
    private static readonly Option<string> s_mix = new("--mix") { Description = $"{string.Join(", ", Mix.Names)}, or weights: status=50,next=25,pass=25.", DefaultValueFactory = _ => "standard" };
    private static readonly Option<ulong> s_seed = new("--seed") { Description = "What people and arrivals are drawn from.", DefaultValueFactory = _ => SyntheticPopulation.DefaultSeed };
    private static readonly Option<string> s_profile = new("--profile") { Description = "standard and soak: a steady rate; ramp: from a tenth to the rate; spike: three times the rate for a fifth of the time.", DefaultValueFactory = _ => "standard" };
    private static readonly Option<string?> s_faults = new("--faults") { Description = $"standard, or some of {string.Join(", ", Fault.All.Select(fault => fault.Name))}, separated by commas: one after the other under the load, however long it takes." };
    private static readonly Option<int> s_instances = new("--instances") { Description = "Instances of the service, as processes of their own: what a user does goes to one after the other.", DefaultValueFactory = _ => 1 };
    private static readonly Option<DirectoryInfo?> s_report = new("--report") { Description = "Folder for report.json and report.html." };
    private static readonly Option<bool> s_saturation = new("--saturation") { Description = "Look for the highest rate that meets the targets, from --rate on, by runs of --duration." };
    private static readonly Option<int> s_maxInFlight = new("--max-in-flight") { Description = "Requests under way at once; more are not sent and count as errors.", DefaultValueFactory = _ => 1024 };
    private static readonly Option<TimeSpan> s_timeout = new("--timeout") { Description = "Seconds until a request without an answer counts as failed.", CustomParser = Seconds.Parse, DefaultValueFactory = _ => TimeSpan.FromSeconds(10) };

    static LoadCommand()
    {
        s_mix.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Mix.Parse(text, out var problem) is null)
            {
                result.AddError(problem!);
            }
        });
        s_faults.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && Fault.Parse(text, out var problem) is var faults)
            {
                if (faults is null)
                {
                    result.AddError(problem!);
                }
                else if (result.GetResult(s_url) is not null && (faults.Any(fault => fault.NeedsProcesses) || result.GetResult(s_aws) is null))
                {
                    result.AddError("With --url, faults need --aws, and service-killed, clock-jump and localcloud-killed need a stack that this tool starts.");
                }
            }
        });
        s_profile.AcceptOnlyFromAmong(LoadProfile.Names);
        RequirePositive(s_users, s_instances, s_maxInFlight);
        RequirePositive(s_rate);
        foreach (var option in new[] { s_url, s_aws })
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is [{ Value: var text }] && !(Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme.StartsWith("http", StringComparison.Ordinal)))
                {
                    result.AddError($"{result.Option.Name} takes an http address, not '{text}'.");
                }
            });
        }
    }

    public static Command Create()
    {
        var command = new Command("load", Summary);
        Attach(command);
        return command;
    }

    /// <summary>Gives the command the options of load, and what load does.</summary>
    public static void Attach(Command command)
    {
        foreach (var option in new Option[]
        {
            s_url, s_aws, s_users, s_rate, s_duration, s_mix, s_seed, s_profile, s_faults, s_instances, s_report, s_saturation, s_maxInFlight, s_timeout,
        })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(s_aws) is not null && result.GetResult(s_url) is null)
            {
                result.AddError("--aws is the endpoint behind --url; without --url the tool starts its own.");
            }

            if (result.GetResult(s_instances) is not null && result.GetResult(s_url) is not null)
            {
                result.AddError("--instances starts the instances itself: leave out --url.");
            }

            if (result.GetValue(s_saturation) && result.GetResult(s_faults) is not null)
            {
                result.AddError("--saturation looks for the rate of a sound service: leave out --faults.");
            }
        });
        command.SetAction((result, cancellationToken) =>
            new LoadProgram(Read(result), AnsiConsole.Console, TimeProvider.System).RunAsync(cancellationToken));
    }

    private static LoadOptions Read(ParseResult result) => new(
        Address(result.GetValue(s_url)),
        Address(result.GetValue(s_aws)),
        result.GetRequiredValue(s_users),
        result.GetRequiredValue(s_rate),
        result.GetRequiredValue(s_duration),
        Mix.Parse(result.GetRequiredValue(s_mix), out _)!,
        result.GetRequiredValue(s_seed),
        result.GetRequiredValue(s_profile),
        result.GetValue(s_faults) is { } faults ? Fault.Parse(faults, out _)! : [],
        result.GetRequiredValue(s_instances),
        result.GetValue(s_report),
        result.GetValue(s_saturation),
        result.GetRequiredValue(s_maxInFlight),
        result.GetRequiredValue(s_timeout));

    private static Uri? Address(string? text) => text is null ? null : new Uri(text);

    private static void RequirePositive<T>(params Option<T>[] options) where T : struct, IComparable<T>
    {
        foreach (var option in options)
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is [{ Value: var text }] && double.TryParse(text, CultureInfo.InvariantCulture, out var number) && !(number > 0))
                {
                    result.AddError($"{option.Name} must be more than 0, not {text}.");
                }
            });
        }
    }
}
