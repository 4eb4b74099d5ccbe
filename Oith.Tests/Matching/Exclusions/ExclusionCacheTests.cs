using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Oith.Matching.Exclusions;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;
using Oith.ServiceDefaults.Alarms;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Exclusions;

public sealed class ExclusionCacheTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    [Fact]
    public async Task Cache_Knows_A_Pass_Without_Reading_The_Tables()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.NextAsync(Ann);
        await host.PassAsync(Ann, Bob);

        // While changes are not exchanged, on a machine that is too busy, nothing is answered from the cache.
        await Eventually.TrueAsync(async () =>
        {
            using var calls = Calls(host);
            Assert.Equal([Bob], await ReadAsync(host.Application, Ann));
            return !Operations(calls).Contains("Query");
        });
    }

    [Fact]
    public async Task Cache_Reads_Again_When_Another_Instance_Blocked()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var first = host.Application;
        Assert.Empty(await ReadAsync(first, Ann));
        await host.StartServiceAsync();

        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });

        await Eventually.TrueAsync(async () => (await ReadAsync(first, Ann)).SetEquals([Bob]));
    }

    [Fact]
    public async Task Reader_Asks_For_Blocks_Only_When_The_Profile_Has_Some()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        Assert.Equal(1, await QueriesAsync(host, Ann));
        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });

        Assert.Equal(3, await QueriesAsync(host, Ann));
        Assert.Equal(3, await QueriesAsync(host, Bob));
    }

    private static async Task<int> QueriesAsync(MatchingHost host, string email)
    {
        var person = await PersonAsync(host.Application, email);
        using var calls = Calls(host);
        await host.Application.Services.GetRequiredService<ExclusionReader>().ReadAsync(person, TestContext.Current.CancellationToken);
        return Operations(calls).Count(operation => operation == "Query");
    }

    private static async Task<HashSet<string>> ReadAsync(WebApplication application, string email) =>
        await application.Services.GetRequiredService<ExclusionCache>().ReadAsync(
            await PersonAsync(application, email), TestContext.Current.CancellationToken);

    private static async Task<Profile> PersonAsync(WebApplication application, string email) =>
        (await application.Services.GetRequiredService<ProfileStore>().FindAsync(email, TestContext.Current.CancellationToken))!;

    private static MetricCollector<double> Calls(MatchingHost host) => new(
        host.Application.Services.GetRequiredService<IMeterFactory>(), MatchingMetrics.MeterName, AlarmInstruments.DynamoDBDuration);

    private static IEnumerable<string> Operations(MetricCollector<double> calls) =>
        calls.GetMeasurementSnapshot().Select(measurement => (string)measurement.Tags["db.operation.name"]!);
}
