using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class StackDurabilityTests
{
    private const string Template = """
        Resources: {Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: durable}}, Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: durable}}}
        Outputs: {Name: {Value: !GetAtt Queue.QueueName, Export: {Name: durable-name}}}
        """;

    [Fact]
    public async Task Stacks_And_Objects_Survive_A_Restart()
    {
        var folder = Directory.CreateTempSubdirectory("oith-cloudformation-");
        try
        {
            await RunAsync(folder.FullName, async (api, stacks) =>
            {
                await stacks.CreateAsync("durable", Template);
                await stacks.CallAsync("CreateChangeSet", StackClient.Input("durable", Template + "\nDescription: new", new JsonObject { ["ChangeSetName"] = "kept" }, []));
                await api.InvokeAsync(
                    "s3",
                    "PutObject",
                    new JsonObject { ["Bucket"] = "durable", ["Key"] = "k", ["Body"] = "aGVsbG8=" },
                    TestContext.Current.CancellationToken);
            });
            await RunAsync(folder.FullName, async (api, stacks) =>
            {
                var stack = await stacks.DescribeAsync("durable");
                Assert.Equal("CREATE_COMPLETE", StackClient.Status(stack));
                Assert.Equal("durable", StackClient.Output(stack, "Name"));
                Assert.Equal("durable", (await stacks.CallAsync("ListExports", []))["Exports"]![0]!["Value"]!.ToString());
                Assert.Equal("durable CREATE_COMPLETE", Last(await stacks.EventsAsync("durable")));
                Assert.Single((await stacks.CallAsync("ListChangeSets", new JsonObject { ["StackName"] = "durable" }))["Summaries"]!.AsArray());
                var item = await api.InvokeAsync(
                    "s3", "GetObject", new JsonObject { ["Bucket"] = "durable", ["Key"] = "k" }, TestContext.Current.CancellationToken);
                Assert.Equal("aGVsbG8=", item["Body"]!.ToString());
                await api.InvokeAsync("s3", "DeleteObject", new JsonObject { ["Bucket"] = "durable", ["Key"] = "k" }, TestContext.Current.CancellationToken);
                Assert.Equal("DELETE_COMPLETE", StackClient.Status(await stacks.DeleteAsync("durable")));
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Last(List<JsonObject> events) => $"{events[^1]["LogicalResourceId"]} {events[^1]["ResourceStatus"]}";

    private static async Task RunAsync(string folder, Func<IAwsApi, StackClient, Task> work)
    {
        await using var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = folder });
        var api = app.Services.GetRequiredService<IAwsApi>();
        await work(api, new StackClient(api));
        await app.StopAsync(TestContext.Current.CancellationToken);
    }
}
