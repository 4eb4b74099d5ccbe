using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Oith.Matching.Changes;
using Oith.StressTest.Stacks;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Candidates;

public sealed class ClockJumpTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    [Fact]
    public async Task Changes_Are_Exchanged_Again_After_The_Clock_Went_Ahead_And_Back()
    {
        var clock = new JumpingClock();
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Person("ann@example.com", "female")], time: clock);
        var (http, changes) = (host.Http, host.Application.Services.GetRequiredService<ChangeFeed>());
        var position = await Eventually.GetAsync(() => Task.FromResult(changes.Applied));

        clock.Offset = TimeSpan.FromMinutes(20);
        await Eventually.TrueAsync(() => Task.FromResult(changes.Applied!.Oldest > position.Oldest + 15));
        clock.Offset = TimeSpan.Zero;

        await host.StartServiceAsync();
        await host.SendAsync(HttpMethod.Put, "/api/profiles/bob@example.com", new { gender = "man", coordinates = new { lat = 40.7, lng = -74 } });
        await Eventually.TrueAsync(async () =>
        {
            using var response = await http.PostAsJsonAsync("/api/match/next", new { userEmail = "ann@example.com" }, TestContext.Current.CancellationToken);
            return (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains("bob@example.com", StringComparison.Ordinal);
        });
    }
}
