using System.Collections.Immutable;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Publishes the state of stacks to the dashboard and to the resources that wait for them.</summary>
internal sealed class StackSnapshots(ResourceNotificationService notifications, TimeProvider time)
{
    private const string FailureReason = "Failure reason";

    public Task StartingAsync(CloudFormationStackResource stack, StackRun run) =>
        notifications.PublishUpdateAsync(stack, snapshot => snapshot with
        {
            State = KnownResourceStates.Starting,
            StartTimeStamp = time.GetUtcNow().UtcDateTime,
            StopTimeStamp = null,
            Properties = Show(snapshot.Properties, run, []),
        });

    public Task RunningAsync(
        CloudFormationStackResource stack, StackRun run, StackDeploymentResult result, AwsConnection connection, string? console)
    {
        var properties = new List<ResourcePropertySnapshot>
        {
            new("Stack ID", result.StackId),
            new("AWS region", connection.Region),
        };
        if (connection.EndpointUrl is { } endpoint)
        {
            properties.Add(new("AWS endpoint", endpoint.AbsoluteUri));
        }

        properties.AddRange(result.Outputs
            .OrderBy(output => output.Key, StringComparer.Ordinal)
            .Select(output => new ResourcePropertySnapshot(output.Key, output.Value) { IsHighlighted = true }));
        return notifications.PublishUpdateAsync(stack, snapshot => snapshot with
        {
            State = KnownResourceStates.Running,
            Urls = console is null
                ? []
                : [new UrlSnapshot(null, console, IsInternal: false) { DisplayProperties = new UrlDisplayPropertiesSnapshot("Stack", 0) }],
            Properties = Show(snapshot.Properties, run, properties),
        });
    }

    public Task FailedAsync(CloudFormationStackResource stack, StackRun run, string reason) =>
        notifications.PublishUpdateAsync(stack, snapshot => snapshot with
        {
            State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            StopTimeStamp = time.GetUtcNow().UtcDateTime,
            Properties = Show(snapshot.Properties, run, [new(FailureReason, reason) { IsHighlighted = true }]),
        });

    /// <summary>Shows that the stack waits for its endpoint, which stopped and may have lost the stack.</summary>
    public Task WaitingAsync(CloudFormationStackResource stack, StackRun run) =>
        notifications.PublishUpdateAsync(stack, snapshot => snapshot with
        {
            State = KnownResourceStates.Waiting,
            Properties = Show(snapshot.Properties, run, []),
        });

    // The list also has properties of Aspire's own, such as the parent, which have to stay.
    private static ImmutableArray<ResourcePropertySnapshot> Show(
        ImmutableArray<ResourcePropertySnapshot> properties, StackRun run, IReadOnlyCollection<ResourcePropertySnapshot> shown)
    {
        var previous = run.ShownProperties;
        run.ShownProperties = shown.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        return [.. properties.Where(property => !previous.Contains(property.Name)), .. shown];
    }
}
