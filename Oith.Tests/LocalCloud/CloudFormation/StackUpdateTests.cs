using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class StackUpdateTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string OneQueue = """
        Parameters:
          Delay: {Type: Number, Default: 5}
          QueueName: {Type: String}
        Resources:
          Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref QueueName, DelaySeconds: !Ref Delay}}
        Outputs:
          Name: {Value: !GetAtt Queue.QueueName}
        """;

    private readonly StackClient _stacks = new(cloud.Api);

    [Fact]
    public async Task Changed_Property_Updates_The_Resource_In_Place()
    {
        await _stacks.CreateAsync("in-place", OneQueue, null, ("QueueName", "in-place"));
        var id = await _stacks.PhysicalIdAsync("in-place", "Queue");

        var stack = await _stacks.UpdateAsync("in-place", OneQueue, null, ("QueueName", "in-place"), ("Delay", "9"));

        Assert.Equal("UPDATE_COMPLETE", StackClient.Status(stack));
        Assert.Equal(id, await _stacks.PhysicalIdAsync("in-place", "Queue"));
        Assert.Equal("9", await AttributeAsync(id, "DelaySeconds"));
    }

    [Fact]
    public async Task Changed_Name_Replaces_The_Resource_And_Deletes_The_Old_One()
    {
        await _stacks.CreateAsync("replaced", OneQueue, null, ("QueueName", "replaced-1"));

        var stack = await _stacks.UpdateAsync("replaced", OneQueue, null, ("QueueName", "replaced-2"));

        Assert.Equal("UPDATE_COMPLETE", StackClient.Status(stack));
        Assert.Equal("replaced-2", StackClient.Output(stack, "Name"));
        Assert.Equal(["replaced-2"], await QueuesAsync("replaced-"));
        Assert.Contains(
            await _stacks.EventsAsync("replaced"),
            stackEvent => stackEvent["ResourceStatusReason"]?.ToString()
                == "Requested update requires the creation of a new physical resource; hence creating one.");
    }

    [Fact]
    public async Task Update_Without_A_Change_Is_Refused()
    {
        await _stacks.CreateAsync("unchanged", OneQueue, null, ("QueueName", "unchanged"));

        var error = await _stacks.RefusalAsync("UpdateStack", StackClient.Input("unchanged", OneQueue, null, [("QueueName", "unchanged")]));

        Assert.Equal(("ValidationError", "No updates are to be performed."), (error.Code, error.Message));
    }

    [Fact]
    public async Task Failed_Update_Rolls_Back_Everything_It_Did()
    {
        await _stacks.CreateAsync("rolled", OneQueue, null, ("QueueName", "rolled"));
        const string Broken = """
            Parameters:
              QueueName: {Type: String}
            Resources:
              Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref QueueName, DelaySeconds: 8}}
              Added: {Type: 'AWS::SQS::Queue', DependsOn: Queue, Properties: {QueueName: rolled-added}}
              Broken: {Type: 'AWS::SQS::Queue', DependsOn: Added, Properties: {DelaySeconds: 100000}}
            """;

        var stack = await _stacks.UpdateAsync("rolled", Broken, null, ("QueueName", "rolled"));

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", StackClient.Status(stack));
        Assert.Equal("5", await AttributeAsync(await _stacks.PhysicalIdAsync("rolled", "Queue"), "DelaySeconds"));
        Assert.Equal(["rolled"], await QueuesAsync("rolled"));
        Assert.Equal("UPDATE_COMPLETE", StackClient.Status(await _stacks.UpdateAsync("rolled", OneQueue, null, ("QueueName", "rolled"), ("Delay", "6"))));
    }

    [Fact]
    public async Task Rollback_That_Fails_Can_Be_Continued_Without_The_Resource()
    {
        await _stacks.CreateAsync("stuck", OneQueue, null, ("QueueName", "stuck"));
        await cloud.Api.InvokeAsync(
            "sqs",
            "DeleteQueue",
            new JsonObject { ["QueueUrl"] = await _stacks.PhysicalIdAsync("stuck", "Queue") },
            TestContext.Current.CancellationToken);

        var stack = await _stacks.UpdateAsync("stuck", OneQueue, null, ("QueueName", "stuck"), ("Delay", "9"));
        Assert.Equal("UPDATE_ROLLBACK_FAILED", StackClient.Status(stack));
        var refused = await _stacks.RefusalAsync("UpdateStack", StackClient.Input("stuck", OneQueue, null, [("QueueName", "stuck")]));
        Assert.EndsWith("is in UPDATE_ROLLBACK_FAILED state and can not be updated.", refused.Message);
        await _stacks.CallAsync("ContinueUpdateRollback", new JsonObject { ["StackName"] = "stuck", ["ResourcesToSkip"] = new JsonArray("Queue") });

        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", StackClient.Status(await _stacks.WaitAsync("stuck")));
    }

    [Fact]
    public async Task Failed_Creation_Stays_When_Rollback_Is_Disabled()
    {
        const string Template = """
            Resources:
              Good: {Type: 'AWS::SQS::Queue', Properties: {QueueName: stays-good}}
              Bad: {Type: 'AWS::SQS::Queue', DependsOn: Good, Properties: {DelaySeconds: 100000}}
            """;

        var stack = await _stacks.CreateAsync("stays", Template, new JsonObject { ["DisableRollback"] = true });

        Assert.Equal("CREATE_FAILED", StackClient.Status(stack));
        Assert.Equal(["stays-good"], await QueuesAsync("stays-"));
        await _stacks.CallAsync("RollbackStack", new JsonObject { ["StackName"] = "stays" });
        Assert.Equal("ROLLBACK_COMPLETE", StackClient.Status(await _stacks.WaitAsync("stays")));
        Assert.Empty(await QueuesAsync("stays-"));
    }

    [Fact]
    public async Task Failed_Update_Stays_When_Rollback_Is_Disabled_And_Can_Be_Taken_Back()
    {
        await _stacks.CreateAsync("half", OneQueue, null, ("QueueName", "half-1"));
        const string Broken = """
            Parameters:
              QueueName: {Type: String}
            Resources:
              Queue: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref QueueName}}
              Broken: {Type: 'AWS::SQS::Queue', DependsOn: Queue, Properties: {DelaySeconds: 100000}}
            """;

        var stack = await _stacks.UpdateAsync("half", Broken, new JsonObject { ["DisableRollback"] = true }, ("QueueName", "half-2"));

        Assert.Equal("UPDATE_FAILED", StackClient.Status(stack));
        Assert.Equal(["half-1", "half-2"], await QueuesAsync("half-"));
        await _stacks.CallAsync("RollbackStack", new JsonObject { ["StackName"] = "half" });
        stack = await _stacks.WaitAsync("half");
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", StackClient.Status(stack));
        Assert.Equal("half-1", StackClient.Output(stack, "Name"));
        Assert.Equal(["half-1"], await QueuesAsync("half-"));
    }

    [Fact]
    public async Task Stack_Policy_Keeps_A_Resource_From_Being_Replaced_But_Not_From_Being_Changed()
    {
        await _stacks.CreateAsync("guarded", OneQueue, null, ("QueueName", "guarded"));
        const string Policy = """
            {"Statement": [
              {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
              {"Effect": "Deny", "Principal": "*", "Action": ["Update:Replace", "Update:Delete"], "Resource": "*",
               "Condition": {"StringEquals": {"ResourceType": ["AWS::SQS::Queue"]}}}]}
            """;
        await _stacks.CallAsync("SetStackPolicy", new JsonObject { ["StackName"] = "guarded", ["StackPolicyBody"] = Policy });

        Assert.Equal("UPDATE_COMPLETE", StackClient.Status(await _stacks.UpdateAsync("guarded", OneQueue, null, ("QueueName", "guarded"), ("Delay", "2"))));
        Assert.Equal("UPDATE_ROLLBACK_COMPLETE", StackClient.Status(await _stacks.UpdateAsync("guarded", OneQueue, null, ("QueueName", "guarded-2"), ("Delay", "2"))));
        Assert.Contains(
            await _stacks.EventsAsync("guarded"),
            stackEvent => stackEvent["ResourceStatusReason"]?.ToString()
                == "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [LogicalResourceId/Queue]");
        Assert.Equal(Policy, (await _stacks.CallAsync("GetStackPolicy", new JsonObject { ["StackName"] = "guarded" }))["StackPolicyBody"]!.ToString());
    }

    [Fact]
    public async Task Protected_Stack_Is_Not_Deleted()
    {
        await _stacks.CreateAsync("protected", OneQueue, new JsonObject { ["EnableTerminationProtection"] = true }, ("QueueName", "protected"));

        var error = await _stacks.RefusalAsync("DeleteStack", new JsonObject { ["StackName"] = "protected" });

        Assert.Equal("Stack [protected] cannot be deleted while TerminationProtection is enabled", error.Message);
        await _stacks.CallAsync("UpdateTerminationProtection", new JsonObject { ["StackName"] = "protected", ["EnableTerminationProtection"] = false });
        Assert.Equal("DELETE_COMPLETE", StackClient.Status(await _stacks.DeleteAsync("protected")));
    }

    [Fact]
    public async Task Protected_Table_Fails_The_Deletion_Of_Its_Stack()
    {
        const string Template = """
            Resources:
              Table:
                Type: AWS::DynamoDB::Table
                Properties:
                  BillingMode: PAY_PER_REQUEST
                  AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
                  KeySchema: [{AttributeName: id, KeyType: HASH}]
                  DeletionProtectionEnabled: true
            """;
        await _stacks.CreateAsync("kept-table", Template);

        var stack = await _stacks.DeleteAsync("kept-table");

        Assert.Equal("DELETE_FAILED", StackClient.Status(stack));
        Assert.Equal("The following resource(s) failed to delete: [Table]. ", stack["StackStatusReason"]!.ToString());
    }

    [Fact]
    public async Task Retained_Resource_Outlives_Its_Stack()
    {
        await _stacks.CreateAsync(
            "retained", "Resources: {Queue: {Type: 'AWS::SQS::Queue', DeletionPolicy: Retain, Properties: {QueueName: retained}}}");

        Assert.Equal("DELETE_COMPLETE", StackClient.Status(await _stacks.DeleteAsync("retained")));
        Assert.Equal(["retained"], await QueuesAsync("retained"));
    }

    [Fact]
    public async Task Named_Role_Needs_The_Capability()
    {
        const string Template = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {RoleName: r, AssumeRolePolicyDocument: {Statement: []}}}}";

        var error = await _stacks.RefusalAsync(
            "CreateStack", StackClient.Input("named-role", Template, new JsonObject { ["Capabilities"] = new JsonArray("CAPABILITY_IAM") }, []));

        Assert.Equal(("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]"), (error.Code, error.Message));
    }

    [Fact]
    public async Task Secret_Is_Resolved_For_The_Resource_And_Never_Shown()
    {
        const string Template = """
            Resources:
              Secret:
                Type: AWS::SecretsManager::Secret
                Properties:
                  GenerateSecretString: {SecretStringTemplate: '{"user": "oith"}', GenerateStringKey: password, PasswordLength: 40, ExcludePunctuation: true}
              Parameter:
                Type: AWS::SSM::Parameter
                Properties: {Name: resolved-secret, Type: String, Value: !Sub 'p={{resolve:secretsmanager:${Secret}:SecretString:password}}'}
            """;
        await _stacks.CreateAsync("with-secret", Template);

        var parameter = await cloud.Api.InvokeAsync(
            "ssm", "GetParameter", new JsonObject { ["Name"] = "resolved-secret" }, TestContext.Current.CancellationToken);
        var value = parameter["Parameter"]!["Value"]!.ToString();
        Assert.Matches("^p=[a-zA-Z0-9]{40}$", value);
        Assert.DoesNotContain(await _stacks.EventsAsync("with-secret"), stackEvent => stackEvent.ToJsonString().Contains(value[2..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Parameter_Of_An_SSM_Type_Is_Read_From_The_Store()
    {
        await cloud.Api.InvokeAsync(
            "ssm",
            "PutParameter",
            new JsonObject { ["Name"] = "/delay", ["Value"] = "11", ["Type"] = "String" },
            TestContext.Current.CancellationToken);
        const string Template = """
            Parameters: {Delay: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /delay}}
            Resources: {Queue: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref Delay}}}
            """;

        var stack = await _stacks.CreateAsync("from-ssm", Template);

        Assert.Equal("11", stack["Parameters"]![0]!["ResolvedValue"]!.ToString());
        Assert.Equal("11", await AttributeAsync(await _stacks.PhysicalIdAsync("from-ssm", "Queue"), "DelaySeconds"));
    }

    [Fact]
    public async Task Unknown_Member_And_Operation_Are_Refused_By_Name()
    {
        var member = await _stacks.RefusalAsync("DescribeStacks", new JsonObject { ["Colour"] = "red" });
        var operation = await _stacks.RefusalAsync("DetectStackDrift", []);

        Assert.Equal("LocalCloud does not know the member Colour of DescribeStacks.", member.Message);
        Assert.Contains("DetectStackDrift", operation.Message);
    }

    private async Task<string> AttributeAsync(string url, string name)
    {
        var output = await cloud.Api.InvokeAsync(
            "sqs",
            "GetQueueAttributes",
            new JsonObject { ["QueueUrl"] = url, ["AttributeNames"] = new JsonArray("All") },
            TestContext.Current.CancellationToken);
        return output["Attributes"]![name]!.ToString();
    }

    private async Task<List<string>> QueuesAsync(string prefix)
    {
        var output = await cloud.Api.InvokeAsync("sqs", "ListQueues", new JsonObject { ["QueueNamePrefix"] = prefix }, TestContext.Current.CancellationToken);
        return [.. (output["QueueUrls"] as JsonArray ?? []).Select(url => url!.ToString().Split('/')[^1])];
    }
}
