#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using Amazon.Runtime;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Deploys a stack in <c>aspire deploy</c>: shows its change set, asks before a loss, reports each resource as a task.</summary>
internal static class PipelineDeployment
{
    /// <exception cref="DistributedApplicationException">The deployment failed, or was not wanted.</exception>
    public static async Task DeployAsync(CloudFormationStackResource stack, PipelineStepContext context)
    {
        try
        {
            using var connection = await AwsConnection.OpenAsync(stack, context.CancellationToken);
            var deployment = await StackDeploymentFactory.CreateAsync(
                stack, mayDelete: false, keepsParameters: true, context.CancellationToken) with
            {
                Review = new Review(context),
            };
            StackDeploymentResult result;
            await using (var progress = new PipelineProgress(context))
            {
                result = await connection.CreateDeployer(context.Services.GetRequiredService<TimeProvider>())
                    .DeployAsync(deployment, progress, context.CancellationToken);
            }

            await ProtectAsync(stack, connection, context.CancellationToken);
            stack.Outputs.Complete(result.Outputs);
            await context.Services.GetRequiredService<DeploymentTarget>().RememberAsync(context);
            var end = result.HasChanged ? "Deployed." : "No change.";
            context.Summary.Add(stack.StackName, end);
            await context.ReportingStep.CompleteAsync(
                $"{stack.StackName}: {end}", CompletionState.Completed, context.CancellationToken);
        }
        catch (AmazonServiceException error)
        {
            throw new DistributedApplicationException(
                $"CloudFormation rejected stack {stack.StackName}: {error.Message} ({error.ErrorCode})", error);
        }
    }

    private static async Task ProtectAsync(
        CloudFormationStackResource stack, AwsConnection connection, CancellationToken cancellationToken)
    {
        if (stack.Protection is not { } protection)
        {
            return;
        }

        await connection.CloudFormation.EnableTerminationProtectionAsync(stack.StackName, cancellationToken);
        if (protection.PolicyPath is { } path)
        {
            await connection.CloudFormation.SetStackPolicyAsync(
                stack.StackName, await File.ReadAllTextAsync(path, cancellationToken), cancellationToken);
        }
    }

    /// <summary>
    /// Shows each change set. Asks before a stack is deleted, before a resource is removed or replaced, and before production changes.
    /// </summary>
    private sealed class Review(PipelineStepContext context) : IDeploymentReview
    {
        public Task<bool> MayDeleteAsync(Stack stack, CancellationToken cancellationToken) => PipelineQuestion.AskAsync(
            context,
            $"{stack.Name} is {stack.Status}",
            "In this state the stack can only be deleted. Delete it and create it again?",
            $"Stack {stack.Name} is {stack.Status} and can only be deleted. Deleting it and creating it again");

        public async Task<bool> MayExecuteAsync(
            StackDeployment deployment, IReadOnlyList<ResourceChange> changes, CancellationToken cancellationToken)
        {
            foreach (var change in changes)
            {
                context.ReportingStep.Log(change.IsRemovedOrReplaced ? LogLevel.Warning : LogLevel.Information, change.ToString());
            }

            if (changes.Count == 0)
            {
                context.ReportingStep.Log(LogLevel.Information, "No resource changes, only the tags or parameters of the stack.");
            }

            var isProduction = context.Services.GetRequiredService<IHostEnvironment>().IsProduction();
            var lost = changes.Where(change => change.IsRemovedOrReplaced).ToList();
            if (!isProduction && lost.Count == 0)
            {
                return true;
            }

            // Change sets may have hundreds of changes, which the log above has.
            var shown = lost.Count > 0 ? $"This removes or replaces:\n{string.Join('\n', lost)}\n" : "";
            return await PipelineQuestion.AskAsync(
                context,
                $"Change {deployment.StackName}",
                $"{shown}Apply {changes.Count} changes to {deployment.StackName}?",
                lost.Count > 0
                    ? $"Removing or replacing {lost[0].LogicalId} in {deployment.StackName}"
                    : $"Changing {deployment.StackName} in production");
        }
    }
}
