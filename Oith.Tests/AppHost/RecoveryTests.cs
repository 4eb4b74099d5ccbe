using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Aspire;
using Oith.Tests.Matching;

namespace Oith.Tests.AppHost;

/// <summary>Processes that die while all runs, and come back by the dashboard's start command.</summary>
public sealed class RecoveryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_LocalCloud_Has_Its_Stacks_And_Users_Again_And_The_Service_Answers()
    {
        SkipWithoutOrchestrator();
        await using var host = await RunningAppHost.StartAsync("--users", "200");
        var (user, _) = await FindMatchAsync(host);

        await KillAsync(host, ResourceNames.LocalCloud);

        await host.WaitAsync("data-stack", KnownResourceStates.Waiting);
        await host.WaitAsync(ResourceNames.Redis, snapshot => snapshot.State?.Text != KnownResourceStates.Running);
        await host.WaitAsync(ResourceNames.Alarms, snapshot => snapshot.State?.Text != KnownResourceStates.Running);
        await StartAsync(host, ResourceNames.LocalCloud);
        await host.WaitAsync("stepfunctions-stack", KnownResourceStates.Running);
        var population = await host.WaitAsync(ResourceNames.Population, KnownResourceStates.Finished);
        Assert.Equal("200 users seeded", population.Properties.Single(property => property.Name == "Result").Value);
        await host.WaitAsync(ResourceNames.Matching, snapshot => snapshot.HealthStatus == HealthStatus.Healthy);
        // The tables are new, with the same users: the match that was held is found again.
        await Eventually.TrueAsync(async () => await ReadMatchAsync(host, user) is not null);
        await host.CompleteRequestAsync(3);
    }

    [Fact]
    public async Task Killed_Service_Answers_Again_And_Data_Outlasts_LocalCloud_And_The_Application()
    {
        SkipWithoutOrchestrator();
        var directory = Directory.CreateTempSubdirectory("app-host-data");
        try
        {
            int user;
            string match;
            await using (var host = await RunningAppHost.StartAsync("--users", "200", "--data", directory.FullName, "--log-level", "Debug"))
            {
                (user, match) = await FindMatchAsync(host);

                await KillAsync(host, ResourceNames.Matching);
                await host.WaitAsync(ResourceNames.Matching, snapshot => snapshot.State?.Text != KnownResourceStates.Running);
                await StartAsync(host, ResourceNames.Matching);
                await host.WaitAsync(ResourceNames.Matching, snapshot => snapshot.HealthStatus == HealthStatus.Healthy);
                Assert.Equal(match, await ReadMatchAsync(host, user));

                await KillAsync(host, ResourceNames.LocalCloud);
                await host.WaitAsync("data-stack", KnownResourceStates.Waiting);
                await StartAsync(host, ResourceNames.LocalCloud);
                await host.WaitAsync("stepfunctions-stack", KnownResourceStates.Running);
                var population = await host.WaitAsync(
                    ResourceNames.Population, snapshot => snapshot.Properties.Any(property => property.Value is "Users of an earlier run kept"));
                Assert.Equal(KnownResourceStates.Finished, population.State?.Text);
                await Eventually.TrueAsync(async () => await ReadMatchAsync(host, user) == match);
                Assert.Contains(host.Collector.Logs, log => log.Severity == "Debug");
            }

            await using var second = await RunningAppHost.StartAsync("--data", directory.FullName, "--log-level", "Error");
            Assert.Equal(match, await ReadMatchAsync(second, user));
            Assert.DoesNotContain(second.Collector.Logs, log => log.Severity == "Information");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task KillAsync(RunningAppHost host, string resource)
    {
        var running = await host.WaitAsync(resource, KnownResourceStates.Running);
        var id = running.Properties.Single(property => property.Name == "executable.pid").Value;
        using var process = Process.GetProcessById(Convert.ToInt32(id, CultureInfo.InvariantCulture));
        process.Kill();
        await process.WaitForExitAsync(Token);
    }

    private static async Task StartAsync(RunningAppHost host, string resource)
    {
        var result = await host.ExecuteAsync(resource, KnownResourceCommands.StartCommand);
        Assert.True(result.Success, result.Message);
    }

    /// <summary>Returns a user that finds a match, and the match.</summary>
    private static async Task<(int User, string Match)> FindMatchAsync(RunningAppHost host)
    {
        foreach (var user in Enumerable.Range(1, 50))
        {
            if (await ReadMatchAsync(host, user) is { } match)
            {
                return (user, match);
            }
        }

        throw new InvalidOperationException("None of 50 users found a match.");
    }

    // Null also where the service refuses, while it finds LocalCloud again.
    private static async Task<string?> ReadMatchAsync(RunningAppHost host, int user)
    {
        using var answer = await host.Client.PostAsJsonAsync("/api/match/next", new { userEmail = SyntheticPopulation.EmailOf(user) }, Token);
        return answer.IsSuccessStatusCode ? (await answer.Content.ReadFromJsonAsync<JsonNode>(Token))!["match"]?["email"]?.GetValue<string>() : null;
    }

    private static void SkipWithoutOrchestrator()
    {
        var obstacle = StartedApplication.FindObstacle();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
    }
}
