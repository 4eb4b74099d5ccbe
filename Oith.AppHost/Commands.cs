#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are for evaluation; without them a command could not ask for a user.
using System.Net.Http.Json;
using System.Text.Json;
using Amazon.SQS.Model;
using Oith.Stack;
using Oith.Stack.Population;

namespace Oith.AppHost;

/// <summary>Commands of the dashboard and of <c>aspire resource</c>.</summary>
internal static class Commands
{
    public const string AskForMatch = "ask-for-match";
    public const string QueueMatchRequest = "queue-match-request";
    public const string RunPrecompute = "run-precompute";
    public const string RedriveDeadLetters = "redrive-dead-letters";
    public const string SeedUsers = "seed-users";

    private const string UserEmail = "userEmail";
    private const string Users = "users";

    /// <summary>Adds the requests of a user, answered at once or queued.</summary>
    public static IResourceBuilder<ProjectResource> WithMatchingCommands(this IResourceBuilder<ProjectResource> matching) => matching
        .WithHttpCommand(
            "/api/match/next",
            "Ask for a match",
            "http",
            AskForMatch,
            AskAs("Returns the user's match, or finds the best new one.", "Heart"))
        .WithHttpCommand(
            "/api/match/requests",
            "Queue a match request",
            "http",
            QueueMatchRequest,
            AskAs(
                "Sends the request through the queue, the Pipe, the state machine and the function: one trace through both processes.",
                "MailInbox"));

    /// <summary>Adds the nightly precompute and the redrive of dead letters.</summary>
    public static IResourceBuilder<LocalCloudResource> WithAwsCommands(this IResourceBuilder<LocalCloudResource> localCloud, Stacks stacks)
    {
        var clients = new LocalCloudClients(localCloud.Resource);
        return localCloud
            .WithCommand(
                RunPrecompute,
                "Run the nightly precompute",
                "Starts the state machine that computes decks for all users.",
                "Play",
                async context =>
                {
                    var machine = await stacks.ReadAsync(
                        ResourceNames.StepFunctionsStack, "BatchPrecomputeStateMachineArn", context.CancellationToken);
                    var execution = await clients.StartExecutionAsync(machine, context.CancellationToken);
                    var console = $"{ConsoleOf(localCloud.Resource)}#/machines/execution/{Uri.EscapeDataString(execution)}";
                    return Success($"Started. Follow it at {console}", new { executionArn = execution, console });
                })
            .WithCommand(
                RedriveDeadLetters,
                "Redrive dead letters",
                "Moves failed match requests back into their queue.",
                "ArrowUndo",
                async context =>
                {
                    var queue = await stacks.ReadAsync(ResourceNames.InfrastructureStack, "MatchingDLQArn", context.CancellationToken);
                    using var sqs = clients.CreateSQS();
                    var request = new StartMessageMoveTaskRequest { SourceArn = queue };
                    var task = await sqs.StartMessageMoveTaskAsync(request, context.CancellationToken);
                    return Success("Messages move back to their queue.", new { sourceArn = queue, taskHandle = task.TaskHandle });
                });
    }

    /// <summary>Adds the seeding of further users.</summary>
    public static IResourceBuilder<StepResource> WithSeedCommand(
        this IResourceBuilder<StepResource> population,
        IResourceBuilder<LocalCloudResource> localCloud,
        Stacks stacks,
        Parameters parameters) =>
        population.WithCommand(
            SeedUsers,
            "Seed users",
            "Writes synthetic users, and replaces those with the same e-mail.",
            "PeopleAdd",
            async context => Parameters.TryParseUsers(context.Arguments[Users].Value, 1, out var users, out var problem)
                ? Success(
                    await Steps.SeedAsync(
                        localCloud.Resource, stacks, parameters, users, isOnlyWhenEmpty: false, context.CancellationToken),
                    new { users })
                : CommandResults.Failure(problem),
            new InteractionInput
            {
                Name = Users,
                Label = "How many",
                InputType = InputType.Number,
                Required = true,
                Value = "1000",
            });

    private static string ConsoleOf(LocalCloudResource localCloud) =>
        localCloud.PrimaryEndpoint.Url + LocalCloudResource.ConsolePath;

    private static HttpCommandOptions AskAs(string description, string icon) => new()
    {
        Description = description,
        IconName = icon,
        IsHighlighted = true,
        Method = HttpMethod.Post,
        ResultMode = HttpCommandResultMode.Json,
        Arguments =
        [
            new InteractionInput
            {
                Name = UserEmail,
                Label = "User's e-mail",
                InputType = InputType.Text,
                Required = true,
                Value = SyntheticPopulation.EmailOf(1),
            },
        ],
        PrepareRequest = context =>
        {
            context.Request.Content = JsonContent.Create(new { userEmail = context.Arguments[UserEmail].Value });
            return Task.CompletedTask;
        },
    };

    private static IResourceBuilder<T> WithCommand<T>(
        this IResourceBuilder<T> builder,
        string name,
        string displayName,
        string description,
        string icon,
        Func<ExecuteCommandContext, Task<ExecuteCommandResult>> execute,
        params IReadOnlyList<InteractionInput> arguments)
        where T : IResource =>
        builder.WithCommand(
            name,
            displayName,
            async context =>
            {
                try
                {
                    return await execute(context);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    return CommandResults.Failure(error);
                }
            },
            new CommandOptions
            {
                Description = description,
                IconName = icon,
                Arguments = arguments,
                UpdateState = context => context.ResourceSnapshot.State?.Text is { } state
                    && (state == KnownResourceStates.Running || state == KnownResourceStates.Finished)
                        ? ResourceCommandState.Enabled
                        : ResourceCommandState.Disabled,
            });

    private static ExecuteCommandResult Success<T>(string message, T result) =>
        CommandResults.Success(message, JsonSerializer.Serialize(result, JsonSerializerOptions.Web), CommandResultFormat.Json);
}
