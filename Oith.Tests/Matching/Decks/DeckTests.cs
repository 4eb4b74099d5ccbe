using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Decks;

public sealed class DeckTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";

    [Fact]
    public async Task Next_Answers_From_The_Deck_As_It_Would_Directly_When_Decks_Are_Filled()
    {
        // All seen now: whoever asks is seen, and with that may turn up where no deck foresaw it.
        var now = TimeProvider.System.GetUtcNow();
        var people = new People(31).Make(300, now).Select(person => person with { LastSeen = now }).ToArray();
        await using var direct = await MatchingHost.StartAsync(cloud, people);
        await using var host = await MatchingHost.StartAsync(cloud, people);
        await PrecomputeAsync(host);
        var fromDeck = 0;

        foreach (var seeker in people.Take(100))
        {
            var expected = await direct.NextAsync(seeker.Email);
            var answer = await host.NextAsync(seeker.Email);

            Assert.Equal(expected["match"]?["email"]?.GetValue<string>(), answer["match"]?["email"]?.GetValue<string>());
            fromDeck += answer["performance"]!["source"]!.GetValue<string>() == "deck" ? 1 : 0;
        }

        Assert.True(fromDeck > 20, $"Only {fromDeck} of 100 were answered from a deck.");
    }

    [Fact]
    public async Task Deck_Goes_On_To_The_Next_Card_When_The_First_Was_Passed()
    {
        await using var host = await MatchingHost.StartAsync(cloud, Three());
        await PrecomputeAsync(host);
        await host.NextAsync(Ann);
        await host.PassAsync(Ann, "bob@example.com");

        var answer = await host.NextAsync(Ann);

        Assert.Equal("dan@example.com", answer["match"]!["email"]!.GetValue<string>());
        Assert.Equal("deck", answer["performance"]!["source"]!.GetValue<string>());
        Assert.Equal(0, answer["performance"]!["scanned"]!.GetValue<int>());
    }

    [Fact]
    public async Task Deck_Is_Void_When_The_Profile_Changes()
    {
        await using var host = await MatchingHost.StartAsync(cloud, Three());
        await PrecomputeAsync(host);
        await host.SendAsync(HttpMethod.Put, $"/api/profiles/{Ann}", new
        {
            gender = "woman",
            coordinates = new { lat = 40.7, lng = -74 },
            age = 30,
            matchPreferences = new { interestedIn = "men" },
        });

        var answer = await host.NextAsync(Ann);

        Assert.Equal("direct", answer["performance"]!["source"]!.GetValue<string>());
    }

    [Fact]
    public async Task Deck_Skips_A_Card_When_That_Person_No_Longer_Fits()
    {
        await using var host = await MatchingHost.StartAsync(cloud, Three());
        await PrecomputeAsync(host);
        await host.SendAsync(HttpMethod.Put, "/api/profiles/bob@example.com", new
        {
            gender = "man",
            coordinates = new { lat = 40.7, lng = -74 },
            age = 30,
            matchPreferences = new { interestedIn = "men" },
        });

        var answer = await host.NextAsync(Ann);

        Assert.Equal("dan@example.com", answer["match"]!["email"]!.GetValue<string>());
        Assert.Equal("deck", answer["performance"]!["source"]!.GetValue<string>());
    }

    private static Oith.Matching.Profiles.Profile[] Three() =>
        [.. NextMatchTests.Couple(), NextMatchTests.Person("dan@example.com", "male") with { Interests = [] }];

    private static async Task PrecomputeAsync(MatchingHost host)
    {
        var plan = await host.PostAsync("/events", new JsonObject { ["task"] = "planPrecompute" });
        foreach (var shard in plan["shards"]!.AsArray())
        {
            var task = shard!.DeepClone();
            task["task"] = "precomputeShard";
            await host.PostAsync("/events", task);
        }
    }
}
