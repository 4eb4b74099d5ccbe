#pragma warning disable ASPIREPIPELINES001, ASPIREINTERACTION001 // The pipeline's API is for evaluation.
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.CloudFormation;

/// <summary>A question with yes or no, in a pipeline that may have nobody to ask.</summary>
internal static class PipelineQuestion
{
    /// <summary>Returns the answer; true without asking where <c>--yes true</c> was given.</summary>
    /// <param name="subject">What the yes is needed for, where nobody can be asked: <c>Changing production</c>.</param>
    /// <exception cref="DistributedApplicationException">Nobody can be asked, and <c>--yes true</c> was not given.</exception>
    public static async Task<bool> AskAsync(PipelineStepContext context, string title, string question, string subject)
    {
        if (context.Services.GetRequiredService<IOptions<PipelineOptions>>().Value.SkipConfirmation)
        {
            return true;
        }

        var interaction = context.Services.GetRequiredService<IInteractionService>();
        if (!interaction.IsAvailable)
        {
            throw new DistributedApplicationException(
                $"{subject} needs a yes, and nobody can be asked. Run it with a terminal, or with '-- --yes true' at the end.");
        }

        var answer = await interaction.PromptConfirmationAsync(title, question, null, context.CancellationToken);
        return !answer.Canceled && answer.Data;
    }
}
