namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// Watches the emulators that stacks are deployed into. When one stops, its stacks wait; when it runs again, they are deployed again,
/// because
/// most emulators come back empty. A stack that the emulator kept is found up to date.
/// </summary>
internal sealed class EndpointWatch(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    StackSnapshots snapshots,
    IReadOnlyDictionary<CloudFormationStackResource, StackRun> runs)
{
    private readonly Dictionary<IResource, EndpointState> _states = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken))
            {
                var stacks = runs.Where(run => AwsEndpoint.OwnerOf(run.Key.Endpoint) == change.Resource).ToList();
                if (stacks.Count > 0)
                {
                    await ApplyAsync(change, stacks);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application stops.
        }
    }

    private async Task ApplyAsync(ResourceEvent change, List<KeyValuePair<CloudFormationStackResource, StackRun>> stacks)
    {
        var previous = _states.GetValueOrDefault(change.Resource, new EndpointState(IsRunning: false, HasRun: false, StartedAt: null));
        var isRunning = change.Snapshot.State?.Text == KnownResourceStates.Running;
        var startedAt = change.Snapshot.StartTimeStamp ?? previous.StartedAt;
        var isAnotherProcess = isRunning && previous is { IsRunning: true, StartedAt: not null } && startedAt != previous.StartedAt;
        _states[change.Resource] = new EndpointState(isRunning, previous.HasRun || isRunning, startedAt);
        if (previous.IsRunning && (!isRunning || isAnotherProcess))
        {
            // All of them before any is requested: a stack must not find another that it waits for still running.
            foreach (var (stack, run) in stacks)
            {
                await StopAsync(stack, run, change.Resource.Name);
            }
        }

        if (isRunning && (!previous.IsRunning || isAnotherProcess))
        {
            foreach (var (stack, run) in stacks.Where(stack => previous.HasRun || !stack.Value.IsDeploying))
            {
                Log.EndpointRunsAgain(loggers.GetLogger(stack), change.Resource.Name, stack.StackName);
                _ = run.Request();
            }
        }
    }

    private Task StopAsync(CloudFormationStackResource stack, StackRun run, string endpoint)
    {
        stack.Outputs.Begin();
        run.Interrupt();
        Log.EndpointStopped(loggers.GetLogger(stack), endpoint, stack.StackName);
        return snapshots.WaitingAsync(stack, run);
    }

    private sealed record EndpointState(bool IsRunning, bool HasRun, DateTime? StartedAt);
}
