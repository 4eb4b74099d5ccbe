#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Deletes stacks in <c>aspire destroy</c>.</summary>
internal static class StackDestruction
{
    /// <exception cref="DistributedApplicationException">The answer was no.</exception>
    public static async Task ConfirmAsync(PipelineStepContext context)
    {
        var stacks = context.Model.Resources.OfType<CloudFormationStackResource>().ToList();
        var target = context.Services.GetRequiredService<DeploymentTarget>().Identity!.Target;
        List<string> lines =
        [
            .. stacks.Where(stack => stack.KeptBecause is null).Select(stack => $"deletes {stack.StackName}"),
            .. stacks.Where(stack => stack.KeptBecause is not null).Select(stack => $"keeps {stack.StackName}: {stack.KeptBecause}"),
        ];
        foreach (var line in lines)
        {
            context.ReportingStep.Log(LogLevel.Information, line);
        }

        if (!await PipelineQuestion.AskAsync(
            context, "Destroy", $"In {target}:\n{string.Join('\n', lines)}\nDelete all this?", $"Deleting the stacks in {target}"))
        {
            throw new DistributedApplicationException("Nothing was changed.");
        }
    }

    /// <exception cref="DistributedApplicationException">The deletion failed.</exception>
    public static async Task DestroyAsync(CloudFormationStackResource stack, PipelineStepContext context)
    {
        if (stack.KeptBecause is { } reason)
        {
            context.Summary.Add(stack.StackName, $"kept: {reason}");
            return;
        }

        using var account = await AwsAccount.OpenAsync(stack, context.CancellationToken);
        var outputs = (await account.FindStackAsync(stack.StackName, context.CancellationToken))?.Outputs;
        foreach (var output in stack.EmptiedBuckets)
        {
            if (outputs?.GetValueOrDefault(output) is { } bucket)
            {
                await EmptyAsync(account, bucket, context);
            }
        }

        using var connection = await AwsConnection.OpenAsync(stack, context.CancellationToken);
        bool existed;
        await using (var progress = new PipelineProgress(context))
        {
            existed = await connection.CreateDeployer(context.Services.GetRequiredService<TimeProvider>())
                .DeleteAsync(stack.StackName, progress, context.CancellationToken);
        }

        var end = existed ? "Deleted." : "There is no such stack.";
        context.Summary.Add(stack.StackName, end);
        await context.ReportingStep.CompleteAsync($"{stack.StackName}: {end}", CompletionState.Completed, context.CancellationToken);
    }

    private static async Task EmptyAsync(AwsAccount account, string bucket, PipelineStepContext context)
    {
        await using var task = await context.ReportingStep.CreateTaskAsync($"Emptying s3://{bucket}", context.CancellationToken);
        var count = await account.EmptyBucketAsync(bucket, context.CancellationToken);
        await task.CompleteAsync(
            count is null ? $"There is no bucket {bucket}." : $"s3://{bucket}: {count} objects deleted.",
            CompletionState.Completed,
            context.CancellationToken);
    }
}
