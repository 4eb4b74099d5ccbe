using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud.Redis;
using Oith.Matching;
using Oith.Matching.Candidates;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Matching;

/// <summary>A matching service of its own for one test, with tables and queues of its own in a LocalCloud that tests may share.</summary>
internal sealed class MatchingHost : IAsyncDisposable
{
    private readonly string _environment = $"test{Guid.NewGuid():N}"[..12];
    private readonly List<WebApplication> _applications = [];
    private readonly Dictionary<string, string?> _settings;

    private MatchingHost(Uri endpoint, RedisServer redis)
    {
        var credentials = new BasicAWSCredentials("test", "test");
        DynamoDB = new AmazonDynamoDBClient(credentials, new AmazonDynamoDBConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1" });
        SQS = new AmazonSQSClient(credentials, new AmazonSQSConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1" });
        _settings = new Dictionary<string, string?>
        {
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ENDPOINT_URL"] = endpoint.ToString(),
            ["AWS_ACCESS_KEY_ID"] = "test",
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["OITH_ENVIRONMENT"] = _environment,
            ["USERS_TABLE"] = Users,
            ["MATCHES_TABLE"] = Matches,
            ["MATCH_HISTORY_TABLE"] = History,
            ["BLOCKS_TABLE"] = Blocks,
            ["REDIS_HOST"] = "127.0.0.1",
            ["REDIS_PORT"] = redis.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["REDIS_PASSWORD"] = redis.Password,
            ["MATCHING_RATE_LIMIT"] = "1000000",
            ["urls"] = "http://127.0.0.1:0",
        };
    }

    /// <summary>Redis keys and tables begin with it.</summary>
    public string Environment => _environment;

    public AmazonDynamoDBClient DynamoDB { get; }

    public AmazonSQSClient SQS { get; }

    public string Users => $"{_environment}-users";

    public string Matches => $"{_environment}-matches";

    public string History => $"{_environment}-match-history";

    public string Blocks => $"{_environment}-blocks";

    public string MatchingQueueUrl => _settings["MATCHING_QUEUE_URL"]!;

    public string NotificationQueueUrl => _settings["NOTIFICATION_QUEUE_URL"]!;

    /// <summary>The last service started.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>The last service started.</summary>
    public WebApplication Application => _applications[^1];

    /// <summary>Tables, queues and people, and a service that knows them all.</summary>
    public static async Task<MatchingHost> StartAsync(
        LocalCloudFixture cloud, IEnumerable<Profile> people, Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var host = new MatchingHost(cloud.Endpoint, cloud.Services.GetRequiredService<RedisServer>());
        await host.CreateTablesAsync();
        await host.CreateQueuesAsync();
        await host.PutAsync(people);
        await host.StartServiceAsync(settings, time);
        return host;
    }

    /// <summary>One more instance over the same tables.</summary>
    public async Task<HttpClient> StartServiceAsync(Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var application = MatchingApplication.Build(configure: builder =>
        {
            builder.Configuration.AddInMemoryCollection(_settings);
            builder.Configuration.AddInMemoryCollection(settings ?? []);
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            if (time is not null)
            {
                builder.Services.AddSingleton(time);
            }
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        _applications.Add(application);
        Http = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(application) };
        await application.Services.GetRequiredService<IndexState>().Ready.WaitAsync(TestContext.Current.CancellationToken);
        return Http;
    }

    /// <summary>Writes profiles straight into the table, as the AppHost does.</summary>
    public async Task PutAsync(IEnumerable<Profile> people)
    {
        foreach (var chunk in people.Chunk(25))
        {
            await DynamoDB.BatchWriteItemAsync(
                new Dictionary<string, List<WriteRequest>>
                {
                    [Users] = [.. chunk.Select(profile => new WriteRequest(new PutRequest(ProfileItem.From(profile))))],
                },
                TestContext.Current.CancellationToken);
        }
    }

    public async Task<Dictionary<string, AttributeValue>?> MatchOfAsync(string email)
    {
        var response = await DynamoDB.GetItemAsync(
            Matches, new Dictionary<string, AttributeValue> { ["id"] = new(email) }, consistentRead: true, TestContext.Current.CancellationToken);
        return response.Item is { Count: > 0 } item ? item : null;
    }

    public async Task<List<Dictionary<string, AttributeValue>>> ScanAsync(string table)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        Dictionary<string, AttributeValue>? start = null;
        do
        {
            var page = await DynamoDB.ScanAsync(
                new ScanRequest { TableName = table, ExclusiveStartKey = start }, TestContext.Current.CancellationToken);
            items.AddRange(page.Items ?? []);
            start = page.LastEvaluatedKey;
        }
        while (start is { Count: > 0 });

        return items;
    }

    public async Task<(HttpResponseMessage Response, JsonNode? Body)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (response, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>Posts and expects 200.</summary>
    public async Task<JsonNode> PostAsync(string path, object body)
    {
        var (response, answer) = await SendAsync(HttpMethod.Post, path, body);
        Assert.True(response.IsSuccessStatusCode, $"{path} answered {(int)response.StatusCode}: {answer}");
        return answer!;
    }

    public Task<JsonNode> NextAsync(string email) => PostAsync("/api/match/next", new { userEmail = email });

    public Task<JsonNode> AcceptAsync(string email, string match) => PostAsync("/api/match/accept", new { userEmail = email, matchEmail = match });

    public Task<JsonNode> PassAsync(string email, string match) => PostAsync("/api/match/pass", new { userEmail = email, matchEmail = match });

    public async ValueTask DisposeAsync()
    {
        foreach (var application in _applications)
        {
            await application.StopAsync(CancellationToken.None);
            await application.DisposeAsync();
        }

        DynamoDB.Dispose();
        SQS.Dispose();
    }

    private async Task CreateQueuesAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var matching = await SQS.CreateQueueAsync(
            new CreateQueueRequest
            {
                QueueName = $"{_environment}-matching-queue.fifo",
                Attributes = new() { ["FifoQueue"] = "true" },
            },
            cancellationToken);
        var notifications = await SQS.CreateQueueAsync(new CreateQueueRequest { QueueName = $"{_environment}-notifications" }, cancellationToken);
        _settings["MATCHING_QUEUE_URL"] = matching.QueueUrl;
        _settings["NOTIFICATION_QUEUE_URL"] = notifications.QueueUrl;
    }

    private async Task CreateTablesAsync()
    {
        await CreateTableAsync(
            Users, ("email", null), ("gender-geohash-index", "gender", "geohash"), ("geohash-lastSeen-index", "geohash", "lastSeen"));
        await CreateTableAsync(Matches, ("id", null), ("userEmail-index", "userEmail", null), ("matchEmail-index", "matchEmail", null));
        await CreateTableAsync(History, ("userEmail", "matchEmail"), ("matchEmail-index", "matchEmail", null));
        await CreateTableAsync(Blocks, ("blockerEmail", "blockedEmail"), ("blockedEmail-index", "blockedEmail", "blockerEmail"));
    }

    private async Task CreateTableAsync(string name, (string Hash, string? Range) key, params (string Name, string Hash, string? Range)[] indexes)
    {
        var attributes = indexes.SelectMany(index => new[] { index.Hash, index.Range }).Concat([key.Hash, key.Range])
            .OfType<string>().Distinct().Select(attribute => new AttributeDefinition(
                attribute, attribute == "lastSeen" ? ScalarAttributeType.N : ScalarAttributeType.S));
        await DynamoDB.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                BillingMode = BillingMode.PAY_PER_REQUEST,
                AttributeDefinitions = [.. attributes],
                KeySchema = Schema(key.Hash, key.Range),
                GlobalSecondaryIndexes =
                [
                    .. indexes.Select(index => new GlobalSecondaryIndex
                    {
                        IndexName = index.Name,
                        KeySchema = Schema(index.Hash, index.Range),
                        Projection = new Projection { ProjectionType = ProjectionType.ALL },
                    }),
                ],
            },
            TestContext.Current.CancellationToken);
    }

    private static List<KeySchemaElement> Schema(string hash, string? range) => range is null
        ? [new(hash, KeyType.HASH)]
        : [new(hash, KeyType.HASH), new(range, KeyType.RANGE)];
}
