using System.Text;
using Amazon.Runtime;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Creates or updates a stack by a change set and follows it to its end.</summary>
internal sealed class StackDeployer(CloudFormationClient client, ITemplateStore templates, TimeProvider time, PollingSchedule polling)
{
    /// <summary>The longest TemplateBody that CloudFormation accepts, in bytes.</summary>
    public const int MaximumBodyLength = 51_200;

    /// <summary>Deploys a template. A stack that is up to date is a success.</summary>
    /// <exception cref="DistributedApplicationException">The deployment failed; the message names the first resource that failed and its
    /// reason.</exception>
    public async Task<StackDeploymentResult> DeployAsync(
        StackDeployment deployment, IStackProgress progress, CancellationToken cancellationToken)
    {
        var existing = await PrepareAsync(deployment, progress, cancellationToken);
        var isNew = existing is null || existing.Status == StackStatus.ReviewInProgress;
        var large = Encoding.UTF8.GetByteCount(deployment.Template) > MaximumBodyLength;
        var request = new ChangeSetRequest(deployment.StackName, $"aspire-{Guid.NewGuid():N}", isNew ? "CREATE" : "UPDATE")
        {
            TemplateBody = large ? null : deployment.Template,
            TemplateUrl = large ? await templates.UploadAsync(deployment, progress, cancellationToken) : null,
            Parameters = deployment.Parameters,
            KeptParameters = isNew ? [] : [.. deployment.KeptParameters.Where(existing!.Parameters.ContainsKey)],
            Tags = deployment.Tags,
            Capabilities = deployment.Capabilities,
        };
        if (await TryCreateChangeSetAsync(request, cancellationToken) is not { } changeSet)
        {
            var unchanged = await DescribeAsync(deployment.StackName, cancellationToken);
            return new StackDeploymentResult(unchanged.Id, HasChanged: false, unchanged.Outputs);
        }

        await ReviewAsync(deployment, request, changeSet.Changes, isNew, cancellationToken);

        var events = await StackEventReader.StartAsync(
            client, await StackIdAsync(deployment.StackName, cancellationToken), progress, cancellationToken);
        await client.ExecuteChangeSetAsync(deployment.StackName, request.ChangeSetName, cancellationToken);
        var stack = await FollowAsync(events, cancellationToken);
        return stack.Status is StackStatus.CreateComplete or StackStatus.UpdateComplete
            ? new StackDeploymentResult(stack.Id, HasChanged: true, stack.Outputs)
            : throw new DistributedApplicationException($"Stack {deployment.StackName} is {stack.Status}. {events.DescribeFailure(stack)}");
    }

    /// <summary>Brings the stack into a state that a change set can start from. Returns null where a stack is to be created.</summary>
    private async Task<Stack?> PrepareAsync(StackDeployment deployment, IStackProgress progress, CancellationToken cancellationToken)
    {
        var name = deployment.StackName;
        var stack = await client.DescribeStackAsync(name, cancellationToken);
        if (stack is { IsInProgress: true })
        {
            progress.Report($"{name} is {stack.Status}: waiting for the operation that is under way.");
            stack = await FollowAsync(await StackEventReader.StartAsync(client, stack.Id, progress, cancellationToken), cancellationToken);
        }

        if (stack is null || stack.Status == StackStatus.DeleteComplete)
        {
            return null;
        }

        if (stack.Status == StackStatus.UpdateRollbackFailed)
        {
            throw new DistributedApplicationException(
                $"Stack {name} is {stack.Status}, and CloudFormation updates no such stack. "
                + $"Run 'aws cloudformation continue-update-rollback --stack-name {name}' and deploy again. {stack.StatusReason}");
        }

        if (!StackStatus.MustBeDeleted(stack.Status))
        {
            return stack;
        }

        if (!deployment.MayDelete && !(deployment.Review is { } review && await review.MayDeleteAsync(stack, cancellationToken)))
        {
            throw new DistributedApplicationException(
                $"Stack {name} is {stack.Status}, and CloudFormation updates no such stack. "
                + $"Run 'aws cloudformation delete-stack --stack-name {name}' and deploy again. {stack.StatusReason}");
        }

        progress.Report($"{name} is {stack.Status}, and CloudFormation updates no such stack: deleting it and creating it again.");
        await DeleteAsync(stack, progress, cancellationToken);
        return null;
    }

    /// <summary>Deletes a stack. A stack that does not exist is a success.</summary>
    /// <returns>False where there was no such stack.</returns>
    /// <exception cref="DistributedApplicationException">The deletion failed; the message names the first resource that failed.</exception>
    public async Task<bool> DeleteAsync(string stackName, IStackProgress progress, CancellationToken cancellationToken)
    {
        if (await client.DescribeStackAsync(stackName, cancellationToken) is not { } stack || stack.Status == StackStatus.DeleteComplete)
        {
            return false;
        }

        await DeleteAsync(stack, progress, cancellationToken);
        return true;
    }

    private async Task DeleteAsync(Stack stack, IStackProgress progress, CancellationToken cancellationToken)
    {
        // By its ID, which answers after the name does no longer.
        var events = await StackEventReader.StartAsync(client, stack.Id, progress, cancellationToken);
        await client.DeleteStackAsync(stack.Id, cancellationToken);
        var deleted = await FollowAsync(events, cancellationToken);
        if (deleted.Status != StackStatus.DeleteComplete)
        {
            throw new DistributedApplicationException($"Stack {stack.Name} is {deleted.Status}. {events.DescribeFailure(deleted)}");
        }
    }

    /// <exception cref="DistributedApplicationException">The changes are not to be applied.</exception>
    private async Task ReviewAsync(
        StackDeployment deployment,
        ChangeSetRequest request,
        IReadOnlyList<ResourceChange> changes,
        bool isNew,
        CancellationToken cancellationToken)
    {
        var mayExecute = false;
        try
        {
            mayExecute = deployment.Review is null || await deployment.Review.MayExecuteAsync(deployment, changes, cancellationToken);
        }
        finally
        {
            if (!mayExecute)
            {
                // Also where nobody could be asked, or the question was interrupted.
                await DiscardAsync(request, isNew, CancellationToken.None);
            }
        }

        if (!mayExecute)
        {
            throw new DistributedApplicationException($"The changes of stack {deployment.StackName} were not applied.");
        }
    }

    /// <summary>Deletes a change set that is not wanted, and the empty stack that one of type CREATE made.</summary>
    private async Task DiscardAsync(ChangeSetRequest request, bool isNew, CancellationToken cancellationToken)
    {
        await client.DeleteChangeSetAsync(request.StackName, request.ChangeSetName, cancellationToken);
        if (isNew)
        {
            await client.DeleteStackAsync(request.StackName, cancellationToken);
        }
    }

    /// <summary>Returns null where the stack is up to date.</summary>
    private async Task<ChangeSet?> TryCreateChangeSetAsync(ChangeSetRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateChangeSetAsync(request, cancellationToken);
        }
        catch (AmazonServiceException error) when (IsNoChange(error.Message))
        {
            return null;
        }
        catch (AmazonServiceException error) when (error.ErrorCode == "InsufficientCapabilitiesException")
        {
            throw new DistributedApplicationException($"{error.Message}. Acknowledge them with WithCapabilities(…).", error);
        }

        var changeSet = await WaitForChangeSetAsync(request, cancellationToken);
        if (changeSet.Status == StackStatus.CreateComplete)
        {
            return changeSet;
        }

        await client.DeleteChangeSetAsync(request.StackName, request.ChangeSetName, cancellationToken);
        return IsNoChange(changeSet.StatusReason)
            ? null
            : throw new DistributedApplicationException(
                $"The change set of stack {request.StackName} is {changeSet.Status}. {changeSet.StatusReason}");
    }

    private async Task<ChangeSet> WaitForChangeSetAsync(ChangeSetRequest request, CancellationToken cancellationToken)
    {
        for (var interval = polling.First; ; interval = polling.After(interval))
        {
            var changeSet = await client.DescribeChangeSetAsync(request.StackName, request.ChangeSetName, cancellationToken);
            if (changeSet.Status is not ("CREATE_PENDING" or "CREATE_IN_PROGRESS"))
            {
                return changeSet;
            }

            await Task.Delay(interval, time, cancellationToken);
        }
    }

    /// <summary>Reports the stack's events until the operation that is under way ends.</summary>
    private async Task<Stack> FollowAsync(StackEventReader events, CancellationToken cancellationToken)
    {
        for (var interval = polling.First; ; interval = polling.After(interval))
        {
            // The state first: all events of an operation are readable once its end is.
            var stack = await DescribeAsync(events.StackId, cancellationToken);
            await events.ReadAsync(cancellationToken);
            // An executed change set may still be queued: the stack is then under review.
            if (!stack.IsInProgress && stack.Status != StackStatus.ReviewInProgress)
            {
                return stack;
            }

            await Task.Delay(interval, time, cancellationToken);
        }
    }

    private async Task<string> StackIdAsync(string stackName, CancellationToken cancellationToken) =>
        (await DescribeAsync(stackName, cancellationToken)).Id;

    private async Task<Stack> DescribeAsync(string stackName, CancellationToken cancellationToken) =>
        await client.DescribeStackAsync(stackName, cancellationToken)
        ?? throw new DistributedApplicationException($"Stack {stackName} was deleted while it was being deployed.");

    private static bool IsNoChange(string? reason) => reason is not null
        && (reason.Contains("No updates are to be performed", StringComparison.Ordinal)
            || reason.Contains("didn't contain changes", StringComparison.Ordinal));
}
