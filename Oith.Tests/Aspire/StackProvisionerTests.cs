using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.CloudFormation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Oith.LocalCloud;
using Oith.Stack;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Aspire;

/// <summary>Stacks while an application runs, with Aspire's own services and LocalCloud in process, without the orchestrator.</summary>
public sealed class StackProvisionerTests : IAsyncLifetime
{
    private const string Queue = """
        Parameters:
          Delay: {Type: Number, Default: 5}
        Resources:
          Work: {Type: 'AWS::SQS::Queue', Properties: {DelaySeconds: !Ref Delay}}
        Outputs:
          WorkUrl: {Value: !Ref Work}
        """;

    private readonly string _template = Path.GetTempFileName();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly IDistributedApplicationBuilder _builder =
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true, Args = [] });

    private readonly IResourceBuilder<EmulatorResource> _emulator;
    private readonly List<Task> _running = [];
    private WebApplication? _localCloud;
    private DistributedApplication? _app;

    public StackProvisionerTests() => _emulator = _builder.AddResource(new EmulatorResource("emulator"));

    private ResourceNotificationService Notifications => _app!.ResourceNotifications;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_template, Queue, _stop.Token);
        await RestartEmptyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        await StopLocalCloudAsync();
        File.Delete(_template);
        _stop.Dispose();
    }

    [Fact]
    public async Task Stack_Runs_With_Its_Outputs_Highlighted_And_Its_Events_Logged()
    {
        var stack = _builder.AddCloudFormationStack("data", _template, "provisioned-data").WithReference(_emulator);
        await StartAsync();

        var running = await WaitAsync(stack.Resource, KnownResourceStates.Running);

        Assert.Equal("CloudFormation stack", running.ResourceType);
        var output = running.Properties.Single(property => property.Name == "WorkUrl");
        Assert.True(output.IsHighlighted);
        Assert.Equal(await stack.GetOutput("WorkUrl").GetValueAsync(_stop.Token), output.Value);
        Assert.Equal("provisioned-data", running.Properties.Single(property => property.Name == "Stack name").Value);
        var log = await LogAsync(stack.Resource, line => line.Contains("is deployed", StringComparison.Ordinal));
        Assert.Single(log, line => line.Contains("CREATE_COMPLETE Work (AWS::SQS::Queue)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failed_Stack_Shows_The_First_Reason_And_Its_Dependents_Do_Not_Start_And_Say_Why()
    {
        var stack = _builder.AddCloudFormationStack("data", _template).WithReference(_emulator).WithParameter("Delay", "100000");
        var other = _builder.AddCloudFormationStack("other", _template).WithReference(_emulator).WaitFor(stack, WaitBehavior.StopOnResourceUnavailable);
        var worker = _builder.AddExecutable("worker", "worker", ".").WithReference(stack);
        await StartAsync();

        var failed = await WaitAsync(stack.Resource, KnownResourceStates.FailedToStart);
        var second = await WaitAsync(other.Resource, KnownResourceStates.FailedToStart);

        var reason = (string)failed.Properties.Single(property => property.Name == "Failure reason").Value!;
        Assert.StartsWith("Stack data is ROLLBACK_COMPLETE. Work (AWS::SQS::Queue) CREATE_FAILED: ", reason);
        Assert.Contains($"depends on stack data, which failed: {reason}", (string)second.Properties.Single(property => property.Name == "Failure reason").Value!);
        var log = await LogAsync(worker.Resource, line => line.Contains("does not start", StringComparison.Ordinal));
        Assert.Contains(log, line => line.Contains($"it waits for stack data, which failed: {reason}", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => stack.GetOutput("WorkUrl").GetValueAsync(_stop.Token).AsTask());
        Assert.Equal(reason, error.Message);
        // What the orchestrator awaits before it starts the worker.
        await Assert.ThrowsAsync<DistributedApplicationException>(() => Notifications.WaitForDependenciesAsync(worker.Resource, _stop.Token));
    }

    [Fact]
    public async Task Command_Deploys_A_Mended_Template_And_The_Stacks_That_Waited_For_It()
    {
        var delay = "100000";
        var stack = _builder.AddCloudFormationStack("data", _template).WithReference(_emulator).WithParameter("Delay", _ => Task.FromResult<string?>(delay));
        var other = _builder.AddCloudFormationStack("other", _template).WithReference(_emulator).WaitFor(stack, WaitBehavior.StopOnResourceUnavailable);
        await StartAsync();
        await WaitAsync(other.Resource, KnownResourceStates.FailedToStart);
        delay = "6";

        var result = await _app!.ResourceCommands.ExecuteCommandAsync(stack.Resource, DeployAgainCommand.Name, _stop.Token);

        Assert.True(result.Success, result.Message);
        Assert.Contains("WorkUrl", result.Data!.Value);
        var running = await WaitAsync(stack.Resource, KnownResourceStates.Running);
        Assert.DoesNotContain(running.Properties, property => property.Name == "Failure reason");
        await WaitAsync(other.Resource, KnownResourceStates.Running);
    }

    [Fact]
    public async Task Command_On_An_Unchanged_Stack_Is_A_Success_Without_Change()
    {
        var stack = _builder.AddCloudFormationStack("data", _template).WithReference(_emulator);
        await StartAsync();
        await WaitAsync(stack.Resource, KnownResourceStates.Running);

        var result = await _app!.ResourceCommands.ExecuteCommandAsync(stack.Resource, DeployAgainCommand.Name, _stop.Token);

        Assert.True(result.Success, result.Message);
        Assert.Contains("\"changed\":false", result.Data!.Value);
    }

    [Fact]
    public async Task Emulator_That_Came_Back_Empty_Has_All_Its_Stacks_Again_In_Their_Order()
    {
        var data = _builder.AddCloudFormationStack("data", _template).WithReference(_emulator);
        var copy = "";
        var service = _builder.AddCloudFormationStack("service", _template).WithReference(_emulator)
            .WaitFor(data, WaitBehavior.StopOnResourceUnavailable)
            .WithParameter("Delay", async cancellationToken =>
            {
                copy = await data.GetOutput("WorkUrl").GetValueAsync(cancellationToken) ?? "";
                return "3";
            });
        var worker = _builder.AddExecutable("worker", "worker", ".").WithReference(data);
        var reader = _builder.AddExecutable("reader", "reader", ".").WithEnvironment("WORK_URL", data.GetOutput("WorkUrl"));
        await StartAsync();
        await WaitAsync(service.Resource, KnownResourceStates.Running);
        await Notifications.PublishUpdateAsync(worker.Resource, snapshot => snapshot with { State = KnownResourceStates.Running });
        await Notifications.PublishUpdateAsync(reader.Resource, snapshot => snapshot with { State = KnownResourceStates.Running });
        var before = await data.GetOutput("WorkUrl").GetValueAsync(_stop.Token);

        await PublishAsync(KnownResourceStates.Exited);
        await WaitAsync(data.Resource, KnownResourceStates.Waiting);
        await RestartEmptyAsync();
        await PublishAsync(KnownResourceStates.Running);
        await WaitAsync(service.Resource, KnownResourceStates.Running);

        var after = await data.GetOutput("WorkUrl").GetValueAsync(_stop.Token);
        Assert.NotEqual(before, after);
        Assert.Equal(after, copy);
        await LogAsync(worker.Resource, line => line.Contains("Stack data has other outputs than when worker started: WorkUrl", StringComparison.Ordinal));
        await LogAsync(reader.Resource, line => line.Contains("Stack data has other outputs than when reader started: WorkUrl", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Emulator_That_Never_Ran_Fails_The_Stack_And_A_Later_Start_Deploys_It()
    {
        var stack = _builder.AddCloudFormationStack("data", _template).WithReference(_emulator);
        await StartAsync(KnownResourceStates.FailedToStart);
        var failed = await WaitAsync(stack.Resource, KnownResourceStates.FailedToStart);
        Assert.Contains("emulator", (string)failed.Properties.Single(property => property.Name == "Failure reason").Value!);

        await PublishAsync(KnownResourceStates.Running);

        await WaitAsync(stack.Resource, KnownResourceStates.Running);
    }

    [Fact]
    public async Task Missing_Template_And_Unreachable_Endpoint_Are_Clear_Errors()
    {
        var missing = _builder.AddCloudFormationStack("missing", "/nowhere/template.yaml").WithReference(_emulator);
        var unreachable = _builder.AddCloudFormationStack("unreachable", _template).WithReference(new Uri($"http://127.0.0.1:{LocalPort.FindFree()}"));
        await StartAsync();

        var first = await WaitAsync(missing.Resource, KnownResourceStates.FailedToStart);
        var second = await WaitAsync(unreachable.Resource, KnownResourceStates.FailedToStart);

        Assert.Equal("The template of stack missing does not exist: /nowhere/template.yaml", first.Properties.Single(p => p.Name == "Failure reason").Value);
        Assert.StartsWith("CloudFormation does not answer", (string)second.Properties.Single(p => p.Name == "Failure reason").Value!);
    }

    [Fact]
    public async Task Deployment_That_Takes_Too_Long_Fails_And_Says_How_To_Allow_Longer()
    {
        var stack = _builder.AddCloudFormationStack("data", _template).WithReference(_emulator)
            .WithDeploymentTimeout(TimeSpan.FromMilliseconds(200))
            .WithParameter("Delay", async cancellationToken =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                return "5";
            });
        await StartAsync();

        var failed = await WaitAsync(stack.Resource, KnownResourceStates.FailedToStart);

        Assert.Equal(
            "Stack data was not deployed within 0:00:00.2. Its events say what it waits for; WithDeploymentTimeout(…) allows longer.",
            failed.Properties.Single(property => property.Name == "Failure reason").Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => stack.WithDeploymentTimeout(TimeSpan.Zero));
    }

    private async Task StartAsync(string emulatorState = "Running")
    {
        // Named, never started: Aspire's services do not come without an orchestrator.
        _builder.Configuration["DcpPublisher:CliPath"] = "unused";
        _builder.Configuration["DcpPublisher:DashboardPath"] = "unused";
        _app = _builder.Build();
        // It announces that a resource is ready, which all waits await.
        var health = _app.Services.GetServices<IHostedService>().Single(service => service.GetType().Name == "ResourceHealthCheckService");
        await health.StartAsync(_stop.Token);
        var provisioner = _app.Services.GetRequiredService<StackProvisioner>();
        await PublishAsync(emulatorState);
        _running.AddRange(_builder.Resources.OfType<CloudFormationStackResource>().Select(stack => provisioner.RunAsync(stack, _stop.Token)));
    }

    private Task PublishAsync(string state) => Notifications.PublishUpdateAsync(_emulator.Resource, snapshot => snapshot with { State = state });

    private async Task RestartEmptyAsync()
    {
        await StopLocalCloudAsync();
        _localCloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        _emulator.Resource.Url = LocalCloudFixture.EndpointOf(_localCloud).AbsoluteUri.TrimEnd('/');
    }

    private async Task StopLocalCloudAsync()
    {
        if (_localCloud is not null)
        {
            await _localCloud.StopAsync(CancellationToken.None);
            await _localCloud.DisposeAsync();
        }
    }

    private async Task<CustomResourceSnapshot> WaitAsync(CloudFormationStackResource resource, string state)
    {
        var change = await Notifications.WaitForResourceAsync(resource.Name, e => e.Snapshot.State?.Text == state, _stop.Token)
            .WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, _stop.Token);
        return change.Snapshot;
    }

    private async Task<List<string>> LogAsync(IResource resource, Predicate<string> isLast)
    {
        var lines = new List<string>();
        await foreach (var batch in _app!.Services.GetRequiredService<ResourceLoggerService>().WatchAsync(resource).WithCancellation(_stop.Token))
        {
            lines.AddRange(batch.Select(line => line.Content));
            if (lines.Exists(isLast))
            {
                break;
            }
        }

        return lines;
    }
}
