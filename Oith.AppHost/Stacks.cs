using Oith.Stack;

namespace Oith.AppHost;

/// <summary>The four stacks of the development environment.</summary>
internal sealed class Stacks(params ReadOnlySpan<IResourceBuilder<CloudFormationStackResource>> stacks)
{
    private readonly Dictionary<string, IResourceBuilder<CloudFormationStackResource>> _stacks =
        stacks.ToArray().ToDictionary(stack => stack.Resource.StackName);

    /// <param name="stack">The stack's short name.</param>
    public IResourceBuilder<CloudFormationStackResource> this[string stack] =>
        _stacks[ResourceNames.Stack(ResourceNames.Development, stack)];

    /// <param name="stack">The stack's short name.</param>
    public StackOutputReference Output(string stack, string output) => this[stack].GetOutput(output);

    /// <summary>Reads an output once its stack is deployed.</summary>
    public async Task<string> ReadAsync(string stack, string output, CancellationToken cancellationToken) =>
        (await Output(stack, output).GetValueAsync(cancellationToken))!;
}

internal static class StackBuilderExtensions
{
    /// <summary>Adds a stack that is deployed into LocalCloud: resource <c>data-stack</c>, stack <c>oith-development-data</c>.</summary>
    /// <param name="stack">The stack's short name.</param>
    /// <param name="after">The stack that is deployed first.</param>
    public static IResourceBuilder<CloudFormationStackResource> AddStack(
        this IDistributedApplicationBuilder builder,
        string stack,
        IResourceBuilder<LocalCloudResource> localCloud,
        IResourceBuilder<CloudFormationStackResource>? after = null)
    {
        var resource = builder
            .AddCloudFormationStack(
                $"{stack}-stack",
                Path.Combine("..", "infrastructure", ResourceNames.Template(stack)),
                ResourceNames.Stack(ResourceNames.Development, stack))
            .WithReference(localCloud)
            .WithCapabilities("CAPABILITY_NAMED_IAM")
            .WithParameter(StackParameters.Environment, ResourceNames.Development);
        return after is null ? resource : resource.WaitFor(after, WaitBehavior.StopOnResourceUnavailable);
    }
}
