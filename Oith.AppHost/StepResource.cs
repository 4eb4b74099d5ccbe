using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Oith.AppHost;

/// <summary>
/// Work that runs once after a stack is deployed, and again after the stack is deployed anew. It ends as Finished or FailedToStart.
/// </summary>
internal sealed class StepResource(string name, CloudFormationStackResource stack) : Resource(name), IResourceWithWaitSupport
{
    public CloudFormationStackResource Stack { get; } = stack;
}

internal static class StepResourceBuilderExtensions
{
    /// <summary>Adds a step.</summary>
    /// <param name="stack">The stack that must be deployed first.</param>
    /// <param name="run">Does the work and returns what the dashboard shows of it.</param>
    public static IResourceBuilder<StepResource> AddStep(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        string icon,
        IResourceBuilder<LocalCloudResource> localCloud,
        IResourceBuilder<CloudFormationStackResource> stack,
        Func<ILogger, CancellationToken, Task<string>> run) =>
        builder.AddResource(new StepResource(name, stack.Resource))
            .WithInitialState(new CustomResourceSnapshot { ResourceType = "Step", Properties = [], State = KnownResourceStates.NotStarted })
            .WithIconName(icon)
            .WithParentRelationship(localCloud)
            .WaitFor(stack, WaitBehavior.StopOnResourceUnavailable)
            .OnInitializeResource((step, initialize, cancellationToken) => RunAsync(step, initialize, run, cancellationToken))
            .ExcludeFromManifest();

    private static async Task RunAsync(
        StepResource step,
        InitializeResourceEvent initialize,
        Func<ILogger, CancellationToken, Task<string>> run,
        CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await RunOnceAsync(step, initialize, run, cancellationToken);
            await initialize.Notifications.WaitForResourceAsync(
                step.Stack.Name, change => change.Snapshot.State?.Text != KnownResourceStates.Running, cancellationToken);
            await initialize.Notifications.WaitForResourceAsync(step.Stack.Name, KnownResourceStates.Running, cancellationToken);
        }
    }

    private static async Task RunOnceAsync(
        StepResource step,
        InitializeResourceEvent initialize,
        Func<ILogger, CancellationToken, Task<string>> run,
        CancellationToken cancellationToken)
    {
        var time = initialize.Services.GetRequiredService<TimeProvider>();
        try
        {
            await initialize.Notifications.PublishUpdateAsync(step, snapshot => snapshot with { State = KnownResourceStates.Waiting });
            await initialize.Notifications.WaitForDependenciesAsync(step, cancellationToken);
            await initialize.Notifications.PublishUpdateAsync(step, snapshot => snapshot with
            {
                State = KnownResourceStates.Running,
                StartTimeStamp = time.GetUtcNow().UtcDateTime,
                StopTimeStamp = null,
            });
            var result = await run(initialize.Logger, cancellationToken);
            Log.StepFinished(initialize.Logger, result);
            await initialize.Notifications.PublishUpdateAsync(step, snapshot => snapshot with
            {
                State = KnownResourceStates.Finished,
                StopTimeStamp = time.GetUtcNow().UtcDateTime,
                ExitCode = 0,
                Properties =
                [
                    .. snapshot.Properties.Where(property => property.Name != "Result"),
                    new ResourcePropertySnapshot("Result", result) { IsHighlighted = true },
                ],
            });
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Any exception: without a final state, every resource that waits for the step would wait forever.
            Log.StepFailed(initialize.Logger, step.Name, error.Message, error);
            await initialize.Notifications.PublishUpdateAsync(
                step, snapshot => snapshot with { State = KnownResourceStates.FailedToStart });
        }
    }
}
