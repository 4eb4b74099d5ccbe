using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class StackLifeCycleTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Queues = """
        Parameters:
          Delay: {Type: Number, Default: 5}
          Secret: {Type: String, Default: hidden, NoEcho: true}
        Resources:
          Dead:
            Type: AWS::SQS::Queue
          Work:
            Type: AWS::SQS::Queue
            Properties:
              DelaySeconds: !Ref Delay
              RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
        Outputs:
          WorkArn:
            Description: Where the work goes
            Value: !GetAtt Work.Arn
            Export: {Name: !Sub '${AWS::StackName}-WorkArn'}
          DeadName: {Value: !GetAtt Dead.QueueName}
        """;

    private readonly StackClient _stacks = new(cloud.Api);

    [Fact]
    public async Task Stack_Is_Created_With_Outputs_And_Events()
    {
        var stack = await _stacks.CreateAsync("created", Queues, null, ("Delay", "7"));

        Assert.Equal("CREATE_COMPLETE", StackClient.Status(stack));
        Assert.StartsWith("arn:aws:sqs:us-east-1:000000000000:created-Work-", StackClient.Output(stack, "WorkArn"));
        Assert.Equal("****", stack["Parameters"]!.AsArray().Single(parameter => parameter!["ParameterKey"]!.ToString() == "Secret")!["ParameterValue"]!.ToString());
        var statuses = (await _stacks.EventsAsync("created")).Select(stackEvent => $"{stackEvent["LogicalResourceId"]} {stackEvent["ResourceStatus"]}").ToList();
        Assert.Equal("created CREATE_IN_PROGRESS", statuses[0]);
        Assert.Equal("created CREATE_COMPLETE", statuses[^1]);
        Assert.True(statuses.IndexOf("Dead CREATE_COMPLETE") < statuses.IndexOf("Work CREATE_IN_PROGRESS"));
        var attributes = await cloud.Api.InvokeAsync(
            "sqs",
            "GetQueueAttributes",
            new JsonObject { ["QueueUrl"] = await _stacks.PhysicalIdAsync("created", "Work"), ["AttributeNames"] = new JsonArray("All") },
            TestContext.Current.CancellationToken);
        Assert.Equal("7", attributes["Attributes"]!["DelaySeconds"]!.ToString());
    }

    /// <summary>A deletion supersedes the creation, which writes no status afterwards: the last word has the deletion.</summary>
    [Fact]
    public async Task Stack_Is_Deleted_While_It_Is_Created()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), TestContext.Current.CancellationToken, async (number, _) =>
        {
            var name = $"in-between-{number}";
            var id = (await _stacks.CallAsync("CreateStack", StackClient.Input(name, Queues, null, [])))["StackId"]!.GetValue<string>();

            await _stacks.CallAsync("DeleteStack", new JsonObject { ["StackName"] = name });

            Assert.Equal("DELETE_COMPLETE", StackClient.Status(await _stacks.WaitAsync(id)));
            var last = (await _stacks.EventsAsync(id)).Last();
            Assert.Equal($"{name} DELETE_COMPLETE", $"{last["LogicalResourceId"]} {last["ResourceStatus"]}");
        });
        var queues = await cloud.Api.InvokeAsync(
            "sqs", "ListQueues", new JsonObject { ["QueueNamePrefix"] = "in-between-" }, TestContext.Current.CancellationToken);
        Assert.Null(queues["QueueUrls"]);
    }

    /// <summary>Of two updates at a time one begins, the other is refused.</summary>
    [Fact]
    public async Task Stack_Has_One_Update_At_A_Time()
    {
        await _stacks.CreateAsync("one-update", Queues);
        for (var round = 0; round < 20; round++)
        {
            var updates = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
            {
                try
                {
                    await _stacks.CallAsync("UpdateStack", StackClient.Input("one-update", Queues, null, [("Delay", $"{(round * 4) + number + 10}")]));
                    return "";
                }
                catch (AwsServiceException error)
                {
                    return error.Message;
                }
            })));

            var refused = updates.Where(message => message.Length > 0).ToList();
            Assert.All(refused, message => Assert.EndsWith("state and can not be updated.", message));
            Assert.Equal("UPDATE_COMPLETE", StackClient.Status(await _stacks.WaitAsync("one-update")));
        }

        var statuses = (await _stacks.EventsAsync("one-update"))
            .Where(stackEvent => stackEvent["LogicalResourceId"]!.ToString() == "one-update")
            .Select(stackEvent => stackEvent["ResourceStatus"]!.ToString())
            .Where(status => status is "UPDATE_IN_PROGRESS" or "UPDATE_COMPLETE")
            .ToList();
        Assert.All(statuses.Chunk(2), pair => Assert.Equal(["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], pair));
    }

    [Fact]
    public async Task Stack_Is_Deleted_With_Its_Resources()
    {
        await _stacks.CreateAsync("deleted", Queues);
        var url = await _stacks.PhysicalIdAsync("deleted", "Work");

        var stack = await _stacks.DeleteAsync("deleted");

        Assert.Equal("DELETE_COMPLETE", StackClient.Status(stack));
        var gone = await _stacks.RefusalAsync("DescribeStacks", new JsonObject { ["StackName"] = "deleted" });
        Assert.Equal(("ValidationError", "Stack with id deleted does not exist"), (gone.Code, gone.Message));
        var missing = await Assert.ThrowsAsync<AwsServiceException>(async () => await cloud.Api.InvokeAsync(
            "sqs", "GetQueueAttributes", new JsonObject { ["QueueUrl"] = url }, TestContext.Current.CancellationToken));
        Assert.Contains("QueueDoesNotExist", missing.Code);
    }

    [Fact]
    public async Task Unknown_Property_Fails_The_Stack_And_Is_Named()
    {
        var stack = await _stacks.CreateAsync("unknown-property", "Resources: {Q: {Type: 'AWS::SQS::Queue', Properties: {Colour: red}}}");

        Assert.Equal("ROLLBACK_COMPLETE", StackClient.Status(stack));
        var failure = (await _stacks.EventsAsync("unknown-property")).First(stackEvent => stackEvent["ResourceStatus"]!.ToString() == "CREATE_FAILED");
        Assert.Equal("Property validation failure: [Encountered unsupported properties in {/}: [Colour]]", failure["ResourceStatusReason"]!.ToString());
    }

    [Fact]
    public async Task Failed_Creation_Rolls_Back_What_Was_Created()
    {
        const string Template = """
            Resources:
              Good: {Type: 'AWS::SQS::Queue', Properties: {QueueName: rolled-back}}
              Bad: {Type: 'AWS::SQS::Queue', DependsOn: Good, Properties: {DelaySeconds: 100000}}
            """;

        var stack = await _stacks.CreateAsync("rolled-back", Template);

        Assert.Equal("ROLLBACK_COMPLETE", StackClient.Status(stack));
        Assert.Contains(
            await _stacks.EventsAsync("rolled-back"),
            stackEvent => stackEvent["ResourceStatusReason"]?.ToString() == "The following resource(s) failed to create: [Bad]. Rollback requested by user.");
        var queues = await cloud.Api.InvokeAsync("sqs", "ListQueues", new JsonObject { ["QueueNamePrefix"] = "rolled-back" }, TestContext.Current.CancellationToken);
        Assert.Null(queues["QueueUrls"]);
    }

    /// <summary>A resource whose first call succeeds and whose second fails has no physical ID, and stayed behind.</summary>
    [Theory]
    [InlineData("half-function", """
        Type: AWS::Lambda::Function
            Properties: {FunctionName: half, Role: 'arn:aws:iam::000000000000:role/r', Handler: h.h, Runtime: python3.13, Code: {ZipFile: x}, ReservedConcurrentExecutions: VALUE}
        """, "950", "10")]
    [InlineData("half-topic", """
        Type: AWS::SNS::Topic
            Properties: {TopicName: half, FifoTopic: false, Subscription: [{Protocol: VALUE, Endpoint: 'ops@example.com'}]}
        """, "pigeon", "email")]
    public async Task Resource_Whose_Creation_Fails_Half_Way_Is_Gone_After_The_Rollback(string name, string resource, string bad, string good)
    {
        string Template(string value) => $"Resources:\n  Half:\n    {resource.Replace("VALUE", value, StringComparison.Ordinal)}";

        Assert.Equal("ROLLBACK_COMPLETE", StackClient.Status(await _stacks.CreateAsync(name, Template(bad))));
        await _stacks.DeleteAsync(name);

        var again = await _stacks.CreateAsync(name, Template(good));
        Assert.Equal("CREATE_COMPLETE", StackClient.Status(again));
    }

    [Fact]
    public async Task Circle_Of_Resources_Is_Refused()
    {
        const string Template = """
            Resources:
              A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !GetAtt B.QueueName}}
              B: {Type: 'AWS::SQS::Queue', DependsOn: A}
              C: {Type: 'AWS::SQS::Queue', DependsOn: A}
            """;

        var error = await _stacks.RefusalAsync("CreateStack", StackClient.Input("circle", Template, null, []));

        Assert.Equal("Circular dependency between resources: [A, B]", error.Message);
    }

    [Fact]
    public async Task Import_Reads_The_Export_And_Keeps_It_From_Being_Deleted()
    {
        await _stacks.CreateAsync("exporter", Queues);
        var importer = await _stacks.CreateAsync(
            "importer", "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\nOutputs: {Arn: {Value: !ImportValue exporter-WorkArn}}");

        Assert.StartsWith("arn:aws:sqs:", StackClient.Output(importer, "Arn"));
        var imports = await _stacks.CallAsync("ListImports", new JsonObject { ["ExportName"] = "exporter-WorkArn" });
        Assert.Equal("importer", imports["Imports"]![0]!.ToString());
        var kept = await _stacks.DeleteAsync("exporter");
        Assert.Equal("CREATE_COMPLETE", StackClient.Status(kept));
        Assert.Equal("Export exporter-WorkArn cannot be deleted as it is in use by importer", kept["StackStatusReason"]!.ToString());
        await _stacks.DeleteAsync("importer");
        Assert.Equal("DELETE_COMPLETE", StackClient.Status(await _stacks.DeleteAsync("exporter")));
    }
}
