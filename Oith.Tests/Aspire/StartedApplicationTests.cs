#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are for evaluation.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.CloudFormation;
using Aspire.Hosting.Testing;

namespace Oith.Tests.Aspire;

/// <summary>The hosting integrations under the real orchestrator.</summary>
public sealed class StartedApplicationTests(StartedApplication application) : IClassFixture<StartedApplication>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Output_Of_A_Stack_Reaches_The_Project_That_References_It()
    {
        SkipWithoutOrchestrator();
        var (project, stack) = (application.FirstProject, application.FirstStack);

        var variables = project.EnvironmentVariables.ToDictionary(variable => variable.Name, variable => variable.Value);
        var endpoint = application.App.GetEndpoint(StartedApplication.LocalCloud, "http");
        Assert.Equal(stack.Properties.Single(property => property.Name == "WorkUrl").Value, variables["AWS__Resources__WorkUrl"]);
        Assert.Equal(endpoint, new Uri(variables["AWS_ENDPOINT_URL"]!));
        Assert.Equal(("us-east-1", "local"), (variables["AWS_REGION"], variables["AWS_ACCESS_KEY_ID"]));
        Assert.Equal(new Uri(endpoint, "/_console/#/stacks/started-data").AbsoluteUri, Assert.Single(stack.Urls).Url);
        Assert.Contains(stack.Relationships, relationship => relationship.Type == "Parent" && relationship.ResourceName == StartedApplication.LocalCloud);
    }

    [Fact]
    public async Task Project_Of_A_Failed_Stack_Does_Not_Start_Until_The_Stack_Is_Deployed_Again()
    {
        SkipWithoutOrchestrator();

        await application.WaitAsync(StartedApplication.FailingStack, KnownResourceStates.FailedToStart);
        await application.WaitAsync(StartedApplication.ProjectOfFailingStack, KnownResourceStates.FailedToStart);
        var line = await application.FindInLogAsync(StartedApplication.ProjectOfFailingStack, "does not start");
        Assert.Contains("it waits for stack failing, which failed: Stack failing is ROLLBACK_COMPLETE. Work (AWS::SQS::Queue) CREATE_FAILED", line);
        await application.WaitAsync(StartedApplication.WaitingProject, KnownResourceStates.FailedToStart);
        Assert.Contains("which failed", await application.FindInLogAsync(StartedApplication.WaitingProject, "does not start"));

        application.Delay = "6";
        var result = await application.App.ResourceCommands.ExecuteCommandAsync(StartedApplication.FailingStack, DeployAgainCommand.Name, Token);

        Assert.True(result.Success, result.Message);
        await application.WaitAsync(StartedApplication.ProjectOfFailingStack, KnownResourceStates.Running);
        await application.WaitAsync(StartedApplication.WaitingProject, KnownResourceStates.Running);
    }

    [Fact]
    public async Task Stacks_Are_Deployed_Again_After_LocalCloud_Was_Killed_And_Started()
    {
        SkipWithoutOrchestrator();
        var before = Output(await application.WaitAsync(StartedApplication.Stack, KnownResourceStates.Running));
        var localCloud = await application.WaitAsync(StartedApplication.LocalCloud, KnownResourceStates.Running);
        var redis = await application.WaitAsync(StartedApplication.Redis, KnownResourceStates.Running);
        Assert.Equal("Redis", redis.ResourceType);

        using (var process = Process.GetProcessById(Convert.ToInt32(localCloud.Properties.Single(p => p.Name == "executable.pid").Value, CultureInfo.InvariantCulture)))
        {
            process.Kill();
        }

        await application.WaitAsync(StartedApplication.Stack, KnownResourceStates.Waiting);
        await application.WaitAsync(StartedApplication.Redis, snapshot => snapshot.State?.Text != KnownResourceStates.Running);
        await application.App.ResourceCommands.ExecuteCommandAsync(StartedApplication.LocalCloud, KnownResourceCommands.StartCommand, Token);
        var after = Output(await application.WaitAsync(StartedApplication.Stack, KnownResourceStates.Running));

        Assert.NotEqual(before, after);
        await application.App.ResourceNotifications.WaitForResourceHealthyAsync(StartedApplication.Redis, Token);
    }

    [Fact]
    public async Task Faults_Are_Put_At_The_Start_Listed_And_Removed_By_Commands()
    {
        SkipWithoutOrchestrator();
        await application.WaitAsync(StartedApplication.Stack, KnownResourceStates.Running);
        var commands = application.App.ResourceCommands;

        var listed = await commands.ExecuteCommandAsync(StartedApplication.LocalCloud, LocalCloudFaultBuilderExtensions.ListFaultsCommand, Token);

        Assert.True(listed.Success, listed.Message);
        var fault = Assert.Single(JsonNode.Parse(listed.Data!.Value)!["Faults"]!.AsArray(), f => f!["Name"]!.ToString() == "slow");
        Assert.Equal(("sns", "1"), (fault!["Service"]!.ToString(), fault["LatencyMilliseconds"]!.ToString()));
        var refused = await commands.ExecuteCommandAsync(
            StartedApplication.LocalCloud, LocalCloudFaultBuilderExtensions.RemoveFaultCommand, Arguments(("Name", "other")), Token);
        Assert.False(refused.Success);
        Assert.Contains("other", refused.Message);
        var put = await commands.ExecuteCommandAsync(
            StartedApplication.LocalCloud,
            LocalCloudFaultBuilderExtensions.PutFaultCommand,
            Arguments(("Name", "throttle"), ("Service", "dynamodb"), ("ErrorCode", "ThrottlingException"), ("Probability", "0.5")),
            Token);
        Assert.True(put.Success, put.Message);
        var removed = await commands.ExecuteCommandAsync(
            StartedApplication.LocalCloud, LocalCloudFaultBuilderExtensions.RemoveFaultCommand, Arguments(("Name", "throttle")), Token);
        Assert.True(removed.Success, removed.Message);
    }

    private static InteractionInputCollection Arguments(params (string Name, string Value)[] arguments) => new(
        [.. arguments.Select(argument => new InteractionInput { Name = argument.Name, InputType = InputType.Text, Value = argument.Value })]);

    private static string Output(CustomResourceSnapshot stack) => (string)stack.Properties.Single(property => property.Name == "WorkUrl").Value!;

    private void SkipWithoutOrchestrator() => Assert.SkipWhen(application.Obstacle is not null, application.Obstacle ?? "");
}
