using System.Text.Json.Nodes;
using Oith.StressTest.Stacks;

namespace Oith.StressTest.Faults;

/// <summary>Something that goes wrong on purpose, for a while.</summary>
/// <param name="Name">What <c>--faults</c> calls it.</param>
/// <param name="NeedsProcesses">True when it can only be made where the tool started service and LocalCloud as processes.</param>
internal sealed record Fault(
    string Name,
    string Description,
    Func<ILoadedStack, CancellationToken, Task> MakeAsync,
    Func<ILoadedStack, CancellationToken, Task> HealAsync,
    bool NeedsProcesses = false)
{
    private const string Standard = "standard";
    private const string Member = "Name";

    private static readonly TimeSpan s_jump = TimeSpan.FromMinutes(10);

    /// <summary>Everything that can break, in the order of <c>--faults standard</c>.</summary>
    public static IReadOnlyList<Fault> All { get; } =
    [
        Of("redis-killed", "Redis is gone and comes back empty.", new() { ["Service"] = "redis", ["Action"] = "Stop" }),
        Of("redis-slow", "Redis answers 200 ms late.", new() { ["Service"] = "redis", ["LatencyMilliseconds"] = 200 }),
        Of("dynamodb-throttled", "DynamoDB throttles every third call.", new()
        {
            ["Service"] = "dynamodb",
            ["ErrorCode"] = "ProvisionedThroughputExceededException",
            ["Probability"] = 0.33,
        }),
        Of("dynamodb-slow", "DynamoDB answers 50 ms late.", new() { ["Service"] = "dynamodb", ["LatencyMilliseconds"] = 50 }),
        Of("queue-redelivery", "The queue hands out every third message twice.", new()
        {
            ["Service"] = "sqs",
            ["Operation"] = "ReceiveMessage",
            ["Resource"] = "oith-development-matching-queue.fifo",
            ["Action"] = "Redeliver",
            ["Probability"] = 0.33,
        }),
        Of("function-timeouts", "Every third invocation of the function ends by its time limit.", new()
        {
            ["Service"] = "function",
            ["ErrorCode"] = "Sandbox.Timedout",
            ["Probability"] = 0.33,
        }),
        Of("task-failing", "Every second task of the state machine fails.", new()
        {
            ["Service"] = "function",
            ["ErrorCode"] = "TaskBroken",
            ["Probability"] = 0.5,
        }),
        new(
            "service-killed", "The service is killed with -9 and started again.",
            (stack, _) => ((ProcessStack)stack).KillServiceAsync(),
            (stack, token) => ((ProcessStack)stack).StartServiceAsync(token),
            NeedsProcesses: true),
        new(
            "clock-jump", "The service's clock jumps ten minutes ahead, and back.",
            (stack, _) => ((ProcessStack)stack).SetClockAsync(s_jump),
            (stack, _) => ((ProcessStack)stack).SetClockAsync(TimeSpan.Zero),
            NeedsProcesses: true),
        new(
            "localcloud-killed", "LocalCloud (tables, queues, executions, Redis) is killed with -9 and started again on its data directory.",
            (stack, _) => ((ProcessStack)stack).KillCloudAsync(),
            (stack, token) => ((ProcessStack)stack).StartCloudAsync(token),
            NeedsProcesses: true),
    ];

    /// <summary>standard, or names separated by commas.</summary>
    /// <returns>Null with the reason in <paramref name="problem"/> when one is not known.</returns>
    public static IReadOnlyList<Fault>? Parse(string text, out string? problem)
    {
        problem = null;
        if (text == Standard)
        {
            return All;
        }

        var faults = new List<Fault>();
        foreach (var name in text.Split(','))
        {
            if (All.FirstOrDefault(fault => fault.Name == name) is not { } fault)
            {
                problem = $"There is no fault '{name}'. There are {Standard} (all of them) and {string.Join(", ", All.Select(known => known.Name))}.";
                return null;
            }

            faults.Add(fault);
        }

        return faults;
    }

    /// <summary>LocalCloud puts a forwarder before Redis with the first slow fault, which empties Redis: done before anything is measured.</summary>
    public static async Task PrepareAsync(AwsEndpoint aws, CancellationToken cancellationToken)
    {
        await PutAsync(aws, "prepare", new() { ["Service"] = "redis", ["LatencyMilliseconds"] = 1, ["Probability"] = 1e-9 }, cancellationToken);
        await DeleteAsync(aws, "prepare", cancellationToken);
    }

    private static Fault Of(string name, string description, JsonObject fault) => new(
        name,
        description,
        (stack, token) => PutAsync(stack.Aws!, name, fault, token),
        (stack, token) => DeleteAsync(stack.Aws!, name, token));

    private static async Task PutAsync(AwsEndpoint aws, string name, JsonObject fault, CancellationToken cancellationToken)
    {
        var input = (JsonObject)fault.DeepClone();
        input[Member] = name;
        using var _ = await aws.CallAsync(AwsEndpoint.Faults, "PutFault", input, cancellationToken);
    }

    private static async Task DeleteAsync(AwsEndpoint aws, string name, CancellationToken cancellationToken)
    {
        using var _ = await aws.CallAsync(AwsEndpoint.Faults, "DeleteFault", new JsonObject { [Member] = name }, cancellationToken);
    }
}
