using Aspire.Hosting.Eventing;
using Aspire.Hosting.Lifecycle;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// Ends a plain <c>WaitFor(stack)</c> when the deployment fails. With a dashboard, Aspire's default is to go on waiting, and a failed stack
/// does not recover by itself. A <c>WaitFor</c> that states its own <see cref="WaitBehavior"/> is left as it is.
/// </summary>
internal sealed class StackWaits : IDistributedApplicationEventingSubscriber
{
    public Task SubscribeAsync(
        IDistributedApplicationEventing eventing,
        DistributedApplicationExecutionContext executionContext,
        CancellationToken cancellationToken)
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
                resource.Annotations.Add(new WaitAnnotation(wait.Resource, wait.WaitType, wait.ExitCode)
                {
                    WaitBehavior = WaitBehavior.StopOnResourceUnavailable,
                });
            }
        }
    }
}
