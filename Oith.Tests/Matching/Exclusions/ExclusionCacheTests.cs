using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Oith.Matching.Exclusions;
using Oith.Matching.Telemetry;
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
            Assert.Equal([Bob], await Cache(host).ReadAsync(Ann, TestContext.Current.CancellationToken));
            return !Operations(calls).Contains("Query");
        });
    }

    [Fact]
    public async Task Cache_Reads_Again_When_Another_Instance_Blocked()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var first = Cache(host);
        Assert.Empty(await first.ReadAsync(Ann, TestContext.Current.CancellationToken));
        await host.StartServiceAsync();

        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });

        await Eventually.TrueAsync(async () => (await first.ReadAsync(Ann, TestContext.Current.CancellationToken)).SetEquals([Bob]));
    }

    private static ExclusionCache Cache(MatchingHost host) => host.Application.Services.GetRequiredService<ExclusionCache>();

    private static MetricCollector<double> Calls(MatchingHost host) => new(
        host.Application.Services.GetRequiredService<IMeterFactory>(), MatchingMetrics.MeterName, "oith.dynamodb.duration");

    private static IEnumerable<string> Operations(MetricCollector<double> calls) =>
        calls.GetMeasurementSnapshot().Select(measurement => (string)measurement.Tags["db.operation.name"]!);
}
