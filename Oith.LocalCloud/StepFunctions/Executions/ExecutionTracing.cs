using System.Diagnostics;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>The spans of executions: one an execution, below it one a state.</summary>
internal static class ExecutionTracing
{
    public const string SourceName = "Oith.LocalCloud.StepFunctions";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <param name="caller">W3C trace context or X-Ray header of the caller; null leaves the span to the current activity.</param>
    public static Activity? StartExecution(Execution execution, string? caller)
    {
        if (!s_source.HasListeners())
        {
            return null;
        }

        // An asynchronous execution outlives the request that started it, so its parent is named and not the ambient one.
        var parent = ParseCaller(caller) ?? Activity.Current?.Context ?? default;
        var span = s_source.StartActivity($"execution {execution.Machine.Name}", ActivityKind.Internal, parent);
        span?.SetTag("aws.step_functions.state_machine.arn", execution.Machine.Arn);
        span?.SetTag("aws.step_functions.execution.arn", execution.Arn);
        return span;
    }

    public static void Ended(Activity? span, Execution execution)
    {
        span?.SetTag("aws.step_functions.execution.status", execution.Status.ToAws());
        if (execution.Status != ExecutionStatus.Succeeded)
        {
            span?.SetTag("error.type", execution.Error ?? execution.Status.ToAws());
            span?.SetStatus(ActivityStatusCode.Error, execution.Cause);
        }
    }

    public static Activity? StartState(Branch branch, State state)
    {
        if (!s_source.HasListeners() || branch.Inspection is not null)
        {
            return null;
        }

        var span = s_source.StartActivity($"state {state.Name}");
        span?.SetTag("aws.step_functions.state.name", state.Name);
        span?.SetTag("aws.step_functions.state.type", state.Type);
        if (state is TaskState task)
        {
            span?.SetTag("aws.step_functions.state.resource", task.Resource.Arn);
        }

        return span;
    }

    public static void Succeeded(Activity? span, Branch branch) => span?.SetTag("aws.step_functions.state.attempt", branch.RetryCount + 1);

    public static void Failed(Activity? span, Branch branch, StateFailure failure)
    {
        span?.SetTag("aws.step_functions.state.attempt", branch.RetryCount + 1);
        span?.SetTag("error.type", failure.Error ?? "unknown");
        span?.SetStatus(ActivityStatusCode.Error, failure.Cause);
    }

    /// <summary>The trace context that a message of the input carries: its member traceparent, also inside the body of a Pipe's first record.</summary>
    public static string? CallerIn(AslValue input)
    {
        var message = input is { IsArray: true, Count: > 0 } ? input.Items[0] : input;
        return (message.Find("traceparent") ?? message.Find("body")?.Find("traceparent")) is { IsString: true } found ? found.Text : null;
    }

    private static ActivityContext? ParseCaller(string? caller)
    {
        if (caller is null)
        {
            return null;
        }

        if (ActivityContext.TryParse(caller, null, isRemote: true, out var context))
        {
            return context;
        }

        // Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
        string? root = null, parent = null;
        foreach (var part in caller.Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("Root=1-", StringComparison.Ordinal))
            {
                root = part["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            }
            else if (part.StartsWith("Parent=", StringComparison.Ordinal))
            {
                parent = part["Parent=".Length..];
            }
        }

        return root is not null && ActivityContext.TryParse($"00-{root}-{parent ?? "0000000000000001"}-01", null, isRemote: true, out context)
            ? context
            : null;
    }
}
