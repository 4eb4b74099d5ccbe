#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Configuration;
using Oith.Stack;

namespace Oith.AppHost.Pipeline;

/// <summary>What <c>aspire publish</c>, <c>deploy</c>, <c>do</c> and <c>destroy</c> run: the four stacks and the steps between.</summary>
internal static class PipelineApplication
{
    private const string Operation = "--operation";

    /// <summary>Returns true where the Aspire CLI runs the app host for its pipeline instead of running the application.</summary>
    public static bool IsAskedFor(ReadOnlySpan<string> args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            var value = args[i] == Operation && i + 1 < args.Length ? args[i + 1]
                : args[i].StartsWith($"{Operation}=", StringComparison.Ordinal) ? args[i][(Operation.Length + 1)..]
                : null;
            if (value is not (null or "run"))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Runs the pipeline's steps.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        // Once more, as the last: Aspire loads what it remembers of an earlier deployment, perhaps into another account, after both.
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(args);
        var environment = builder.Environment.EnvironmentName.ToLowerInvariant();
        if (!ResourceNames.Environments.Contains(environment))
        {
            Console.Error.WriteLine($"Unknown environment {environment}: {string.Join(", ", ResourceNames.Environments)}.");
            return 1;
        }

        Add(builder, environment);
        await using var app = builder.Build();
        await app.RunAsync();
        return Environment.ExitCode;
    }

    /// <summary>Adds the stacks of an environment and the steps that deploy them.</summary>
    internal static Deployment Add(IDistributedApplicationBuilder builder, string environment)
    {
        var deployment = new Deployment(builder, environment);
        var service = new ServicePackage(deployment);
        var artifacts = new ArtifactSteps(deployment, service);
        var data = deployment.StepsOf(ResourceNames.DataStack);
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = ServicePackage.Step,
            Description = "Publishes and packs the service as deploy.sh does, or takes SERVICE_ZIP.",
            Action = service.CreateAsync,
            DependsOnSteps = [WellKnownPipelineSteps.ProcessParameters],
            RequiredBySteps = [data.Deploy, deployment.StepsOf(Artifact.Service.Stack).Publish],
        });
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = DeploymentCheck.Step,
            Description = "Finds or asks for the network, asks for what is not decided, and refuses what must not be deployed.",
            Action = new DeploymentCheck(deployment).RunAsync,
            DependsOnSteps = [WellKnownPipelineSteps.DeployPrereq, StackSteps.IdentifyAccount],
            RequiredBySteps = [data.Deploy],
        });
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = ArtifactSteps.Upload,
            Description = "Uploads the service's zip and the state machines' definitions to the bucket of the data stack.",
            Action = artifacts.UploadAsync,
            DependsOnSteps = [data.Deploy, ServicePackage.Step],
            RequiredBySteps =
            [
                deployment.StepsOf(ResourceNames.MatchingStack).Deploy, deployment.StepsOf(ResourceNames.StepFunctionsStack).Deploy,
            ],
        });
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = ArtifactSteps.Publish,
            Description = "Writes the zip, the definitions and a README that says how to apply it all without Aspire.",
            Action = artifacts.PublishAsync,
            DependsOnSteps = [WellKnownPipelineSteps.PublishPrereq, ServicePackage.Step],
            RequiredBySteps = [WellKnownPipelineSteps.Publish],
        });
        builder.Pipeline.AddStep(new PipelineStep
        {
            Name = TableDeletion.Step,
            Description = "Deletes the tables, which the data stack leaves behind; in production nothing.",
            Action = new TableDeletion(deployment).RunAsync,
            DependsOnSteps = [data.Destroy],
            RequiredBySteps = [WellKnownPipelineSteps.Destroy],
        });
        return deployment;
    }
}
