using Aspire.Hosting.AWS.CloudFormation;

namespace Oith.AppHost.AppModel;

/// <summary>The stacks of one environment as resources, deployed one after the other, with what is configured for their parameters.</summary>
internal sealed class Stacks
{
    // How Aspire.Hosting.AWS words the end of a stack that could not be deployed.
    private const string FailedToProvision = "Failed to Provision";

    private readonly Dictionary<string, IResourceBuilder<ICloudFormationTemplateResource>> _stacks = [];

    /// <param name="add">Adds a template by name and path, deployed to wherever this run deploys to, and hands the resource on to be configured.</param>
    public Stacks(AppModelSettings settings, Action<string, string, Action<IResourceBuilder<ICloudFormationTemplateResource>>> add)
    {
        foreach (var stack in ResourceNames.Stacks)
        {
            add(settings.StackName(stack), settings.TemplatePath(stack), resource => Configure(settings, stack, resource));
        }
    }

    /// <param name="stack">The stack's short name.</param>
    public IResourceBuilder<ICloudFormationTemplateResource> this[string stack] => _stacks[stack];

    /// <param name="stack">The stack's short name.</param>
    public StackOutputReference Output(string stack, string name) => _stacks[stack].GetOutput(name);

    private void Configure(AppModelSettings settings, string stack, IResourceBuilder<ICloudFormationTemplateResource> resource)
    {
        resource.WithParameter(StackParameters.Environment, settings.Environment);
        foreach (var choice in StackParameters.Choices[stack])
        {
            if (settings.Parameter(choice) is { } value)
            {
                resource.WithParameter(choice, value);
            }
        }

        resource.WithTag("Application", "oith").WithTag("Environment", settings.Environment);
        if (_stacks.Count > 0)
        {
            resource.WaitFor(_stacks.Values.Last(), WaitBehavior.StopOnResourceUnavailable);
        }

        _stacks.Add(stack, resource.OnInitializeResource(TellFailureAsync));
    }

    // Nothing that waits for a resource knows that state, so it would wait for ever.
    private static async Task TellFailureAsync(ICloudFormationTemplateResource stack, InitializeResourceEvent initialize, CancellationToken cancellationToken)
    {
        await initialize.Notifications.WaitForResourceAsync(stack.Name, FailedToProvision, cancellationToken);
        await initialize.Notifications.PublishUpdateAsync(stack, snapshot => snapshot with { State = KnownResourceStates.FailedToStart });
    }
}
