using System.Net;
using Microsoft.Extensions.Time.Testing;
using Oith.Matching.Compatibility;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Matching.Matches;

public sealed class NextMatchTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    [Fact]
    public async Task Next_Presents_Whom_The_Rules_Name_When_A_Thousand_People_Ask()
    {
        var now = TimeProvider.System.GetUtcNow();
        var people = new People(11).Make(1300, now);
        // Who asks is seen, so that those who were away too long would change what the others are shown.
        var seekers = people.Where(person => person.LastSeen >= now.AddDays(-14)).Take(1000).ToArray();
        Assert.Equal(1000, seekers.Length);
        await using var host = await MatchingHost.StartAsync(cloud, people);
        var presented = 0;

        await Parallel.ForEachAsync(
            seekers,
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (seeker, _) =>
            {
                var answer = await host.NextAsync(seeker.Email);

                var expected = BestFor(seeker, people, now.AddDays(-14));
                Assert.Equal(expected?.Email, answer["match"]?["email"]?.GetValue<string>());
                Assert.Equal(expected?.Compatibility, answer["match"]?["compatibility"]?.GetValue<int>());
                Assert.Equal(expected?.Distance, answer["match"]?["distance"]?.GetValue<int>());
                Interlocked.Add(ref presented, expected is null ? 0 : 1);
            });

        Assert.True(presented > 200, $"Only {presented} of 1000 were shown anybody: the population proves little.");
    }

    [Fact]
    public async Task Next_Keeps_The_Match_When_Asked_Again()
    {
        await using var host = await MatchingHost.StartAsync(cloud, Couple());

        var first = await host.NextAsync("ann@example.com");
        var second = await host.NextAsync("ann@example.com");
        var status = await host.SendAsync(HttpMethod.Get, "/api/match/status?userEmail=ANN@example.com");

        Assert.Equal("bob@example.com", first["match"]!["email"]!.GetValue<string>());
        Assert.Equal("direct", first["performance"]!["source"]!.GetValue<string>());
        Assert.Equal("hand", second["performance"]!["source"]!.GetValue<string>());
        Assert.Equal(first["match"]!.ToJsonString(), second["match"]!.ToJsonString());
        Assert.Equal(first["match"]!.ToJsonString(), status.Body!["match"]!.ToJsonString());
    }

    [Fact]
    public async Task Next_Passes_By_Itself_When_A_Day_Has_Gone()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await MatchingHost.StartAsync(cloud, Couple(), time: time);
        await host.NextAsync("ann@example.com");

        time.Advance(TimeSpan.FromHours(24));
        var anns = await host.NextAsync("ann@example.com");
        var bobs = await host.NextAsync("bob@example.com");

        Assert.Null(anns["match"]);
        Assert.Null(bobs["match"]);
        var reasons = (await host.ScanAsync(host.History)).ToDictionary(item => item["userEmail"].S, item => item["reason"].S);
        Assert.Equal(new Dictionary<string, string> { ["ann@example.com"] = "autoPassed", ["bob@example.com"] = "autoPassedBy" }, reasons);
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("hidden")]
    [InlineData("connected")]
    [InlineData("blocked")]
    public async Task Next_Lets_Go_Of_A_Match_When_The_Candidate_Is_Gone(string how)
    {
        Profile[] people = [.. Couple(), Person("cat@example.com", "female"), Person("dan@example.com", "male") with { Interests = [] }];
        await using var host = await MatchingHost.StartAsync(cloud, people);
        var shown = (await host.NextAsync("ann@example.com"))["match"]!["email"]!.GetValue<string>();
        Assert.Equal("bob@example.com", shown);

        switch (how)
        {
            case "deleted":
                await host.SendAsync(HttpMethod.Delete, "/api/profiles/bob@example.com");
                break;
            case "hidden":
                await host.SendAsync(HttpMethod.Put, "/api/profiles/bob@example.com", new { gender = "man", isVisible = false });
                break;
            case "connected":
                await ConnectAsync(host, "cat@example.com", "bob@example.com");
                break;
            default:
                await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = "bob@example.com", blockedEmail = "ann@example.com" });
                break;
        }

        Assert.Equal("dan@example.com", (await host.NextAsync("ann@example.com"))["match"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task Next_Shows_A_New_Person_When_Another_Instance_Stored_The_Profile()
    {
        await using var host = await MatchingHost.StartAsync(cloud, [Person("ann@example.com", "female")]);
        var first = host.Http;
        await host.StartServiceAsync();
        var stored = await host.SendAsync(HttpMethod.Put, "/api/profiles/bob@example.com", new { gender = "man", coordinates = new { lat = 40.7, lng = -74 } });
        Assert.Equal(HttpStatusCode.Created, stored.Response.StatusCode);

        await Eventually.TrueAsync(async () =>
        {
            using var response = await first.PostAsync(
                "/api/match/next", System.Net.Http.Json.JsonContent.Create(new { userEmail = "ann@example.com" }), TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            return text.Contains("bob@example.com", StringComparison.Ordinal);
        });
    }

    internal static Profile[] Couple() => [Person("ann@example.com", "female"), Person("bob@example.com", "male")];

    internal static Profile Person(string email, string gender) => new()
    {
        Email = email,
        FirstName = email[..email.IndexOf('@', StringComparison.Ordinal)],
        Age = 30,
        Gender = gender,
        Coordinates = new(40.7, -74),
        Interests = ["music", "film"],
        LastSeen = TimeProvider.System.GetUtcNow(),
        MatchPreferences = new() { InterestedIn = gender == "male" ? InterestedIn.Women : InterestedIn.Men },
    };

    internal static async Task ConnectAsync(MatchingHost host, string one, string other)
    {
        while ((await host.NextAsync(one))["match"]!["email"]!.GetValue<string>() is var shown && shown != other)
        {
            await host.PassAsync(one, shown);
        }

        while ((await host.NextAsync(other))["match"]!["email"]!.GetValue<string>() is var shown && shown != one)
        {
            await host.PassAsync(other, shown);
        }

        await host.AcceptAsync(one, other);
        Assert.Equal("connected", (await host.AcceptAsync(other, one))["match"]!["state"]!.GetValue<string>());
    }

    private static Candidate? BestFor(Profile seeker, Profile[] people, DateTimeOffset seenSince) => people
        .Where(person => person.Email != seeker.Email && person.IsVisible && person.LastSeen >= seenSince
            && PreferenceRules.IsReciprocal(seeker, person))
        .Select(person => (Candidate?)new Candidate(
            person.Email, CompatibilityScore.Of(seeker, person), PreferenceRules.Distance(seeker, person)!.Value))
        .Order()
        .FirstOrDefault();
}
