using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Stack.SingleProcess;
using Oith.Tests.Infrastructure;
using StackExchange.Redis;

namespace Oith.Tests.Matching.Erasure;

/// <summary>Searches every store of a whole stack for an erased user's e-mail, and compares what is left with the privacy section of README.md.</summary>
public sealed class ErasedEverywhereTests
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    /// <summary>Where the e-mail may be left, and for how long at most.</summary>
    private static readonly Dictionary<string, TimeSpan> s_kept = new()
    {
        ["redis deck"] = TimeSpan.FromDays(1),
        ["redis changes"] = TimeSpan.FromMinutes(10),
        ["redis cell"] = TimeSpan.FromMinutes(9),
        ["queue oith-development-notifications"] = TimeSpan.FromDays(1),
        ["express execution"] = TimeSpan.MaxValue,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Email_Is_Nowhere_But_Where_The_Readme_Says_And_Gone_When_It_Says()
    {
        await using var stack = await OithStack.StartAsync(
            new OithStackOptions { ServicePort = 0, Users = 0, LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0 } }, progress: null, Token);
        using var http = new HttpClient { BaseAddress = stack.Service };
        await LiveAsync(stack, http);
        List<Found> before = [];
        await Eventually.TrueAsync(async () =>
        {
            before = await SearchAsync(stack, Bob);
            return s_kept.Keys.All(place => before.Exists(found => found.Place == place));
        });

        using var deleted = await http.DeleteAsync($"/api/profiles/{Bob}", Token);

        Assert.True(deleted.IsSuccessStatusCode);
        var after = await SearchAsync(stack, Bob);
        Assert.Contains(before, found => found.Place.StartsWith("table ", StringComparison.Ordinal));
        Assert.All(after, found =>
        {
            Assert.True(s_kept.TryGetValue(found.Place, out var longest), $"{found.Place} {found.What} still names {Bob}.");
            Assert.True(found.Left <= longest, $"{found.Place} {found.What} names {Bob} for {found.Left}.");
        });
        Assert.DoesNotContain(after, found => found.What.Contains(Bob, StringComparison.Ordinal));
        Assert.Contains("## Privacy", RepositoryFiles.Read("README.md"), StringComparison.Ordinal);
    }

    /// <summary>Ann, Bob and others leave as many traces as there are kinds of.</summary>
    private static async Task LiveAsync(OithStack stack, HttpClient http)
    {
        foreach (var email in new[] { Ann, Bob, "eve@example.com", "fay@example.com", "dan@example.com" })
        {
            var gender = email is Bob or "dan@example.com" ? "man" : "woman";
            using var put = await http.PutAsJsonAsync(
                $"/api/profiles/{email}",
                new
                {
                    gender,
                    age = 30,
                    coordinates = new { lat = 40.7, lng = -74 },
                    interests = email == "dan@example.com" ? Array.Empty<string>() : ["music"],
                    matchPreferences = new { interestedIn = gender == "man" ? "women" : "men" },
                },
                Token);
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(Token));
        }

        await Eventually.TrueAsync(async () => (await MatchAsync(http, "/api/match/next", new { userEmail = Ann })) == Bob);
        await PrecomputeAsync(stack);
        await AskAsync(http, "fay@example.com");
        await AskAsync(http, Bob);
        using var blocked = await http.PostAsJsonAsync("/api/blocks", new { blockerEmail = Bob, blockedEmail = "eve@example.com" }, Token);
        Assert.True(blocked.IsSuccessStatusCode);
        while (await MatchAsync(http, "/api/match/next", new { userEmail = Bob }) is var shown && shown != Ann)
        {
            await MatchAsync(http, "/api/match/pass", new { userEmail = Bob, matchEmail = shown });
        }

        await MatchAsync(http, "/api/match/accept", new { userEmail = Ann, matchEmail = Bob });
        await MatchAsync(http, "/api/match/accept", new { userEmail = Bob, matchEmail = Ann });
    }

    private static async Task PrecomputeAsync(OithStack stack)
    {
        var machine = (await MachinesAsync(stack)).Single(arn => arn.EndsWith("batch-precompute", StringComparison.Ordinal));
        var execution = await stack.Api.InvokeAsync("states", "StartExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = "{}" }, Token);
        await Eventually.TrueAsync(async () => (await stack.Api.InvokeAsync(
            "states", "DescribeExecution", new JsonObject { ["executionArn"] = execution["executionArn"]!.GetValue<string>() }, Token))["status"]!.GetValue<string>() == "SUCCEEDED");
    }

    private static async Task AskAsync(HttpClient http, string email)
    {
        using var posted = await http.PostAsJsonAsync("/api/match/requests", new { userEmail = email }, Token);
        await Eventually.TrueAsync(async () =>
            (await http.GetFromJsonAsync<JsonNode>(posted.Headers.Location, Token))!["status"]!.GetValue<string>() == "completed");
    }

    private static async Task<string?> MatchAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body, Token);
        var answer = await response.Content.ReadFromJsonAsync<JsonNode>(Token);
        Assert.True(response.IsSuccessStatusCode, answer!.ToJsonString());
        return answer["match"]?["email"]?.GetValue<string>();
    }

    private static async Task<string[]> MachinesAsync(OithStack stack) =>
    [
        .. (await stack.Api.InvokeAsync("states", "ListStateMachines", [], Token))["stateMachines"]!.AsArray()
            .Select(machine => machine!["stateMachineArn"]!.GetValue<string>()),
    ];

    private static async Task<List<Found>> SearchAsync(OithStack stack, string email) =>
        [.. await TablesAsync(stack, email), .. await RedisAsync(stack, email), .. await QueuesAsync(stack, email), .. await ExecutionsAsync(stack, email)];

    private static async Task<List<Found>> TablesAsync(OithStack stack, string email)
    {
        var found = new List<Found>();
        foreach (var table in (await stack.Api.InvokeAsync("dynamodb", "ListTables", [], Token))["TableNames"]!.AsArray().Select(name => name!.GetValue<string>()))
        {
            var page = await stack.Api.InvokeAsync("dynamodb", "Scan", new JsonObject { ["TableName"] = table, ["ConsistentRead"] = true }, Token);
            found.AddRange(page["Items"]!.AsArray().Select(item => item!.ToJsonString()).Where(item => item.Contains(email, StringComparison.Ordinal))
                .Select(item => new Found($"table {table}", item, TimeSpan.MaxValue)));
        }

        return found;
    }

    private static async Task<List<Found>> RedisAsync(OithStack stack, string email)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { stack.ServiceSettings["REDIS_HOST"]!, int.Parse(stack.ServiceSettings["REDIS_PORT"]!, CultureInfo.InvariantCulture) } },
            Password = stack.ServiceSettings.GetValueOrDefault("REDIS_PASSWORD"),
        });
        var (database, found) = (redis.GetDatabase(), new List<Found>());
        await foreach (var key in redis.GetServers()[0].KeysAsync().WithCancellation(Token))
        {
            byte[][] values = await database.KeyTypeAsync(key) switch
            {
                RedisType.String => [(await database.StringGetAsync(key))!],
                RedisType.List => [.. (await database.ListRangeAsync(key)).Select(value => (byte[])value!)],
                RedisType.Hash => [.. (await database.HashGetAllAsync(key)).SelectMany(entry => new[] { (byte[])entry.Name!, (byte[])entry.Value! })],
                var type => throw new NotSupportedException($"{key} is a {type}, which this test does not search."),
            };
            if (values.Append(Encoding.UTF8.GetBytes(key.ToString())).Any(value => value.AsSpan().IndexOf(Encoding.UTF8.GetBytes(email)) >= 0))
            {
                found.Add(new Found($"redis {key.ToString().Split(':')[2]}", key.ToString(), await database.KeyTimeToLiveAsync(key) ?? TimeSpan.MaxValue));
            }
        }

        return found;
    }

    private static async Task<List<Found>> QueuesAsync(OithStack stack, string email)
    {
        var found = new List<Found>();
        foreach (var queue in (await stack.Api.InvokeAsync("sqs", "ListQueues", [], Token))["QueueUrls"]!.AsArray().Select(url => url!.GetValue<string>()))
        {
            var attributes = await stack.Api.InvokeAsync(
                "sqs", "GetQueueAttributes", new JsonObject { ["QueueUrl"] = queue, ["AttributeNames"] = new JsonArray("MessageRetentionPeriod") }, Token);
            var retention = TimeSpan.FromSeconds(int.Parse(attributes["Attributes"]!["MessageRetentionPeriod"]!.GetValue<string>(), CultureInfo.InvariantCulture));
            var received = await stack.Api.InvokeAsync(
                "sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = queue, ["MaxNumberOfMessages"] = 10, ["VisibilityTimeout"] = 0, ["WaitTimeSeconds"] = 0 }, Token);
            found.AddRange((received["Messages"]?.AsArray() ?? []).Where(message => message!["Body"]!.GetValue<string>().Contains(email, StringComparison.Ordinal))
                .Select(_ => new Found($"queue {queue[(queue.LastIndexOf('/') + 1)..]}", "message", retention)));
        }

        return found;
    }

    private static async Task<List<Found>> ExecutionsAsync(OithStack stack, string email)
    {
        var found = new List<Found>();
        foreach (var machine in await MachinesAsync(stack))
        {
            var executions = await stack.Api.InvokeAsync("states", "ListExecutions", new JsonObject { ["stateMachineArn"] = machine }, Token);
            foreach (var arn in executions["executions"]!.AsArray().Select(execution => execution!["executionArn"]!.GetValue<string>()))
            {
                var execution = await stack.Api.InvokeAsync("states", "DescribeExecution", new JsonObject { ["executionArn"] = arn }, Token);
                if (execution.ToJsonString().Contains(email, StringComparison.Ordinal))
                {
                    found.Add(new Found(arn.Contains(":express:", StringComparison.Ordinal) ? "express execution" : "standard execution", arn, TimeSpan.MaxValue));
                }
            }
        }

        return found;
    }

    /// <param name="Left">How long it may stay there.</param>
    private sealed record Found(string Place, string What, TimeSpan Left);
}
