using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud.Redis;
using Oith.Matching.Candidates;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Engine;
using Oith.Tests.Matching.Matches;
using StackExchange.Redis;

namespace Oith.Tests.Matching.Candidates;

/// <summary>Cells in memory, in Redis and in the table, as several instances share them.</summary>
public sealed class SharedCellTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Second_Instance_Takes_The_Cell_From_Redis(bool redisServer)
    {
        await using var redis = redisServer ? await RedisServerProcess.StartAsync() : null;
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple(), Settings(redis));
        var first = await host.NextAsync(Ann);
        await host.StartServiceAsync(Settings(redis));
        await host.PassAsync(Ann, Bob);

        var second = await host.NextAsync(Bob);
        var third = await host.NextAsync(Ann);

        Assert.Equal((0, 0, 1), LevelsOf(first));
        Assert.Equal(Ann, second["match"]!["email"]!.GetValue<string>());
        Assert.Equal((0, 1, 0), LevelsOf(second));
        Assert.Equal((1, 0, 0), LevelsOf(third));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changed_Profile_Is_Found_Elsewhere_Within_A_Second_Without_Loading_A_Cell_Again(bool redisServer)
    {
        var (here, there) = (new FakeTimeProvider(TimeProvider.System.GetUtcNow()), new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await using var redis = redisServer ? await RedisServerProcess.StartAsync() : null;
        await using var host = await MatchingHost.StartAsync(cloud, [NextMatchTests.Couple()[0]], Settings(redis), there);
        await host.NextAsync(Ann);
        var first = host.Application;
        await host.StartServiceAsync(Settings(redis), here);

        var (response, _) = await host.SendAsync(HttpMethod.Put, $"/api/profiles/{Bob}", new
        {
            gender = "man",
            age = 30,
            coordinates = new { lat = 40.7, lng = -74 },
            matchPreferences = new { interestedIn = "women" },
        });

        Assert.True(response.IsSuccessStatusCode);
        var seeker = NextMatchTests.Couple()[0];
        // All that waits for a clock is over in less than a second of both together; what else there is to wait for is two round trips.
        here.Advance(TimeSpan.FromMilliseconds(450));
        await Eventually.TrueAsync(() => Task.FromResult(host.Application.Services.GetRequiredService<ChangeFeed>().Unsent().Count == 0));
        Assert.Empty((await FindAsync(first, seeker)).Top);
        there.Advance(TimeSpan.FromMilliseconds(450));
        await Eventually.TrueAsync(async () => (await FindAsync(first, seeker)).Top.Any(candidate => candidate.Email == Bob));
        Assert.Equal(new SearchCost(1, 1, 1, 0, 0), (await FindAsync(first, seeker)).Cost);
    }

    [Fact]
    public async Task Damaged_Block_Is_Built_Anew_And_Never_Trusted()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.NextAsync(Ann);
        await using var redis = await ConnectAsync(cloud);
        var block = (await KeysAsync(redis, host)).Single(key => key.EndsWith(":0", StringComparison.Ordinal));
        var bytes = (byte[])(await redis.GetDatabase().StringGetAsync(block))!;
        bytes[^3] ^= 1;
        await redis.GetDatabase().StringSetAsync(block, bytes, TimeSpan.FromMinutes(5));

        await host.StartServiceAsync();
        var found = await FindAsync(host.Application, NextMatchTests.Couple()[0]);
        Assert.Equal(Bob, Assert.Single(found.Top).Email);
        Assert.Equal((0, 1), (found.Cost.L2Hits, found.Cost.L2Misses));

        await host.StartServiceAsync();
        found = await FindAsync(host.Application, NextMatchTests.Couple()[0]);
        Assert.Equal(Bob, Assert.Single(found.Top).Email);
        Assert.Equal((1, 0), (found.Cost.L2Hits, found.Cost.L2Misses));
    }

    [Fact]
    public async Task Cell_Of_An_Older_Layout_Is_Built_Anew()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.NextAsync(Ann);
        await using var redis = await ConnectAsync(cloud);
        var manifest = (await KeysAsync(redis, host)).Single(key => key.Length - key.LastIndexOf(':') == 5);
        await redis.GetDatabase().StringSetRangeAsync(manifest, 4, "\0");

        await host.StartServiceAsync();
        var found = await FindAsync(host.Application, NextMatchTests.Couple()[0]);

        Assert.Equal(Bob, Assert.Single(found.Top).Email);
        Assert.Equal((0, 1), (found.Cost.L2Hits, found.Cost.L2Misses));
    }

    [Fact]
    public async Task Cell_Is_Read_From_The_Table_Once_When_Many_Ask_At_Once()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var first = host.Application;
        await host.StartServiceAsync();
        var seeker = NextMatchTests.Couple()[0];

        var found = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => FindAsync(i % 2 == 0 ? first : host.Application, seeker)));

        Assert.All(found, one => Assert.Equal(Bob, Assert.Single(one.Top).Email));
        // All that one instance asks for at once is one load; the other instance waits for what it packs.
        Assert.Single(found.Where((one, i) => one.Cost.L2Misses > 0).Select(one => Array.IndexOf(found, one) % 2).Distinct());
    }

    [Fact]
    public async Task Answers_Are_Those_Of_The_Rules_When_Two_Instances_Change_People_And_Memory_Is_Scarce()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var now = TimeProvider.System.GetUtcNow();
        var people = new People(5).Make(400, now).ToDictionary(person => person.Email);
        await using var host = await MatchingHost.StartAsync(cloud, people.Values, new() { ["MATCHING_PEOPLE_IN_MEMORY"] = "50" });
        var instances = new List<WebApplication> { host.Application };
        await host.StartServiceAsync();
        instances.Add(host.Application);
        await AssertAnswersAsync();

        foreach (var changed in new People(6).Make(400, now).Where((_, i) => i % 4 == 0))
        {
            people[changed.Email] = changed with { IsVisible = true };
            var profiles = instances[changed.Email.Length % 2].Services;
            var stored = await profiles.GetRequiredService<ProfileStore>().PutAsync(people[changed.Email], cancellationToken);
            profiles.GetRequiredService<ChangeFeed>().Announce(stored!);
        }

        await Eventually.TrueAsync(async () =>
            await AnswersAsync().AllAsync(answer => answer.Found.SequenceEqual(answer.Expected), cancellationToken));
        await AssertAnswersAsync();

        async Task AssertAnswersAsync()
        {
            await foreach (var (expected, found) in AnswersAsync())
            {
                Assert.Equal(expected, found);
            }
        }

        async IAsyncEnumerable<(Candidate[] Expected, Candidate[] Found)> AnswersAsync()
        {
            foreach (var instance in instances)
            {
                foreach (var seeker in people.Values)
                {
                    yield return (Expected(people.Values, seeker), (await FindAsync(instance, seeker, 5)).Top);
                }
            }
        }
    }

    [Fact]
    public async Task No_Change_Is_Missed_While_The_Cell_Is_Being_Loaded()
    {
        const int Rounds = 100;
        var cancellationToken = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var ann = NextMatchTests.Couple()[0];
        var men = Enumerable.Range(0, Rounds).Select(i => NextMatchTests.Person($"man{i}@example.com", "male")).ToArray();
        await using var host = await MatchingHost.StartAsync(cloud, [ann, .. men], time: time);
        var services = host.Application.Services;
        var random = new Random(1);
        Assert.Equal(Rounds, (await FindAsync(host.Application, ann, Rounds)).Top.Length);
        for (var left = Rounds - 1; left >= 0; left--)
        {
            var hidden = await services.GetRequiredService<ProfileStore>().PutAsync(men[left] with { IsVisible = false }, cancellationToken);
            // So that the change is read at once.
            time.Advance(TimeSpan.FromMilliseconds(100));
            services.GetRequiredService<PackedCandidateIndex>().Shrink(0, -1);
            // At any moment of the load, which takes about so long.
            var spins = random.Next(50_000);
            await Task.WhenAll(
                FindAsync(host.Application, ann, Rounds),
                Task.Run(
                    () =>
                    {
                        Thread.SpinWait(spins);
                        services.GetRequiredService<ChangeFeed>().Announce(hidden!);
                    },
                    cancellationToken));

            await Eventually.TrueAsync(async () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return (await FindAsync(host.Application, ann, Rounds)).Top.Length == left;
            });
        }
    }

    [Fact]
    public async Task Cells_That_Nobody_Searches_Are_Given_Up_When_Memory_Is_Scarce()
    {
        Profile[] people = [.. NextMatchTests.Couple(), NextMatchTests.Person("far@example.com", "male") with { Coordinates = new(34.05, -118.24) }];
        await using var host = await MatchingHost.StartAsync(cloud, people, new() { ["MATCHING_PEOPLE_IN_MEMORY"] = "1" });
        await FindAsync(host.Application, people[0]);
        var index = host.Application.Services.GetRequiredService<ICandidateIndex>();
        Assert.Equal(2, index.Count);

        await Eventually.TrueAsync(() => Task.FromResult(index.Count == 0));

        Assert.Equal(3, index.Cells().Sum(cell => cell.Count));
        Assert.Equal(Bob, Assert.Single((await FindAsync(host.Application, people[0])).Top).Email);
    }

    private static Candidate[] Expected(IEnumerable<Profile> people, Profile seeker) =>
        PlainReference.FindTop(people, seeker, new HashSet<string>(), TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(14), 5);

    private static async Task<FoundCandidates> FindAsync(WebApplication instance, Profile seeker, int count = 1) =>
        await instance.Services.GetRequiredService<CandidateSearcher>()
            .FindTopAsync(seeker, new HashSet<string>(), count, TestContext.Current.CancellationToken);

    private static (int L1Hits, int L2Hits, int L2Misses) LevelsOf(JsonNode answer) => (
        answer["performance"]!["l1Hits"]!.GetValue<int>(),
        answer["performance"]!["l2Hits"]!.GetValue<int>(),
        answer["performance"]!["l2Misses"]!.GetValue<int>());

    private static async Task<ConnectionMultiplexer> ConnectAsync(LocalCloudFixture cloud) =>
        await ConnectionMultiplexer.ConnectAsync(cloud.Services.GetRequiredService<RedisServer>().Configuration);

    private static async Task<List<string>> KeysAsync(ConnectionMultiplexer redis, MatchingHost host)
    {
        var keys = new List<string>();
        await foreach (var key in redis.GetServers()[0].KeysAsync(pattern: $"oith:{host.Environment}:cell:*"))
        {
            keys.Add(key.ToString());
        }

        return keys;
    }

    private static Dictionary<string, string?>? Settings(RedisServerProcess? redis) => redis is null
        ? null
        : new() { ["REDIS_PORT"] = redis.Port.ToString(CultureInfo.InvariantCulture), ["REDIS_PASSWORD"] = null };
}
