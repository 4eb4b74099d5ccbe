using System.Diagnostics;
using System.Globalization;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Oith.AppHost.AppModel;

/// <summary>What the dashboard offers to do, beside starting and stopping.</summary>
internal static class Commands
{
    public const string RunPrecompute = "run-precompute";
    public const string RedriveDeadLetters = "redrive-dead-letters";
    public const string SeedUsers = "seed-users";
    public const string RunStressTest = "run-stress-test";
    public const string OpenConsole = "open-console";

    private const string StressTestProject = "../Oith.StressTest/Oith.StressTest.csproj";
    private const int StressTestRate = 100;
    private const string StressTestDuration = "60s";

    /// <summary>On what plays AWS: the nightly precompute now, and dead letters back into their queue.</summary>
    public static IResourceBuilder<T> WithAwsCommands<T>(this IResourceBuilder<T> builder, Emulator emulator, Stacks stacks) where T : IResource
    {
        var machine = stacks.Output(ResourceNames.StepFunctionsStack, "BatchPrecomputeStateMachineArn");
        var deadLetters = stacks.Output(ResourceNames.InfrastructureStack, "MatchingDLQArn");
        return builder
            .WithCommand(RunPrecompute, "Run the nightly precompute now", "Play", async (logger, cancellationToken) =>
            {
                var execution = await emulator.StartExecutionAsync((await machine.GetValueAsync(cancellationToken))!, cancellationToken);
                return $"Started {execution}";
            })
            .WithCommand(RedriveDeadLetters, "Redrive dead letters", "ArrowUndo", async (logger, cancellationToken) =>
            {
                using var sqs = emulator.CreateSQS();
                var request = new StartMessageMoveTaskRequest { SourceArn = await deadLetters.GetValueAsync(cancellationToken) };
                await sqs.StartMessageMoveTaskAsync(request, cancellationToken);
                return $"Messages of {request.SourceArn} move back to their queue.";
            });
    }

    /// <summary>On the service: synthetic people, and a short load from a resource that starts only when it is asked to.</summary>
    public static IResourceBuilder<ProjectResource> WithServiceCommands(
        this IResourceBuilder<ProjectResource> matching, AppModelOptions options, PopulationSeeding seeding)
    {
        var stressTest = matching.ApplicationBuilder.AddProject(ResourceNames.StressTest, StressTestProject)
            .WithArgs(
                "load",
                "--url", matching.GetEndpoint("http"),
                "--users", options.Users.ToString(CultureInfo.InvariantCulture),
                "--rate", StressTestRate.ToString(CultureInfo.InvariantCulture),
                "--duration", StressTestDuration)
            // It is built when it starts, and with it this project, which must not change while it runs.
            .WithEnvironment("UseAspire", "true")
            .WithExplicitStart()
            .WaitFor(matching)
            .ExcludeFromManifest();
        return matching
            .WithCommand(SeedUsers, "Seed users", "PeopleAdd", async (logger, cancellationToken) =>
            {
                await seeding.SeedAsync(logger, cancellationToken);
                return string.Create(CultureInfo.InvariantCulture, $"{options.Users:N0} people seeded.");
            })
            .WithCommand(
                RunStressTest,
                "Run a short stress test",
                context => context.Services.GetRequiredService<ResourceCommandService>()
                    .ExecuteCommandAsync(stressTest.Resource, KnownResourceCommands.StartCommand, context.CancellationToken),
                Options("TopSpeed"));
    }

    /// <summary>On LocalCloud: its console page, in the browser of this machine.</summary>
    public static IResourceBuilder<LocalCloudResource> WithConsoleCommand(this IResourceBuilder<LocalCloudResource> localCloud) =>
        localCloud.WithCommand(OpenConsole, "Open the console page", "Open", (logger, cancellationToken) =>
        {
            using var browser = Process.Start(new ProcessStartInfo(localCloud.Resource.ServiceUrl) { UseShellExecute = true });
            return Task.FromResult($"Opened {localCloud.Resource.ServiceUrl}");
        });

    private static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder, string name, string displayName, string icon, Func<ILogger, CancellationToken, Task<string>> execute)
        where T : IResource =>
        builder.WithCommand(name, displayName, async context =>
        {
            try
            {
                return CommandResults.Success(await execute(context.Logger, context.CancellationToken));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                return CommandResults.Failure(error);
            }
        }, Options(icon));

    private static CommandOptions Options(string icon) => new()
    {
        IconName = icon,
        IsHighlighted = true,
        UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
    };
}
