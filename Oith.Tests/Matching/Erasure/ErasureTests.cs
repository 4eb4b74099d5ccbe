using System.Net;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Erasure;

public sealed class ErasureTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    [Fact]
    public async Task Delete_Leaves_No_Trace_When_The_Person_Left_Many()
    {
        var others = new[] { "dan", "eve", "fay" }.Select(name => NextMatchTests.Person($"{name}@example.com", name == "dan" ? "male" : "female"));
        await using var host = await MatchingHost.StartAsync(cloud, [.. NextMatchTests.Couple(), .. others]);
        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = Ann, blockedEmail = "dan@example.com" });
        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = "fay@example.com", blockedEmail = Bob });
        await host.SendAsync(HttpMethod.Post, "/api/blocks", new { blockerEmail = "dan@example.com", blockedEmail = "fay@example.com" });
        await host.NextAsync("eve@example.com");
        await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Bob });
        await NextMatchTests.ConnectAsync(host, Ann, Bob);
        await host.PassAsync(Ann, Bob);
        Assert.Contains(Bob, await DumpAsync(host), StringComparison.Ordinal);

        var (response, _) = await host.SendAsync(HttpMethod.Delete, $"/api/profiles/{Bob}");
        var again = await host.SendAsync(HttpMethod.Delete, $"/api/profiles/{Bob}");
        var gone = await host.SendAsync(HttpMethod.Get, $"/api/profiles/{Bob}");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, again.Response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, gone.Response.StatusCode);
        Assert.DoesNotContain(Bob, await DumpAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_Frees_The_Other_When_They_Were_Connected()
    {
        await using var host = await MatchingHost.StartAsync(
            cloud, [.. NextMatchTests.Couple(), NextMatchTests.Person("dan@example.com", "male") with { Interests = [] }]);
        await NextMatchTests.ConnectAsync(host, Ann, Bob);

        await host.SendAsync(HttpMethod.Delete, $"/api/profiles/{Bob}");

        Assert.Equal("dan@example.com", (await host.NextAsync(Ann))["match"]!["email"]!.GetValue<string>());
        Assert.DoesNotContain(Bob, await DumpAsync(host), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erasure_Is_Finished_At_The_Next_Start_When_It_Stopped_In_The_Middle()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        await host.NextAsync(Ann);
        await NextMatchTests.ConnectAsync(host, Ann, Bob);
        await host.DynamoDB.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = host.Users,
                Key = new() { ["email"] = new(Bob) },
                UpdateExpression = "SET erasing = :true, isVisible = :false, geohash = :erasing",
                ExpressionAttributeValues = new() { [":true"] = new() { BOOL = true }, [":false"] = new() { BOOL = false }, [":erasing"] = new("erasing") },
            },
            TestContext.Current.CancellationToken);
        var unknown = await host.SendAsync(HttpMethod.Get, $"/api/profiles/{Bob}");
        var put = await host.SendAsync(HttpMethod.Put, $"/api/profiles/{Bob}", new { gender = "man" });
        Assert.Equal(HttpStatusCode.NotFound, unknown.Response.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, put.Response.StatusCode);

        await host.StartServiceAsync();

        await Eventually.TrueAsync(async () => !(await DumpAsync(host)).Contains(Bob, StringComparison.Ordinal));
        Assert.Null((await host.NextAsync(Ann))["match"]);
    }

    private static async Task<string> DumpAsync(MatchingHost host)
    {
        var dump = "";
        foreach (var table in new[] { host.Users, host.Matches, host.History, host.Blocks })
        {
            foreach (var item in await host.ScanAsync(table))
            {
                dump += $"{table} {JsonSerializer.Serialize(item.ToDictionary(value => value.Key, value => value.Value.S ?? value.Value.N))}\n";
            }
        }

        return dump;
    }
}
