using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Matching.Matches;

/// <summary>What one instance acknowledged counts on the other at once, whatever the other had in memory.</summary>
public sealed class TwoInstanceTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    // A cache answers only while changes are exchanged, which a busy machine may miss once: not every round of so many.
    private const int Rounds = 8;

    [Fact]
    public async Task Passed_Match_Is_Not_Shown_On_The_Other_Instance()
    {
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Person(Ann, "female"), .. Candidates()]);
        using var pair = await Pair.StartAsync(host);
        for (var round = 0; round < Rounds; round++)
        {
            var shown = await pair.ShowAsync(Ann);
            await pair.One.PostAsync("/api/match/pass", new { userEmail = Ann, matchEmail = shown });

            Assert.NotEqual(shown, EmailOf(await pair.Other.StatusAsync(Ann)));
            Assert.NotEqual(shown, EmailOf(await pair.Other.NextAsync(Ann)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Blocked_Match_Is_Not_Shown_On_The_Other_Instance(bool byCandidate)
    {
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Person(Ann, "female"), .. Candidates()]);
        using var pair = await Pair.StartAsync(host);
        for (var round = 0; round < Rounds; round++)
        {
            var shown = await pair.ShowAsync(Ann);
            await pair.One.PostAsync("/api/blocks", new { blockerEmail = byCandidate ? shown : Ann, blockedEmail = byCandidate ? Ann : shown });

            Assert.NotEqual(shown, EmailOf(await pair.Other.StatusAsync(Ann)));
            Assert.NotEqual(shown, EmailOf(await pair.Other.NextAsync(Ann)));
        }
    }

    [Fact]
    public async Task Connection_And_Its_End_Are_Seen_By_Both_On_The_Other_Instance()
    {
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Person(Ann, "female"), .. Candidates()]);
        using var pair = await Pair.StartAsync(host);
        for (var round = 0; round < Rounds; round++)
        {
            var shown = await pair.ShowAsync(Ann);
            Assert.Equal(Ann, await pair.ShowAsync(shown));
            await pair.One.PostAsync("/api/match/accept", new { userEmail = Ann, matchEmail = shown });
            Assert.Equal("accepted", StateOf(await pair.Other.StatusAsync(Ann)));
            await pair.One.PostAsync("/api/match/accept", new { userEmail = shown, matchEmail = Ann });

            Assert.Equal("connected", StateOf(await pair.Other.StatusAsync(Ann)));
            Assert.Equal("connected", StateOf(await pair.Other.StatusAsync(shown)));
            Assert.Equal("connected", StateOf(await pair.Other.NextAsync(Ann)));

            await pair.One.PostAsync("/api/match/pass", new { userEmail = shown, matchEmail = Ann });
            Assert.Null(EmailOf(await pair.Other.StatusAsync(shown)));
            Assert.Null(EmailOf(await pair.Other.StatusAsync(Ann)));
        }
    }

    [Fact]
    public async Task Queued_Request_Finds_Nobody_Whom_The_User_Passed_Elsewhere_Since_It_Was_Planned()
    {
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Person(Ann, "female"), .. Candidates()]);
        using var pair = await Pair.StartAsync(host);
        for (var round = 0; round < Rounds; round++)
        {
            var request = await pair.Other.PostAsync("/api/match/requests", new { userEmail = Ann });
            var requestId = request["requestId"]!.GetValue<Guid>();
            var shown = await pair.ShowAsync(Ann);
            await pair.Other.PostAsync("/events", new { task = "planShards", input = new { requestId, userEmail = Ann } });
            await pair.One.PostAsync("/api/match/pass", new { userEmail = Ann, matchEmail = shown });

            var outcome = await pair.Other.PostAsync("/events", new { task = "matchDirect", requestId, userEmail = Ann });

            Assert.NotEqual(shown, EmailOf(outcome));
            Assert.Equal(EmailOf(outcome), EmailOf(await pair.One.GetAsync($"/api/match/requests/{requestId}")));
        }
    }

    [Theory]
    [InlineData("blocked")]
    [InlineData("erased")]
    public async Task Answered_Request_Does_Not_Name_A_Match_That_Blocked_Or_Left_On_The_Other_Instance(string how)
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        using var pair = await Pair.StartAsync(host);
        var requestId = (await pair.Other.PostAsync("/api/match/requests", new { userEmail = Ann }))["requestId"]!.GetValue<Guid>();
        await pair.Other.PostAsync("/events", new { task = "matchDirect", requestId, userEmail = Ann });
        Assert.Equal(Bob, EmailOf(await pair.Other.GetAsync($"/api/match/requests/{requestId}")));

        await (how switch
        {
            "blocked" => pair.One.PostAsync("/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann }),
            _ => pair.One.DeleteAsync($"/api/profiles/{Bob}"),
        });
        var answered = await pair.Other.GetAsync($"/api/match/requests/{requestId}");
        var repeated = await pair.Other.PostAsync("/api/match/requests", new { userEmail = Ann, requestId });
        var redelivered = await pair.Other.PostAsync("/events", new { task = "matchDirect", requestId, userEmail = Ann });

        Assert.Equal("completed", answered["status"]!.GetValue<string>());
        Assert.Equal(answered.ToJsonString(), repeated.ToJsonString());
        Assert.All([answered, redelivered], answer => Assert.DoesNotContain(Bob, answer.ToJsonString(), StringComparison.Ordinal));
        Assert.NotNull(answered["message"]);
    }

    [Fact]
    public async Task Decisions_Count_On_The_Other_Instance_When_Redis_Is_Away()
    {
        var settings = new Dictionary<string, string?> { ["REDIS_PORT"] = "1" };
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Person(Ann, "female"), .. Candidates()], settings);
        using var pair = await Pair.StartAsync(host, settings);
        var passed = await pair.ShowAsync(Ann);
        await pair.One.PostAsync("/api/match/pass", new { userEmail = Ann, matchEmail = passed });

        Assert.Null(EmailOf(await pair.Other.StatusAsync(Ann)));
        var shown = EmailOf(await pair.Other.NextAsync(Ann));
        Assert.NotEqual(passed, shown);
        Assert.Equal(shown, EmailOf(await pair.One.StatusAsync(Ann)));
    }

    private static IEnumerable<Oith.Matching.Profiles.Profile> Candidates() =>
        Enumerable.Range(0, Rounds + 1).Select(number => NextMatchTests.Person($"candidate{number}@example.com", "male"));

    private static string? EmailOf(JsonNode answer) => answer["match"]?["email"]?.GetValue<string>();

    private static string? StateOf(JsonNode answer) => answer["match"]?["state"]?.GetValue<string>();

    /// <summary>Two instances over the same tables.</summary>
    private sealed class Pair(HttpClient one, HttpClient other) : IDisposable
    {
        public Instance One { get; } = new(one);

        public Instance Other { get; } = new(other);

        public static async Task<Pair> StartAsync(MatchingHost host, Dictionary<string, string?>? settings = null) =>
            new(host.Http, await host.StartServiceAsync(settings));

        /// <summary>The user's match, which afterwards both instances have in memory.</summary>
        public async Task<string> ShowAsync(string email)
        {
            // The index learns within a moment that a connection has ended.
            var shown = await Eventually.GetAsync(async () => EmailOf(await One.NextAsync(email)));
            Assert.Equal(shown, EmailOf(await Other.NextAsync(email)));
            Assert.Equal(shown, EmailOf(await Other.StatusAsync(email)));
            return shown;
        }

        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }

    private sealed class Instance(HttpClient http)
    {
        public Task<JsonNode> NextAsync(string email) => PostAsync("/api/match/next", new { userEmail = email });

        public Task<JsonNode> StatusAsync(string email) => GetAsync($"/api/match/status?userEmail={email}");

        public Task<JsonNode> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

        public Task<JsonNode> DeleteAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Delete, path));

        public Task<JsonNode> PostAsync(string path, object body) =>
            SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) });

        private async Task<JsonNode> SendAsync(HttpRequestMessage request)
        {
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode, $"{request.RequestUri} answered {(int)response.StatusCode}: {text}");
            return response.StatusCode == HttpStatusCode.NoContent ? new JsonObject() : JsonNode.Parse(text)!;
        }
    }
}
