using Oith.StressTest.Fuzz;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Matching.Http;

/// <summary>Bad input of every kind to every route: whatever it is, it is the caller's fault and never a 500. <c>fuzz</c> of Oith.StressTest is the long form.</summary>
public sealed class FuzzTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const int Requests = 1500;
    private const int Threads = 2;

    [Fact]
    public async Task No_Input_Is_Answered_With_500()
    {
        await using var host = await MatchingHost.StartAsync(cloud, new People(41).Make(50, TimeProvider.System.GetUtcNow()));

        await CheckAsync(host, token: null);
    }

    [Fact]
    public async Task No_Input_Gets_At_Another_Users_Data()
    {
        await using var issuer = await IdentityProvider.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await MatchingHost.StartAsync(
            cloud, [], new() { ["Authentication:Authority"] = issuer.Authority, ["Authentication:RequireHttpsMetadata"] = "false" });
        await FuzzCommand.PutPeopleAsync(host.Http, issuer, TestContext.Current.CancellationToken);

        await CheckAsync(host, issuer.Token(BadInput.User));
    }

    private static async Task CheckAsync(MatchingHost host, string? token)
    {
        // Another seed in every run; a failure names the request, so it can be sent again.
        var seed = (ulong)TimeProvider.System.GetTimestamp();
        var report = await new FuzzRun(host.Http, token).RunAsync(Requests, seed, Threads, TestContext.Current.CancellationToken);

        Assert.Empty(report.Examples);
        Assert.Equal(Requests, report.Requests);
    }
}
