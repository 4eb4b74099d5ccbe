using System.Net;
using System.Text.Json.Nodes;
using Oith.Matching.Profiles;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Matching.Matches;

public sealed class MatchDecisionTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    [Fact]
    public async Task Accept_Connects_When_Both_Accept()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.NextAsync(Ann);
        await host.NextAsync(Bob);

        var waiting = await host.AcceptAsync(Ann, Bob);
        var again = await host.AcceptAsync(Ann, Bob);
        var connected = await host.AcceptAsync(Bob, Ann);
        var next = await host.NextAsync(Ann);

        Assert.Equal("accepted", waiting["match"]!["state"]!.GetValue<string>());
        Assert.Equal(waiting["match"]!.ToJsonString(), again["match"]!.ToJsonString());
        Assert.Equal("connected", connected["match"]!["state"]!.GetValue<string>());
        Assert.Equal("connected", next["match"]!["state"]!.GetValue<string>());
        Assert.Equal([Bob, Ann], (await host.ScanAsync(host.Users)).OrderBy(item => item["email"].S).Select(item => item["activeMatchEmail"].S));
        var messages = await host.SQS.ReceiveMessageAsync(
            new Amazon.SQS.Model.ReceiveMessageRequest(host.NotificationQueueUrl) { MaxNumberOfMessages = 10 }, TestContext.Current.CancellationToken);
        Assert.Equal([Ann, Bob], messages.Messages.Select(message => JsonNode.Parse(message.Body)!["userEmail"]!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task Accept_Is_A_Conflict_When_The_Match_Is_Not_In_The_Hand()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        var (response, problem) = await host.SendAsync(HttpMethod.Post, "/api/match/accept", new { userEmail = Ann, matchEmail = Bob });

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(409, problem!["status"]!.GetValue<int>());
    }

    [Fact]
    public async Task Pass_Changes_Nothing_When_Repeated()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var unknown = await host.SendAsync(HttpMethod.Post, "/api/match/pass", new { userEmail = Ann, matchEmail = Bob });
        await host.NextAsync(Ann);

        await host.PassAsync(Ann, Bob);
        await host.PassAsync(Ann, Bob);

        Assert.Equal(HttpStatusCode.Conflict, unknown.Response.StatusCode);
        Assert.Null((await host.NextAsync(Ann))["match"]);
        Assert.Single(await host.ScanAsync(host.History));
    }

    [Fact]
    public async Task Pass_Frees_Both_When_They_Were_Connected()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await NextMatchTests.ConnectAsync(host, Ann, Bob);

        await host.PassAsync(Ann, Bob);

        Assert.Empty(await host.ScanAsync(host.Matches));
        Assert.All(await host.ScanAsync(host.Users), user => Assert.DoesNotContain("activeMatchEmail", user.Keys));
        Assert.Null((await host.NextAsync(Ann))["match"]);
        Assert.Null((await host.NextAsync(Bob))["match"]);
    }

    [Fact]
    public async Task Next_Frees_The_One_Who_Waits_When_The_Other_Passed()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.NextAsync(Ann);
        await host.NextAsync(Bob);
        await host.AcceptAsync(Ann, Bob);
        await host.PassAsync(Bob, Ann);

        Assert.Null((await host.NextAsync(Ann))["match"]);
        Assert.Null(await host.MatchOfAsync(Ann));
    }

    [Fact]
    public async Task Block_Dissolves_A_Connection_When_Either_Blocks()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await NextMatchTests.ConnectAsync(host, Ann, Bob);

        var (response, _) = await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Empty(await host.ScanAsync(host.Matches));
        Assert.All(await host.ScanAsync(host.Users), user => Assert.DoesNotContain("activeMatchEmail", user.Keys));
        Assert.Null((await host.NextAsync(Ann))["match"]);
    }

    [Fact]
    public async Task Block_Counts_When_It_Is_Older_Than_The_Profile()
    {
        var (ann, bob) = (NextMatchTests.Couple()[0], NextMatchTests.Couple()[1]);
        await using var host = await MatchingHost.StartAsync(cloud, [bob]);
        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });
        await host.PutAsync([ann]);

        var answer = await host.NextAsync(Ann);

        Assert.Null(answer["match"]);
    }

    [Fact]
    public async Task Unblock_Shows_Them_Again_When_Nothing_Else_Stands_Between()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });
        Assert.Null((await host.NextAsync(Ann))["match"]);

        var (response, _) = await host.SendAsync(HttpMethod.Delete, "/api/blocks", new { blockerEmail = Bob, blockedEmail = Ann });

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(Bob, (await host.NextAsync(Ann))["match"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task Invariants_Hold_When_Fifty_Act_At_Once_Over_A_Few_People()
    {
        Profile[] people =
        [
            .. Enumerable.Range(0, 4).Select(i => NextMatchTests.Person($"woman{i}@example.com", "female")),
            .. Enumerable.Range(0, 4).Select(i => NextMatchTests.Person($"man{i}@example.com", "male")),
        ];
        await using var host = await MatchingHost.StartAsync(cloud, people);
        var answers = new System.Collections.Concurrent.ConcurrentBag<HttpStatusCode>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000),
            new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) =>
            {
                var random = new Random(i);
                var user = people[random.Next(people.Length)].Email;
                var match = (await host.MatchOfAsync(user))?["matchEmail"].S ?? people[random.Next(people.Length)].Email;
                var (path, body) = random.Next(20) switch
                {
                    < 10 => ("/api/match/next", new { userEmail = user, matchEmail = (string?)null } as object),
                    < 17 => ("/api/match/accept", new { userEmail = user, matchEmail = match }),
                    < 19 => ("/api/match/pass", new { userEmail = user, matchEmail = match }),
                    _ => ("/api/blocks", new { blockerEmail = user, blockedEmail = match }),
                };
                if (path == "/api/match/next")
                {
                    body = new { userEmail = user };
                }

                var (response, _) = await host.SendAsync(HttpMethod.Post, path, body);
                answers.Add(response.StatusCode);
            });

        Assert.DoesNotContain(answers, status => (int)status >= 500);
        await AssertInvariantsAsync(host);
    }

    [Fact]
    public async Task Accept_Connects_When_Both_Accept_At_The_Same_Moment()
    {
        var people = Enumerable.Range(0, 40)
            .SelectMany(i => new[]
            {
                NextMatchTests.Person($"woman{i}@example.com", "female") with { Coordinates = new(i * 4 - 80, 10) },
                NextMatchTests.Person($"man{i}@example.com", "male") with { Coordinates = new(i * 4 - 80, 10) },
            })
            .ToArray();
        await using var host = await MatchingHost.StartAsync(cloud, people);
        foreach (var person in people)
        {
            await host.NextAsync(person.Email);
        }

        await Task.WhenAll(people.Select(person =>
            host.AcceptAsync(person.Email, person.Email.StartsWith('w') ? person.Email["wo".Length..] : $"wo{person.Email}")));

        Assert.All(await host.ScanAsync(host.Matches), match => Assert.Equal("connected", match["state"].S));
        await AssertInvariantsAsync(host);
    }

    private static async Task AssertInvariantsAsync(MatchingHost host)
    {
        var matches = (await host.ScanAsync(host.Matches)).ToDictionary(item => item["id"].S);
        var users = (await host.ScanAsync(host.Users)).ToDictionary(item => item["email"].S);
        var history = (await host.ScanAsync(host.History)).Select(item => (item["userEmail"].S, item["matchEmail"].S)).ToHashSet();
        var blocks = (await host.ScanAsync(host.Blocks)).Select(item => (item["blockerEmail"].S, item["blockedEmail"].S)).ToHashSet();
        foreach (var (user, match) in matches)
        {
            var other = match["matchEmail"].S;
            Assert.Equal(user, match["userEmail"].S);
            Assert.DoesNotContain((user, other), history);
            Assert.DoesNotContain((user, other), blocks);
            Assert.DoesNotContain((other, user), blocks);
            if (match["state"].S == "connected")
            {
                Assert.Equal(user, matches[other]["matchEmail"].S);
                Assert.Equal("connected", matches[other]["state"].S);
            }
        }

        foreach (var (email, user) in users)
        {
            var active = user.GetValueOrDefault("activeMatchEmail")?.S;
            var connected = matches.TryGetValue(email, out var match) && match["state"].S == "connected" ? match["matchEmail"].S : null;
            Assert.Equal(connected, active);
        }
    }
}
