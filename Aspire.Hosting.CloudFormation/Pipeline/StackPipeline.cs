#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// The steps of <c>aspire publish</c>, <c>aspire deploy</c> and <c>aspire destroy</c>: one of each for a stack, in the order in which the
/// stacks wait for each other.
/// </summary>
internal static class StackPipeline
{
    /// <summary>Adds the steps that all stacks share, once.</summary>
    public static void AddStackPipeline(this IDistributedApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(DeploymentTarget)))
        {
            return;
        }

        builder.Services.TryAddSingleton<DeploymentTarget>();
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = StackSteps.IdentifyAccount,
            Description = "Says which account, region and endpoint the stacks are deployed to, and whether it was another one last time.",
            Action = context => context.Services.GetRequiredService<DeploymentTarget>().IdentifyAsync(context),
        });
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = StackSteps.ConfirmDestroy,
            Description = "Lists what is deleted and what is kept, and asks.",
            Action = StackDestruction.ConfirmAsync,
            DependsOnSteps = [WellKnownPipelineSteps.DestroyPrereq, StackSteps.IdentifyAccount],
            RequiredBySteps = [WellKnownPipelineSteps.Destroy],
        });
    }

    public static IResourceBuilder<CloudFormationStackResource> WithPipelineSteps(
        this IResourceBuilder<CloudFormationStackResource> builder) => builder.WithPipelineStepFactory(factory =>
        {
            var stack = builder.Resource;
            var model = factory.PipelineContext.Model;
            return
            [
                new PipelineStep
                {
                    Name = StackSteps.Publish(stack),
                    Description = $"Writes the template, parameters and tags of {stack.StackName}.",
                    Action = context => StackPublication.PublishAsync(stack, context),
                    DependsOnSteps = [WellKnownPipelineSteps.PublishPrereq],
                    RequiredBySteps = [WellKnownPipelineSteps.Publish],
                    Resource = stack,
                },
                new PipelineStep
                {
                    Name = StackSteps.Deploy(stack),
                    Description = $"Creates or updates {stack.StackName}.",
                    Action = context => PipelineDeployment.DeployAsync(stack, context),
                    DependsOnSteps =
                    [
                        WellKnownPipelineSteps.DeployPrereq,
                        StackSteps.IdentifyAccount,
                        .. DependenciesOf(stack).Select(StackSteps.Deploy),
                    ],
                    RequiredBySteps = [WellKnownPipelineSteps.Deploy],
                    Tags = [WellKnownPipelineTags.ProvisionInfrastructure],
                    Resource = stack,
                },
                new PipelineStep
                {
                    Name = StackSteps.Destroy(stack),
                    Description = stack.KeptBecause is { } reason ? $"Keeps {stack.StackName}: {reason}." : $"Deletes {stack.StackName}.",
                    Action = context => StackDestruction.DestroyAsync(stack, context),
                    DependsOnSteps =
                    [
                        StackSteps.ConfirmDestroy,
                        .. model.Resources.OfType<CloudFormationStackResource>()
                            .Where(other => DependenciesOf(other).Contains(stack))
                            .Select(StackSteps.Destroy),
                    ],
                    RequiredBySteps = [WellKnownPipelineSteps.Destroy],
                    Resource = stack,
                },
            ];
        });

    private static IEnumerable<CloudFormationStackResource> DependenciesOf(CloudFormationStackResource stack) =>
        stack.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource).OfType<CloudFormationStackResource>().Distinct();
}
