using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.CloudFormation;

/// <summary>The command that deploys a stack once more: after its template was edited, or after it failed.</summary>
internal static class DeployAgainCommand
{
    public const string Name = "deploy-again";

    public static IResourceBuilder<CloudFormationStackResource> WithDeployAgainCommand(
        this IResourceBuilder<CloudFormationStackResource> builder) =>
        builder.WithCommand(Name, "Deploy again", context => ExecuteAsync(builder.Resource, context), new CommandOptions
        {
            Description = "Deploys the template as it is now and starts the resources that did not start because the stack had failed.",
            IconName = "ArrowSync",
            IsHighlighted = true,
            UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                || context.ResourceSnapshot.State?.Text == KnownResourceStates.FailedToStart
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
        });

    private static async Task<ExecuteCommandResult> ExecuteAsync(CloudFormationStackResource stack, ExecuteCommandContext context)
    {
        try
        {
            var result = await context.Services.GetRequiredService<StackProvisioner>().DeployAgainAsync(stack, context.CancellationToken);
            var outputs = new JsonObject(
                result.Outputs.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => KeyValuePair.Create(o.Key, (JsonNode?)o.Value)));
            var answer = new JsonObject { ["stackName"] = stack.StackName, ["changed"] = result.HasChanged, ["outputs"] = outputs };
            return CommandResults.Success(
                $"{stack.StackName} {(result.HasChanged ? "is deployed" : "is up to date: neither template nor parameters have changed")}.",
                answer.ToJsonString(JsonSerializerOptions.Default),
                CommandResultFormat.Json);
        }
        catch (DistributedApplicationException error)
        {
            return CommandResults.Failure(error.Message);
        }
    }
}
