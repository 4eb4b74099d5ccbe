#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES002, ASPIREINTERACTION001 // The pipeline's API is for evaluation.
using Amazon.Runtime;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// Where the stacks are deployed to, and where they were deployed to last time. Aspire's deployment state holds what was entered for an
/// environment, whichever account that was for; so a change of the account, region or endpoint is said before anything else.
/// </summary>
internal sealed class DeploymentTarget : IDisposable
{
    private const string Section = "CloudFormation:Target";

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Who deploys, and where to; null before the step that finds out.</summary>
    public AwsIdentity? Identity { get; private set; }

    public async Task IdentifyAsync(PipelineStepContext context)
    {
        // Those of another endpoint are of another account too; applications have one.
        if (context.Model.Resources.OfType<CloudFormationStackResource>().FirstOrDefault() is not { } stack)
        {
            return;
        }

        using var account = await AwsAccount.OpenAsync(stack, context.CancellationToken);
        Identity = await CallAsync(account, context.CancellationToken);
        var environment = context.Services.GetRequiredService<IHostEnvironment>().EnvironmentName;
        context.ReportingStep.Log(LogLevel.Information, $"Environment {environment}, {Identity.Target}, as {Identity.Arn}.");
        context.Summary.Add("Target", Identity.Target);
        var state = context.Services.GetRequiredService<IDeploymentStateManager>();
        var previous = (await state.AcquireSectionAsync(Section, context.CancellationToken)).Data["Name"]?.GetValue<string>();
        if (previous is not null && previous != Identity.Target)
        {
            await SayChangeAsync(context, environment, previous, state.StateFilePath);
        }
    }

    /// <summary>Remembers the target of a deployment.</summary>
    public async Task RememberAsync(PipelineStepContext context)
    {
        var state = context.Services.GetRequiredService<IDeploymentStateManager>();
        await _one.WaitAsync(context.CancellationToken);
        try
        {
            var section = await state.AcquireSectionAsync(Section, context.CancellationToken);
            if (section.Data["Name"]?.GetValue<string>() != Identity?.Target)
            {
                section.Data["Name"] = Identity?.Target;
                await state.SaveSectionAsync(section, context.CancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private static async Task<AwsIdentity> CallAsync(AwsAccount account, CancellationToken cancellationToken)
    {
        try
        {
            return await account.GetIdentityAsync(cancellationToken);
        }
        catch (AmazonServiceException error) when (error.InnerException is HttpRequestException unreachable)
        {
            throw new DistributedApplicationException(
                $"AWS does not answer: {unreachable.Message} Check AWS_REGION and AWS_ENDPOINT_URL.", error);
        }
        catch (AmazonServiceException error)
        {
            throw new DistributedApplicationException(
                $"AWS does not accept the credentials: {error.Message} ({error.ErrorCode}). Sign in again, or check AWS_PROFILE.", error);
        }
        catch (AmazonClientException error)
        {
            throw new DistributedApplicationException(
                $"There are no credentials: {error.Message} Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.", error);
        }
    }

    private async Task SayChangeAsync(PipelineStepContext context, string environment, string previous, string? file)
    {
        var change = $"Last time {environment} was deployed to {previous}; now it is {Identity!.Target}.";
        context.ReportingStep.Log(
            LogLevel.Warning, $"{change} Values that were entered then are in {file}; --clear-cache forgets them.");
        context.Summary.Add("Another target", change);
        var interaction = context.Services.GetRequiredService<IInteractionService>();
        if (!interaction.IsAvailable || context.Services.GetRequiredService<IOptions<PipelineOptions>>().Value.SkipConfirmation)
        {
            return;
        }

        var answer = await interaction.PromptConfirmationAsync("Another target", $"{change} Continue?", null, context.CancellationToken);
        if (answer.Canceled || !answer.Data)
        {
            throw new DistributedApplicationException("Nothing was changed.");
        }
    }
}
