using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// Lets a plain <c>WaitFor(stack)</c> end when the deployment fails. Aspire's default while the dashboard is there is to wait on, which
/// for a stack is for ever. A wait that names its behavior keeps it.
/// </summary>
internal sealed class StackWaits : IDistributedApplicationEventingSubscriber
{
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            EndWithFailure(start.Model);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    internal static void EndWithFailure(DistributedApplicationModel model)
    {
        foreach (var resource in model.Resources)
        {
            var waits = resource.Annotations.OfType<WaitAnnotation>()
                .Where(wait => wait is { Resource: CloudFormationStackResource, WaitBehavior: null })
                .ToList();
            foreach (var wait in waits)
            {
                resource.Annotations.Remove(wait);
                resource.Annotations.Add(
                    new WaitAnnotation(wait.Resource, wait.WaitType, wait.ExitCode) { WaitBehavior = WaitBehavior.StopOnResourceUnavailable });
            }
        }
    }
}
