using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.Stack;
using Oith.Stack.SingleProcess;
using Oith.StressTest.Fuzz.Cloud;
using Spectre.Console;

namespace Oith.StressTest.Fuzz;

/// <summary>The verb <c>fuzz</c>: bad requests against the whole stack with authentication on, as many as wanted.</summary>
internal static class FuzzCommand
{
    private const string Service = "service";
    private const string LocalCloud = "localcloud";
    private const int Threads = 16;
    private const int Victims = 20;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var requests = new Option<long>("--requests") { Description = "How many.", DefaultValueFactory = _ => 1_000_000 };
        var seed = new Option<ulong>("--seed") { Description = "What they are drawn from.", DefaultValueFactory = _ => 2006 };
        var target = new Option<string>("--target")
        {
            Description = "service: bad requests to every route and to /events. localcloud: typed calls of every AWS operation that LocalCloud supports.",
            DefaultValueFactory = _ => Service,
        };
        target.AcceptOnlyFromAmong(Service, LocalCloud);
        var only = new Option<string?>("--only") { Description = "With localcloud: only operations whose name, as sqs:SendMessage, contains this." };
        var models = new Option<string?>("--models") { Description = "With localcloud: botocore's folder 'data'. Default: that of the installed python3." };
        var command = new Command(
            "fuzz", "Sends bad requests; the exit code is 0 when none was answered with a 500, with another user's data, too late, or ended the process.")
        {
            requests, seed, target, only, models,
        };
        command.SetAction((result, cancellationToken) => result.GetRequiredValue(target) == LocalCloud
            ? CloudFuzzCommand.RunAsync(
                result.GetRequiredValue(requests), result.GetRequiredValue(seed), result.GetValue(only), result.GetValue(models),
                AnsiConsole.Console, TimeProvider.System, cancellationToken)
            : RunAsync(result.GetRequiredValue(requests), result.GetRequiredValue(seed), AnsiConsole.Console, TimeProvider.System, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(long requests, ulong seed, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var issuer = await IdentityProvider.StartAsync(cancellationToken);
        await using var stack = await OithStack.StartAsync(
            new OithStackOptions
            {
                ServicePort = 0,
                Users = 0,
                LogLevel = LogLevel.Critical,
                LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0 },
                ServiceSettings = new Dictionary<string, string?>
                {
                    ["Authentication:Authority"] = issuer.Authority,
                    ["Authentication:RequireHttpsMetadata"] = "false",
                    // Or no bad event would be read.
                    [MatchingEnvironment.EventsSecret] = null,
                    // Or most requests would get no further than the limit.
                    ["MATCHING_RATE_LIMIT"] = "2000000000",
                },
            },
            progress: null,
            cancellationToken);
        using var http = new HttpClient { BaseAddress = stack.Service };
        await PutPeopleAsync(http, issuer, cancellationToken);

        var run = new FuzzRun(http, issuer.Token(BadInput.User, lifetime: TimeSpan.FromDays(1)));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = ShowAsync(run, requests, console, time, done.Token);
        var report = await run.RunAsync(requests, seed, Threads, cancellationToken);
        await done.CancelAsync();
        await showing;

        using var alive = await http.GetAsync(ServiceDefaults.Extensions.AlivePath, cancellationToken);
        foreach (var (status, count) in report.Statuses)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{status}: {count:N0}"));
        }

        foreach (var example in report.Examples)
        {
            console.WriteLine(example);
        }

        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Requests:N0} requests, {report.Failures:N0} failures, the service is {(alive.IsSuccessStatusCode ? "alive" : "gone")}."));
        return report.Failures == 0 && alive.IsSuccessStatusCode ? 0 : 1;
    }

    /// <summary>The fuzzing user and some victims with a secret each, who all fit each other.</summary>
    public static async Task PutPeopleAsync(HttpClient http, IdentityProvider issuer, CancellationToken cancellationToken)
    {
        foreach (var email in Enumerable.Range(0, Victims).Select(number => $"victim{number}@example.com").Append(BadInput.Victim).Append(BadInput.User))
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/profiles/{email}")
            {
                Content = JsonContent.Create(new JsonObject
                {
                    ["firstName"] = "Somebody",
                    ["gender"] = "woman",
                    ["age"] = 30,
                    ["coordinates"] = new JsonObject { ["lat"] = 40.7, ["lng"] = -74 },
                    // Neither is part of what a match is shown.
                    ["exercise"] = email == BadInput.User ? "often" : FuzzRun.Secret,
                    ["religion"] = email == BadInput.User ? "none" : FuzzRun.Secret,
                }),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", issuer.Token(email));
            using var response = await http.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
        }
    }

    private static async Task ShowAsync(FuzzRun run, long requests, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Done,12:N0} of {requests:N0}"));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // All are sent.
        }
    }
}
