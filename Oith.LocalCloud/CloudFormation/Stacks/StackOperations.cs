using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>
/// The long work on stacks: create, update, delete, each with its rollback. The API answers before the work is done, so each
/// operation runs in the background until it ends or LocalCloud stops. A stack has one operation at a time: a deletion supersedes what is under way,
/// which starts nothing more and writes no further status.
/// </summary>
internal sealed partial class StackOperations(
    StackStore store,
    ProvisionerTable provisioners,
    IAwsApi api,
    LocalCloudOptions options,
    TimeProvider time,
    ILogger<StackOperations> logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, Operation> _running = new(StringComparer.Ordinal);

    /// <param name="onFailure"><c>ROLLBACK</c>, <c>DELETE</c> or <c>DO_NOTHING</c>.</param>
    public void StartCreate(Stack stack, StackDefinition definition, string onFailure, string? token) => Start(
        stack,
        token,
        refuse: null,
        events => events.StackStatus(StackStatus.CreateInProgress, "User Initiated", changed => changed.Definition = definition),
        (events, cancellationToken) => CreateAsync(stack, definition, onFailure, events, cancellationToken));

    /// <param name="policy">The policy that holds during this update only; null: the stack's own.</param>
    /// <exception cref="AwsServiceException">ValidationError: the stack's status allows no update.</exception>
    public void StartUpdate(Stack stack, StackDefinition definition, bool disableRollback, string? policy, string? token)
    {
        var checkedPolicy = (policy ?? stack.StackPolicy) is { } text ? StackPolicy.Parse(text) : null;
        StackDefinition? previous = null;
        Start(
            stack,
            token,
            () => StackApi.RefuseUnlessUpdatable(stack),
            events => events.StackStatus(StackStatus.UpdateInProgress, "User Initiated", changed =>
            {
                previous = changed.Definition!;
                // After an update that was left as it failed, the way back still leads to where that one began.
                changed.RollbackTarget ??= [.. changed.Resources.Values];
                changed.RollbackDefinition ??= changed.Definition;
                changed.Definition = definition;
                changed.LastUpdatedTime = time.GetUtcNow();
            }),
            (events, cancellationToken) =>
                UpdateAsync(stack, definition, previous!, disableRollback, checkedPolicy, events, cancellationToken));
    }

    /// <summary>Deletes the stack, whatever is under way; a deletion that is under way goes on.</summary>
    /// <param name="retained">The resources that are left as they are.</param>
    public void StartDelete(Stack stack, IReadOnlyCollection<string> retained, string? token)
    {
        lock (_running)
        {
            if (stack.Status is StackStatus.DeleteInProgress or StackStatus.DeleteComplete)
            {
                return;
            }

            Start(
                stack,
                token,
                refuse: null,
                events => events.StackStatus(StackStatus.DeleteInProgress, "User Initiated", changed => changed.DeletionTime = time.GetUtcNow()),
                (events, cancellationToken) => DeleteAsync(stack, retained, events, cancellationToken));
        }
    }

    /// <summary>As in AWS the stack stays what it was, with the reason.</summary>
    public void RefuseDelete(Stack stack, string reason, string? token) =>
        new StackEventWriter(store, stack, time, token).StackStatus(stack.Status, reason);

    /// <param name="skipped">The resources that are left as the failed update left them.</param>
    /// <param name="refuse">Throws where the stack's status allows no rollback.</param>
    public void StartContinueRollback(Stack stack, IReadOnlyCollection<string> skipped, string? token, Action refuse) => Start(
        stack,
        token,
        refuse,
        events => events.StackStatus(StackStatus.UpdateRollbackInProgress, "User Initiated"),
        (events, cancellationToken) => RollBackUpdateAsync(stack, skipped, events, cancellationToken));

    /// <summary>Rolls a stack back that was left as it failed (RollbackStack).</summary>
    /// <inheritdoc cref="StartContinueRollback" path="/param"/>
    public void StartRollback(Stack stack, string? token, Action refuse) => Start(
        stack,
        token,
        refuse,
        events => events.StackStatus(StackStatus.RollbackInProgress, "User Initiated", changed => changed.DeletionTime = time.GetUtcNow()),
        (events, cancellationToken) => RollBackCreateAsync(stack, events, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_running)
        {
            running = [.. _running.Values.Select(operation => operation.Work)];
        }

        await Task.WhenAll(running);
        _stopping.Dispose();
    }

    private ResourceWorker Worker(Stack stack, StackDefinition definition, StackEventWriter events, StackDefinition? previous = null) =>
        new(provisioners, new DynamicReferences(api), store, stack, definition.Tags, (previous ?? definition).Tags, events, time, logger);

    /// <param name="refuse">Throws where the stack's status does not allow the operation.</param>
    /// <param name="begin">Writes the status by which the operation begins.</param>
    private void Start(
        Stack stack,
        string? token,
        Action? refuse,
        Action<StackEventWriter> begin,
        Func<StackEventWriter, CancellationToken, Task> work)
    {
        // One lock over check and begin: of two updates at a time the second is refused.
        lock (_running)
        {
            refuse?.Invoke();
            var previous = _running.GetValueOrDefault(stack.Id);
            previous?.Superseded.Cancel();
            var superseded = new CancellationTokenSource();
            var events = new StackEventWriter(store, stack, time, token, superseded.Token);
            begin(events);
            _running[stack.Id] = new Operation(
                superseded, Task.Run(() => RunAsync(stack, previous?.Work ?? Task.CompletedTask, superseded, events, work)));
        }
    }

    private async Task RunAsync(
        Stack stack, Task previous, CancellationTokenSource superseded, StackEventWriter events, Func<StackEventWriter, CancellationToken, Task> work)
    {
        await previous;
        try
        {
            await work(events, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested || superseded.IsCancellationRequested)
        {
            // Stopped: the stack stays in progress in the journal, and the next start says so. Superseded: the next operation goes on.
        }
        catch (Exception error)
        {
            LogFault(error, stack.Name);
            store.Change(stack, changed =>
            {
                changed.Status = StackStatus.Interrupted(changed.Status);
                changed.StatusReason = $"Internal failure: {error.Message}";
            });
        }
        finally
        {
            lock (_running)
            {
                if (_running[stack.Id].Superseded == superseded)
                {
                    _running.Remove(stack.Id);
                }
            }

            superseded.Dispose();
        }
    }

    private async Task CreateAsync(Stack stack, StackDefinition definition, string onFailure, StackEventWriter events, CancellationToken cancellationToken)
    {
        var (deployment, failure) = await DeployAsync(stack, definition, null, null, events, "create", cancellationToken);
        if (failure is null)
        {
            events.StackStatus(StackStatus.CreateComplete, null, changed => changed.Imports = [.. deployment!.Imports]);
            return;
        }

        switch (onFailure)
        {
            case "DO_NOTHING":
                events.StackStatus(StackStatus.CreateFailed, failure);
                break;
            case "DELETE":
                events.StackStatus(StackStatus.DeleteInProgress, failure + "Delete requested by user.");
                await DeleteAsync(stack, [], events, cancellationToken);
                break;
            default:
                events.StackStatus(
                    StackStatus.RollbackInProgress, failure + "Rollback requested by user.", changed => changed.DeletionTime = time.GetUtcNow());
                await RollBackCreateAsync(stack, events, cancellationToken);
                break;
        }
    }

    private async Task RollBackCreateAsync(Stack stack, StackEventWriter events, CancellationToken cancellationToken)
    {
        var resources = store.Read(() => stack.Resources.Values.ToList());
        var failed = await DeleteResourcesAsync(stack, resources, resource => resource.DeletionPolicy, events, cancellationToken);
        if (failed.Count == 0)
        {
            events.StackStatus(StackStatus.RollbackComplete);
        }
        else
        {
            events.StackStatus(StackStatus.RollbackFailed, Failed("delete", failed));
        }
    }

    private async Task UpdateAsync(
        Stack stack,
        StackDefinition definition,
        StackDefinition previous,
        bool disableRollback,
        StackPolicy? policy,
        StackEventWriter events,
        CancellationToken cancellationToken)
    {
        var (deployment, failure) = await DeployAsync(stack, definition, previous, policy, events, "update", cancellationToken);
        if (failure is not null && disableRollback)
        {
            events.StackStatus(StackStatus.UpdateFailed, failure);
            return;
        }

        if (failure is not null)
        {
            events.StackStatus(StackStatus.UpdateRollbackInProgress, failure);
            await RollBackUpdateAsync(stack, [], events, cancellationToken);
            return;
        }

        events.StackStatus(StackStatus.UpdateCompleteCleanupInProgress, null, changed => changed.Imports = [.. deployment!.Imports]);
        await DeleteResourcesAsync(stack, deployment!.Obsolete(), resource => resource.DeletionPolicy, events, cancellationToken);
        await DeleteReplacedAsync(stack, definition, events, cancellationToken);
        // As in AWS, what cannot be deleted in the cleanup is left behind and the update still is complete.
        events.StackStatus(StackStatus.UpdateComplete, null, Settle);
    }

    private async Task<(StackDeployment? Deployment, string? Failure)> DeployAsync(
        Stack stack,
        StackDefinition definition,
        StackDefinition? previous,
        StackPolicy? policy,
        StackEventWriter events,
        string verb,
        CancellationToken cancellationToken)
    {
        StackDeployment? deployment = null;
        try
        {
            deployment = new StackDeployment(store, stack, definition, options, Worker(stack, definition, events, previous), events, time)
            {
                HasNewTags = previous is not null && !previous.Tags.SequenceEqual(definition.Tags),
                Policy = policy,
            };
            var failed = await deployment.ApplyAsync(cancellationToken);
            if (failed.Count > 0)
            {
                return (deployment, Failed(verb, failed));
            }

            var outputs = deployment.Outputs();
            store.Change(stack, changed => changed.Outputs = outputs);
            return (deployment, null);
        }
        catch (AwsServiceException error)
        {
            return (deployment, error.Message.TrimEnd('.') + ". ");
        }
    }

    private async Task RollBackUpdateAsync(
        Stack stack, IReadOnlyCollection<string> skipped, StackEventWriter events, CancellationToken cancellationToken)
    {
        var (before, previous) = store.Read(() => (stack.RollbackTarget ?? [], stack.RollbackDefinition!));
        var rollback = new UpdateRollback(store, stack, Worker(stack, previous, events), events, time);
        var failed = await rollback.RestoreAsync(before, skipped, cancellationToken);
        if (failed.Count > 0)
        {
            events.StackStatus(StackStatus.UpdateRollbackFailed, Failed("update", failed));
            return;
        }

        events.StackStatus(StackStatus.UpdateRollbackCompleteCleanupInProgress, null, changed => changed.Definition = previous);
        var created = store.Read(() => stack.Resources.Values.Where(resource => before.TrueForAll(old => old.LogicalId != resource.LogicalId)).ToList());
        await DeleteResourcesAsync(stack, created, _ => "Delete", events, cancellationToken);
        foreach (var replacement in rollback.Replacements)
        {
            await Worker(stack, previous, events).DeleteAsync(replacement, isCurrent: false, "Delete", cancellationToken);
        }

        events.StackStatus(StackStatus.UpdateRollbackComplete, null, Settle);
    }

    private static void Settle(Stack stack) => (stack.RollbackTarget, stack.RollbackDefinition) = (null, null);

    private async Task DeleteAsync(Stack stack, IReadOnlyCollection<string> retained, StackEventWriter events, CancellationToken cancellationToken)
    {
        var resources = store.Read(() => stack.Resources.Values.ToList());
        var failed = await DeleteResourcesAsync(
            stack,
            resources,
            resource => retained.Contains(resource.LogicalId) ? "Retain" : resource.DeletionPolicy == "RetainExceptOnCreate" ? "Retain" : resource.DeletionPolicy,
            events,
            cancellationToken);
        if (failed.Count > 0)
        {
            events.StackStatus(StackStatus.DeleteFailed, Failed("delete", failed));
        }
        else
        {
            events.StackStatus(StackStatus.DeleteComplete, null, changed =>
            {
                changed.Outputs = [];
                changed.Imports = [];
            });
        }
    }

    private Task<IReadOnlyList<string>> DeleteResourcesAsync(
        Stack stack, IReadOnlyList<StackResource> resources, Func<StackResource, string> policy, StackEventWriter events, CancellationToken cancellationToken)
    {
        var worker = Worker(stack, stack.Definition!, events);
        var byName = resources.ToDictionary(resource => resource.LogicalId, StringComparer.Ordinal);
        return DependencyRunner.RunAsync(
            DependencyRunner.Reverse(resources),
            (name, token) => worker.DeleteAsync(byName[name], isCurrent: true, policy(byName[name]), token),
            cancellationToken);
    }

    private async Task DeleteReplacedAsync(Stack stack, StackDefinition definition, StackEventWriter events, CancellationToken cancellationToken)
    {
        var replaced = store.Read(() => (stack.RollbackTarget ?? []).Where(old =>
            old.PhysicalId is not null && stack.Resources.TryGetValue(old.LogicalId, out var current) && current.PhysicalId != old.PhysicalId).ToList());
        var worker = Worker(stack, definition, events);
        foreach (var old in replaced)
        {
            await worker.DeleteAsync(old, isCurrent: false, old.UpdateReplacePolicy, cancellationToken);
        }
    }

    private static string Failed(string verb, IReadOnlyList<string> resources) =>
        $"The following resource(s) failed to {verb}: [{string.Join(", ", resources)}]. ";

    [LoggerMessage(1, LogLevel.Error, "The operation on the stack {Stack} failed")]
    private partial void LogFault(Exception error, string stack);

    /// <param name="Superseded">Cancelled once another operation of the stack has begun.</param>
    /// <param name="Work">Ends without an exception.</param>
    private sealed record Operation(CancellationTokenSource Superseded, Task Work);
}
