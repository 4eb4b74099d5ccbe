using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Oith.AppHost.AppModel;

/// <summary>Work that is done once while the application starts: waits for what it needs, runs, and is Finished or FailedToStart.</summary>
internal sealed class StepResource(string name) : Resource(name), IResourceWithWaitSupport;

internal static class StepResourceBuilderExtensions
{
    /// <summary>Adds a step; what needs it waits for its completion.</summary>
    /// <param name="run">The work. An exception's message is what the dashboard shows of a failure.</param>
    public static IResourceBuilder<StepResource> AddStep(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, Func<ILogger, CancellationToken, Task> run) =>
        builder.AddResource(new StepResource(name))
            .WithInitialState(new CustomResourceSnapshot { ResourceType = "Step", Properties = [], State = KnownResourceStates.NotStarted })
            .ExcludeFromManifest()
            .OnInitializeResource((step, initialize, cancellationToken) => RunAsync(step, initialize, run, cancellationToken));

    private static async Task RunAsync(
        StepResource step, InitializeResourceEvent initialize, Func<ILogger, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        var time = initialize.Services.GetRequiredService<TimeProvider>();
        try
        {
            await initialize.Notifications.WaitForDependenciesAsync(step, cancellationToken);
            await initialize.Notifications.PublishUpdateAsync(step, snapshot => snapshot with
            {
                State = KnownResourceStates.Running,
                StartTimeStamp = time.GetUtcNow().UtcDateTime,
            });
            await run(initialize.Logger, cancellationToken);
            await initialize.Notifications.PublishUpdateAsync(step, snapshot => snapshot with
            {
                State = KnownResourceStates.Finished,
                StopTimeStamp = time.GetUtcNow().UtcDateTime,
                ExitCode = 0,
            });
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: without this, all that waits for the step would wait for ever.
            Log.StepFailed(initialize.Logger, step.Name, error.Message, error);
            await initialize.Notifications.PublishUpdateAsync(step, snapshot => snapshot with { State = KnownResourceStates.FailedToStart });
        }
    }
}
