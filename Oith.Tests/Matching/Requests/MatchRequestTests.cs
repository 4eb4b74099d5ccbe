using System.Net;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Oith.Matching.Matches;
using Oith.Matching.Requests;
using Oith.Matching.Storage;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Requests;

public sealed class MatchRequestTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";

    [Fact]
    public async Task Request_Waits_In_The_Queue_When_It_Is_Posted()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        var (response, request) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = "Ann@Example.com " });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var id = request!["requestId"]!.GetValue<string>();
        Assert.Equal($"/api/match/requests/{id}", response.Headers.Location!.ToString());
        var (_, stored) = await host.SendAsync(HttpMethod.Get, $"/api/match/requests/{id}");
        Assert.Equal("queued", stored!["status"]!.GetValue<string>());
        Assert.Null(stored["match"]);
        var received = await host.SQS.ReceiveMessageAsync(
            new ReceiveMessageRequest(host.MatchingQueueUrl) { MessageSystemAttributeNames = ["All"], MessageAttributeNames = ["All"] },
            TestContext.Current.CancellationToken);
        var message = Assert.Single(received.Messages);
        Assert.Equal(Ann, message.Attributes["MessageGroupId"]);
        Assert.StartsWith(id, message.Attributes["MessageDeduplicationId"], StringComparison.Ordinal);
        var body = JsonNode.Parse(message.Body)!;
        Assert.Equal(id, body["requestId"]!.GetValue<string>());
        Assert.Equal(Ann, body["userEmail"]!.GetValue<string>());
        Assert.Equal(message.MessageAttributes["traceparent"].StringValue, body["traceparent"]!.GetValue<string>());
        var record = Assert.Single(await host.ScanAsync(host.Matches));
        Assert.True(long.Parse(record["timeToLive"].N, null) > TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Request_Is_Not_Read_Again_While_It_Waits_And_Is_When_It_Has_Ended()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (request, id, path) = await QueueAsync(host);

        await DeleteRecordAsync(host, id);
        var waiting = await FromMemoryAsync(host, path);
        await host.Application.Services.GetRequiredService<MatchRequestStore>().RemoveAsync(id, TestContext.Current.CancellationToken);
        var (gone, _) = await host.SendAsync(HttpMethod.Get, path);

        Assert.Equal(request.ToJsonString(), waiting.ToJsonString());
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Answered_Request_Stays_Without_The_Match_When_The_Match_Is_Erased()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (request, id, path) = await QueueAsync(host);
        await host.PostAsync("/events", new { task = "matchDirect", requestId = id, userEmail = Ann });
        var (_, found) = await host.SendAsync(HttpMethod.Get, path);

        await host.SendAsync(HttpMethod.Delete, "/api/profiles/bob@example.com");
        var (response, answered) = await host.SendAsync(HttpMethod.Get, path);
        var (_, repeated) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId = id });

        Assert.Equal("bob@example.com", found!["match"]!["email"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("completed", answered!["status"]!.GetValue<string>());
        Assert.Null(answered["match"]);
        Assert.Contains("deleted", answered["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(request["createdAt"]!.ToJsonString(), answered["createdAt"]!.ToJsonString());
        Assert.Equal(answered.ToJsonString(), repeated!.ToJsonString());
    }

    [Fact]
    public async Task Answered_Request_Names_Its_Match_No_More_Once_The_User_Has_Passed_It()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (_, id, path) = await QueueAsync(host);
        await host.PostAsync("/events", new { task = "matchDirect", requestId = id, userEmail = Ann });
        var (_, found) = await host.SendAsync(HttpMethod.Get, path);

        var (passed, _) = await host.SendAsync(
            HttpMethod.Post, "/api/match/pass", new { userEmail = Ann, matchEmail = "bob@example.com" });
        var (_, answered) = await host.SendAsync(HttpMethod.Get, path);
        var (_, repeated) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId = id });

        Assert.Equal("bob@example.com", found!["match"]!["email"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
        Assert.Equal("completed", answered!["status"]!.GetValue<string>());
        Assert.Null(answered["match"]);
        Assert.DoesNotContain("bob@example.com", answered.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(answered.ToJsonString(), repeated!.ToJsonString());
    }

    [Fact]
    public async Task Request_Is_Queued_Anew_When_Its_Id_Was_Used_Before_The_User_Was_Erased()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var requestId = Guid.NewGuid();
        await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId });
        await host.SendAsync(HttpMethod.Delete, $"/api/profiles/{Ann}");
        await host.PutAsync([NextMatchTests.Person(Ann, "female")]);

        var (response, _) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(2, await MessagesAsync(host));
    }

    [Fact]
    public async Task Request_That_Waits_Is_Still_There_When_Its_Repetition_Finds_No_Queue()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (request, id, path) = await QueueAsync(host);
        await host.StartServiceAsync(new() { ["MATCHING_QUEUE_URL"] = new Uri(cloud.Endpoint, "/000000000000/nowhere.fifo").ToString() });

        var (repeated, _) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId = id });
        var (_, waiting) = await host.SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, repeated.StatusCode);
        Assert.Equal(request.ToJsonString(), waiting!.ToJsonString());
    }

    [Fact]
    public async Task Request_Has_Failed_When_The_Queue_Cannot_Have_It_Any_More()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (_, id, path) = await QueueAsync(host);
        await host.DynamoDB.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = host.Matches,
                Key = new() { ["id"] = new AttributeValue($"request#{id}") },
                UpdateExpression = "SET createdAt = createdAt - :days",
                ExpressionAttributeValues = new() { [":days"] = new AttributeValue { N = "90000000" } },
            },
            TestContext.Current.CancellationToken);
        await host.StartServiceAsync();

        var (_, old) = await host.SendAsync(HttpMethod.Get, path);
        var (_, repeated) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId = id });

        Assert.Equal("failed", old!["status"]!.GetValue<string>());
        Assert.Equal(old.ToJsonString(), repeated!.ToJsonString());
        Assert.Equal(1, await MessagesAsync(host));
    }

    [Fact]
    public async Task Request_Says_When_To_Ask_Again_As_Long_As_It_Waits()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (queued, request) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });
        var id = request!["requestId"]!.GetValue<Guid>();
        var path = $"/api/match/requests/{id}";
        await host.DynamoDB.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = host.Matches,
                Key = new() { ["id"] = new AttributeValue($"request#{id}") },
                UpdateExpression = "SET createdAt = createdAt - :hour",
                ExpressionAttributeValues = new() { [":hour"] = new AttributeValue { N = "3600000" } },
            },
            TestContext.Current.CancellationToken);
        await host.StartServiceAsync();
        var (waiting, _) = await host.SendAsync(HttpMethod.Get, path);
        await host.PostAsync("/events", new { task = "matchDirect", requestId = id, userEmail = Ann });
        var (answered, _) = await host.SendAsync(HttpMethod.Get, path);

        Assert.Equal(TimeSpan.FromSeconds(1), queued.Headers.RetryAfter?.Delta);
        Assert.Equal(TimeSpan.FromSeconds(5), waiting.Headers.RetryAfter?.Delta);
        Assert.Null(answered.Headers.RetryAfter);
    }

    [Fact]
    public async Task Nobody_Is_Shown_For_A_Request_That_Is_Gone()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var cancellationToken = TestContext.Current.CancellationToken;
        var services = host.Application.Services;
        var ann = await services.GetRequiredService<ProfileStore>().FindAsync(Ann, cancellationToken);
        var request = new MatchRequest(Guid.NewGuid(), Ann, MatchRequestStatus.Queued, TimeProvider.System.GetUtcNow(), Match: null, Message: null);

        var presentation = await services.GetRequiredService<Matchmaking>().PresentAsync(ann!, "bob@example.com", request, cancellationToken);

        Assert.Equal(PresentationOutcome.RequestAnswered, presentation.Outcome);
        Assert.Empty(await host.ScanAsync(host.Matches));
    }

    [Fact]
    public async Task Request_Of_An_Erased_Person_Is_Gone_Though_It_Was_Known_To_Wait()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var (_, request) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });
        var path = $"/api/match/requests/{request!["requestId"]!.GetValue<string>()}";
        await host.SendAsync(HttpMethod.Get, path);

        await host.SendAsync(HttpMethod.Delete, $"/api/profiles/{Ann}");

        Assert.Equal(HttpStatusCode.NotFound, (await host.SendAsync(HttpMethod.Get, path)).Response.StatusCode);
    }

    [Fact]
    public async Task Request_Is_Queued_Once_When_The_Client_Repeats_It()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var requestId = Guid.NewGuid();

        var first = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId });
        var second = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann, requestId });
        var others = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = "bob@example.com", requestId });

        Assert.Equal(HttpStatusCode.Accepted, second.Response.StatusCode);
        Assert.Equal(first.Body!["requestId"]!.ToJsonString(), second.Body!["requestId"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.Conflict, others.Response.StatusCode);
        Assert.Equal(1, await MessagesAsync(host));
    }

    [Fact]
    public async Task Request_Leaves_No_Record_When_The_Queue_Is_Away()
    {
        await using var host = await MatchingHost.StartAsync(
            cloud, NextMatchTests.Couple(), new() { ["MATCHING_QUEUE_URL"] = new Uri(cloud.Endpoint, "/000000000000/nowhere.fifo").ToString() });

        var (response, _) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Empty(await host.ScanAsync(host.Matches));
    }

    [Fact]
    public async Task Request_Is_Not_Found_When_Nobody_Made_It()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());

        var unknownUser = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = "nobody@example.com" });
        var unknownId = await host.SendAsync(HttpMethod.Get, $"/api/match/requests/{Guid.NewGuid()}");
        var noId = await host.SendAsync(HttpMethod.Get, "/api/match/requests/17");

        Assert.Equal(HttpStatusCode.NotFound, unknownUser.Response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, unknownId.Response.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, noId.Response.StatusCode);
        Assert.NotNull(noId.Body!["errors"]!["id"]);
    }

    private static async Task<int?> MessagesAsync(MatchingHost host) => (await host.SQS.GetQueueAttributesAsync(
        host.MatchingQueueUrl, ["ApproximateNumberOfMessages"], TestContext.Current.CancellationToken)).ApproximateNumberOfMessages;

    private static async Task<(JsonNode Request, Guid Id, string Path)> QueueAsync(MatchingHost host)
    {
        var (_, request) = await host.SendAsync(HttpMethod.Post, "/api/match/requests", new { userEmail = Ann });
        var id = request!["requestId"]!.GetValue<Guid>();
        return (request, id, $"/api/match/requests/{id}");
    }

    // Behind the service's back, so that the answer tells where it comes from.
    private static async Task DeleteRecordAsync(MatchingHost host, Guid id) => await host.DynamoDB.DeleteItemAsync(
        host.Matches, new() { ["id"] = new AttributeValue($"request#{id}") }, TestContext.Current.CancellationToken);

    // Only while changes are exchanged is anything answered from memory.
    private static Task<JsonNode> FromMemoryAsync(MatchingHost host, string path) => Eventually.GetAsync(async () =>
        await host.SendAsync(HttpMethod.Get, path) is ({ StatusCode: HttpStatusCode.OK }, { } body) ? body : null);
}
