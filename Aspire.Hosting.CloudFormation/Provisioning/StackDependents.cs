using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.CloudFormation;

/// <summary>The resources that wait for a stack, other stacks excepted, which are deployed by the same provisioner.</summary>
internal sealed class StackDependents(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers, IServiceProvider services)
{
    private const string Reference = "Reference";

    /// <summary>Writes into the log of each resource that does not start why it does not.</summary>
    public void Explain(CloudFormationStackResource stack, string reason)
    {
        foreach (var dependent in Find(stack).Where(dependent => !IsIn(dependent, KnownResourceStates.Running)))
        {
            Log.DependentFails(loggers.GetLogger(dependent), dependent.Name, stack.StackName, reason);
        }
    }

    /// <summary>Writes into the log of each running resource which outputs are no longer those that it was started with.</summary>
    public void WarnOfChanges(
        CloudFormationStackResource stack, IReadOnlyDictionary<string, string> previous, IReadOnlyDictionary<string, string> outputs)
    {
        var changed = previous.Where(output => outputs.GetValueOrDefault(output.Key) != output.Value).Select(output => output.Key).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        // One that takes an output as a variable need not wait for the stack itself, but for one that is deployed after it.
        var readers = model.Resources.Where(resource => resource is not CloudFormationStackResource
            && resource.Annotations.OfType<ResourceRelationshipAnnotation>().Any(link => link.Type == Reference && link.Resource == stack));
        foreach (var dependent in Find(stack).Union(readers).Where(dependent => IsIn(dependent, KnownResourceStates.Running)))
        {
            Log.OutputsChanged(
                loggers.GetLogger(dependent), stack.StackName, dependent.Name, string.Join(", ", changed.Order(StringComparer.Ordinal)));
        }
    }

    /// <summary>Starts the resources that did not start because the stack had failed.</summary>
    public Task StartAsync(CloudFormationStackResource stack, CancellationToken cancellationToken) => Task.WhenAll(Find(stack)
        .Where(dependent => IsIn(dependent, KnownResourceStates.FailedToStart))
        .Select(async dependent =>
        {
            Log.DependentStarts(loggers.GetLogger(dependent), dependent.Name, stack.StackName);
            var commands = services.GetRequiredService<ResourceCommandService>();
            var result = await commands.ExecuteCommandAsync(dependent, KnownResourceCommands.StartCommand, cancellationToken);
            if (!result.Success)
            {
                Log.DependentStartFails(
                    loggers.GetLogger(dependent), dependent.Name, result.Message ?? "The start command gave no reason.");
            }
        }));

    private IEnumerable<IResource> Find(CloudFormationStackResource stack) => model.Resources.Where(resource =>
        resource is not CloudFormationStackResource && resource.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Resource == stack));

    private bool IsIn(IResource resource, string state) =>
        notifications.TryGetCurrentState(resource.Name, out var current) && current.Snapshot.State?.Text == state;
}
