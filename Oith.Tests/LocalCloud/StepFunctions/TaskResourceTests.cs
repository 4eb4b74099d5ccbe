using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Oith.LocalCloud.StepFunctions.Integrations;
using Oith.LocalCloud.Wire;
using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;
using Oith.Tests.LocalCloud.Lambda;

namespace Oith.Tests.LocalCloud.StepFunctions;

/// <summary>Which resources a Task state may name, and what becomes of the call.</summary>
public sealed class TaskResourceTests : IAsyncLifetime
{
    private StepFunctionsClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _client = await StepFunctionsClient.StartAsync();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Theory]
    [InlineData("arn:aws:states:::aws-sdk:s3:getObject")]
    [InlineData("arn:aws:states:us-east-1:123456789012:aws-sdk:dynamodb:getItem")]
    [InlineData("arn:aws:states:us-east-1:123456789012:aws-sdk:sfn:startExecution.waitForTaskToken")]
    [InlineData("arn:aws:states:::aws-sdk:cognitoidentityprovider:adminGetUser")]
    [InlineData("arn:aws:states:::aws-sdk:costexplorer:getCostAndUsage")]
    [InlineData("arn:aws:states:::aws-sdk:databasemigration:startReplicationTask")]
    [InlineData("arn:aws:states:::aws-sdk:ec2:describeInstances")]
    [InlineData("arn:aws:states:::aws-sdk:bedrockruntime:converse")]
    [InlineData("arn:aws:states:::glue:startJobRun.sync")]
    [InlineData("arn:aws:states:::batch:submitJob.sync")]
    [InlineData("arn:aws:states:::ecs:runTask.waitForTaskToken")]
    [InlineData("arn:aws:states:::ecs:runTask.sync")]
    [InlineData("arn:aws:states:::athena:startQueryExecution.sync")]
    [InlineData("arn:aws:states:::sagemaker:createTrainingJob.sync")]
    [InlineData("arn:aws:states:::elasticmapreduce:addStep.sync")]
    [InlineData("arn:aws:states:::emr-serverless:startJobRun.sync")]
    [InlineData("arn:aws:states:::eks:runJob.sync")]
    [InlineData("arn:aws:states:::codebuild:startBuild.sync")]
    [InlineData("arn:aws:states:::databrew:startJobRun.sync")]
    [InlineData("arn:aws:states:::mediaconvert:createJob.sync")]
    [InlineData("arn:aws:states:::bedrock:invokeModel")]
    [InlineData("arn:aws:states:::apigateway:invoke")]
    [InlineData("arn:aws:states:::http:invoke")]
    public async Task Create_Accepts_A_Resource_When_AWS_Has_It(string resource) => await CreateAsync(resource);

    [Theory]
    [InlineData("arn:aws:states:::aws-sdk:s3:getObjekt")]
    [InlineData("arn:aws:states:::aws-sdk:s3:GetObject")]
    [InlineData("arn:aws:states:::aws-sdk:nosuchservice:getObject")]
    [InlineData("arn:aws:states:::aws-sdk:cognito-idp:adminGetUser")]
    [InlineData("arn:aws:states:us-east-1:123456789012:aws-sdk:dynamodb:getItems")]
    [InlineData("arn:aws:states:::aws-sdk:lambda:invokeWithResponseStream")]
    [InlineData("arn:aws:states:::aws-sdk:sfn:startExecution.sync")]
    [InlineData("arn:aws:states:::glue:startJob")]
    [InlineData("arn:aws:states:::dynamodb:getItem.waitForTaskToken")]
    [InlineData("arn:aws:states:::sqs:sendMessage.sync")]
    [InlineData("arn:aws:states:::batch:submitJob.sync:2")]
    public async Task Create_Refuses_A_Resource_When_AWS_Has_No_Such_Service_Action_Or_Pattern(string resource)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CreateAsync(resource));
        Assert.Equal(
            $"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The resource provided {resource} is not recognized. The value is not a valid resource "
            + "ARN, or the resource is not available in this region. at /States/T/Resource'",
            error.Message);
    }

    [Theory]
    [InlineData("arn:aws:states:::glue:startJobRun.sync", "glue:startJobRun.sync")]
    [InlineData("arn:aws:states:::aws-sdk:athena:getQueryResults", "aws-sdk:athena:getQueryResults")]
    [InlineData("arn:aws:states:::http:invoke", "http:invoke")]
    public async Task Task_Fails_With_A_Name_To_Catch_When_LocalCloud_Does_Not_Emulate_The_Service(string resource, string named)
    {
        var ended = await _client.EndAsync(await _client.StartAsync(await CreateAsync(resource)));
        Assert.Equal("LocalCloud.ServiceNotEmulated", ended["error"]!.GetValue<string>());
        Assert.Contains($"LocalCloud does not emulate {named}", ended["cause"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Definition_Of_A_Service_That_Is_Not_Emulated_Is_Tested_When_Its_Answer_Is_Mocked()
    {
        var tested = await _client.CallAsync("TestState", new JsonObject
        {
            ["definition"] = """{"Type":"Task","Resource":"arn:aws:states:::glue:startJobRun.sync","Parameters":{"JobName":"j"},"End":true}""",
            ["mock"] = new JsonObject { ["result"] = """{"JobRunState": "SUCCEEDED"}""" },
        });
        Assert.Equal(("SUCCEEDED", """{"JobRunState": "SUCCEEDED"}"""), (tested["status"]!.GetValue<string>(), tested["output"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Sdk_Invocation_Takes_And_Gives_The_Payload_As_Text()
    {
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await FunctionHost.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            received.TrySetResult(await reader.ReadToEndAsync(context.RequestAborted));
            await context.Response.WriteAsync("""{"answer": 42}""", context.RequestAborted);
        });
        await CreateFunctionAsync(host);
        var machine = await _client.CreateAsync("sdk", """
            {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:lambda:invoke",
              "Parameters":{"FunctionName":"played","Payload":"{\"question\": 6}"},"OutputPath":"$.Payload","End":true}}}
            """);
        var ended = await _client.EndAsync(await _client.StartAsync(machine));
        Assert.Equal("{\"question\":6}", (await received.Task).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("""{"answer": 42}""", JsonNode.Parse(ended["output"]!.GetValue<string>())!.GetValue<string>());
    }

    [Theory]
    [InlineData("arn:aws:states:::lambda:invoke", true)]
    [InlineData("arn:aws:states:::lambda:invoke", false)]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:played", true)]
    public async Task Catch_Matches_The_Error_That_The_Functions_Process_Names(string resource, bool inBody)
    {
        await using var host = await FunctionHost.StartAsync(async context =>
        {
            context.Response.StatusCode = inBody ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
            if (!inBody)
            {
                context.Response.Headers["Lambda-Runtime-Function-Error-Type"] = "OrderNotFound";
            }

            await context.Response.WriteAsync(inBody ? """{"errorType":"OrderNotFound","errorMessage":"no order 7"}""" : "no order 7", context.RequestAborted);
        });
        await CreateFunctionAsync(host);
        var machine = await _client.CreateAsync("catch", $$$$"""
            {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"{{{{resource}}}}","Parameters":{"FunctionName":"played"},
              "Catch":[{"ErrorEquals":["Other"],"Next":"Wrong"},{"ErrorEquals":["OrderNotFound"],"Next":"Right"}],"End":true},
              "Wrong":{"Type":"Fail"},"Right":{"Type":"Pass","End":true}}}
            """);
        var ended = await _client.EndAsync(await _client.StartAsync(machine));
        var output = JsonNode.Parse(ended["output"]!.GetValue<string>())!;
        Assert.Equal("OrderNotFound", output["Error"]!.GetValue<string>());
        Assert.Equal("no order 7", JsonNode.Parse(output["Cause"]!.GetValue<string>())!["errorMessage"]!.GetValue<string>());
    }

    [Fact]
    public async Task Nested_Execution_Gives_Its_Redrive_Members_When_It_Is_Waited_For()
    {
        var good = await _client.CreateAsync("good", """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}""");
        var bad = await _client.CreateAsync("bad", """{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"E"}}}""");
        var done = JsonNode.Parse((await NestAsync(good))["output"]!.GetValue<string>())!;
        Assert.Equal((0, "NOT_REDRIVABLE"), (done["RedriveCount"]!.GetValue<int>(), done["RedriveStatus"]!.GetValue<string>()));
        Assert.Equal("Execution is SUCCEEDED and cannot be redriven", done["RedriveStatusReason"]!.GetValue<string>());

        var failed = JsonNode.Parse((await NestAsync(bad))["cause"]!.GetValue<string>())!.AsObject();
        Assert.Equal((0, "REDRIVABLE"), (failed["RedriveCount"]!.GetValue<int>(), failed["RedriveStatus"]!.GetValue<string>()));
        Assert.False(failed.ContainsKey("RedriveStatusReason"));
    }

    [Fact]
    public async Task Table_Of_Actions_Is_That_Of_The_SDK_Models_When_They_Are_Installed()
    {
        var root = AwsConformanceCase.RepositoryRoot();
        Process? process = null;
        try
        {
            process = Process.Start(new ProcessStartInfo("python3", [Path.Combine(root, "Oith.Tests", "LocalCloud", "StepFunctions", "aws_sdk_actions.py")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("Python is not installed.");
        }

        using (process)
        {
            var printed = await process!.StandardOutput.ReadToEndAsync(Token);
            var errors = await process.StandardError.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.SkipUnless(process.ExitCode == 0, "botocore is not installed: " + errors);
            foreach (var line in printed.Split('\n').Where(line => line.StartsWith("sqs ", StringComparison.Ordinal) || line.StartsWith("sts ", StringComparison.Ordinal)))
            {
                Assert.Contains(line, await File.ReadAllLinesAsync(Path.Combine(root, "Oith.LocalCloud", "StepFunctions", "Integrations", "AwsSdkActions.txt"), Token));
            }
        }

        Assert.True(AwsSdkActions.Exists("sqs", "sendMessage") && !AwsSdkActions.Exists("sqs", "sendMassage"));
    }

    private Task<string> CreateAsync(string resource) => _client.CreateAsync(
        "task-" + Guid.NewGuid().ToString("N"), $$$$"""{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"{{{{resource}}}}","Parameters":{},"End":true}}}""");

    private async Task CreateFunctionAsync(FunctionHost host)
    {
        await _client.Api.InvokeAsync("lambda", "CreateFunction", LambdaFunctions.Create("played"), Token);
        await _client.Api.InvokeAsync("lambda", "LocalCloudSetFunctionProcess", new JsonObject { ["FunctionName"] = "played", ["Uri"] = host.Events.ToString() }, Token);
    }

    private async Task<JsonObject> NestAsync(string machine) => await _client.EndAsync(await _client.StartAsync(await _client.CreateAsync(
        "nest-" + Guid.NewGuid().ToString("N"),
        $$$$"""
        {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync","Parameters":{"StateMachineArn":"{{{{machine}}}}"},"End":true}}}
        """)));
}
