using System.Diagnostics;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Stack;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBDurabilityTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oith-dynamodb-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Tables_And_Items_Survive_A_Restart()
    {
        string table;
        await using (var app = await StartAsync())
        {
            using var client = Connect(LocalCloudFixture.EndpointOf(app));
            table = await client.CreateTableAsync("id", null, request =>
            {
                request.AttributeDefinitions.Add(new AttributeDefinition("g", ScalarAttributeType.N));
                request.GlobalSecondaryIndexes =
                [
                    new GlobalSecondaryIndex
                    {
                        IndexName = "by-g",
                        KeySchema = [new KeySchemaElement("g", KeyType.HASH)],
                        Projection = new Projection { ProjectionType = ProjectionType.KEYS_ONLY },
                    },
                ];
            });
            var dropped = await client.CreateTableAsync();
            await client.UpdateTimeToLiveAsync(
                new UpdateTimeToLiveRequest { TableName = table, TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = "ttl", Enabled = true } },
                Cancellation);
            await client.PutItemAsync(table, Attributes(("id", S("kept")), ("g", N("1")), ("list", L(S("x")))), Cancellation);
            await client.PutItemAsync(table, Attributes(("id", S("deleted"))), Cancellation);
            await client.DeleteItemAsync(table, Attributes(("id", S("deleted"))), Cancellation);
            await client.TransactWriteItemsAsync(
                new TransactWriteItemsRequest
                {
                    TransactItems =
                    [
                        new TransactWriteItem { Put = new Put { TableName = table, Item = Attributes(("id", S("transacted"))) } },
                        new TransactWriteItem
                        {
                            Update = new Update
                            {
                                TableName = table,
                                Key = Attributes(("id", S("kept"))),
                                UpdateExpression = "SET g = g + :one",
                                ExpressionAttributeValues = Attributes((":one", N("1"))),
                            },
                        },
                    ],
                },
                Cancellation);
            await client.DeleteTableAsync(dropped, Cancellation);
            await app.StopAsync(Cancellation);
        }

        // Twice: the first start rewrites the journal.
        for (var start = 0; start < 2; start++)
        {
            await using var app = await StartAsync();
            using var client = Connect(LocalCloudFixture.EndpointOf(app));
            Assert.Equal([table], (await client.ListTablesAsync(Cancellation)).TableNames);
            var items = (await client.ScanAsync(new ScanRequest(table), Cancellation)).Items;
            Assert.Equal(["kept", "transacted"], items.Select(item => item["id"].S).Order());
            Assert.Equal("x", items.Single(item => item["id"].S == "kept")["list"].L[0].S);
            var indexed = Assert.Single((await client.ScanAsync(new ScanRequest(table) { IndexName = "by-g" }, Cancellation)).Items);
            Assert.Equal("2", indexed["g"].N);
            Assert.Equal("ttl", (await client.DescribeTimeToLiveAsync(table, Cancellation)).TimeToLiveDescription.AttributeName);
            await app.StopAsync(Cancellation);
        }
    }

    [Fact]
    public async Task Stream_Goes_On_After_A_Restart()
    {
        string table;
        List<string> before;
        await using (var app = await StartAsync())
        {
            using var client = Connect(LocalCloudFixture.EndpointOf(app));
            table = await client.CreateTableAsync("id", null, request =>
                request.StreamSpecification = new StreamSpecification { StreamEnabled = true, StreamViewType = StreamViewType.NEW_AND_OLD_IMAGES });
            await client.PutItemAsync(table, Attributes(("id", S("a")), ("n", N("1"))), Cancellation);
            await client.PutItemAsync(table, Attributes(("id", S("a")), ("n", N("2"))), Cancellation);
            await client.DeleteItemAsync(table, Attributes(("id", S("a"))), Cancellation);
            before = await RecordsAsync(app, table);
            await app.StopAsync(Cancellation);
        }

        Assert.Equal(3, before.Count);

        // Twice: the first start rewrites the journal.
        for (var start = 0; start < 2; start++)
        {
            await using var app = await StartAsync();
            using var client = Connect(LocalCloudFixture.EndpointOf(app));
            Assert.Equal(before, await RecordsAsync(app, table));
            await client.PutItemAsync(table, Attributes(("id", S($"after-{start}"))), Cancellation);
            var after = await RecordsAsync(app, table);
            Assert.Equal(before.Count + 1, after.Count);
            before = after;
            await app.StopAsync(Cancellation);
        }
    }

    private static async Task<List<string>> RecordsAsync(Microsoft.AspNetCore.Builder.WebApplication app, string table)
    {
        var api = app.Services.GetRequiredService<IAwsApi>();
        var arn = (string)(await api.InvokeAsync(
            "dynamodb", "DescribeTable", new JsonObject { ["TableName"] = table }, Cancellation))["Table"]!["LatestStreamArn"]!;
        var stream = await api.InvokeAsync("dynamodbstreams", "DescribeStream", new JsonObject { ["StreamArn"] = arn }, Cancellation);
        var iterator = await api.InvokeAsync(
            "dynamodbstreams",
            "GetShardIterator",
            new JsonObject
            {
                ["StreamArn"] = arn,
                ["ShardId"] = (string)stream["StreamDescription"]!["Shards"]![0]!["ShardId"]!,
                ["ShardIteratorType"] = "TRIM_HORIZON",
            },
            Cancellation);
        var read = await api.InvokeAsync(
            "dynamodbstreams", "GetRecords", new JsonObject { ["ShardIterator"] = (string)iterator["ShardIterator"]! }, Cancellation);
        return [.. read["Records"]!.AsArray().Select(record => record!.ToJsonString())];
    }

    [Fact]
    public async Task Acknowledged_Items_Survive_A_Kill()
    {
        var acknowledged = 0;
        string table;
        using (var server = await ServerProcess.StartAsync(_directory, Cancellation))
        {
            using var client = Connect(server.Endpoint);
            table = await client.CreateTableAsync();
            var writing = Task.Run(async () =>
            {
                try
                {
                    for (var number = 0; ; number++)
                    {
                        await client.PutItemAsync(table, Attributes(("id", S($"{number}"))), Cancellation);
                        Volatile.Write(ref acknowledged, number + 1);
                    }
                }
                catch (Exception error) when (error is AmazonDynamoDBException or Amazon.Runtime.AmazonClientException or HttpRequestException)
                {
                    // The process was killed under the client.
                }
            }, Cancellation);
            while (Volatile.Read(ref acknowledged) < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
                Assert.False(writing.IsCompleted);
            }

            server.Kill();
            await writing;
        }

        await using var app = await StartAsync();
        using var after = Connect(LocalCloudFixture.EndpointOf(app));
        var count = (await after.ScanAsync(new ScanRequest(table) { Select = Select.COUNT }, Cancellation)).Count;
        Assert.InRange(count!.Value, acknowledged, acknowledged + 1);
        await app.StopAsync(Cancellation);
    }

    private Task<Microsoft.AspNetCore.Builder.WebApplication> StartAsync() =>
        LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = _directory });

    /// <summary>LocalCloud in a process of its own, to be killed.</summary>
    private sealed class ServerProcess : IDisposable
    {
        private readonly Process _process;

        private ServerProcess(Process process, Uri endpoint)
        {
            _process = process;
            Endpoint = endpoint;
        }

        public Uri Endpoint { get; }

        public static async Task<ServerProcess> StartAsync(string directory, CancellationToken cancellationToken)
        {
            var program = Path.Combine(AppContext.BaseDirectory, "Oith.LocalCloud.dll");
            Assert.SkipUnless(File.Exists(Path.ChangeExtension(program, ".runtimeconfig.json")), "Oith.LocalCloud cannot be started from here.");
            var (port, redisPort) = (LocalPort.FindFree(), LocalPort.FindFree());
            var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
            {
                ArgumentList =
                {
                    program, $"--LocalCloud:Port={port}", $"--LocalCloud:RedisPort={redisPort}", $"--LocalCloud:DataDirectory={directory}",
                },
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            var endpoint = new Uri($"http://127.0.0.1:{port}");
            using var http = new HttpClient();
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Assert.False(process.HasExited, "LocalCloud ended at its start.");
                try
                {
                    using var answer = await http.GetAsync(new Uri(endpoint, "health"), cancellationToken);
                    return new ServerProcess(process, endpoint);
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
                }
            }
        }

        /// <summary>SIGKILL.</summary>
        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                Kill();
            }

            _process.Dispose();
        }
    }
}
