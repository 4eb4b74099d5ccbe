using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Oith.Matching.Api;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Workflow;

/// <summary>
/// POST /events: what Lambda hands on that is not HTTP: <c>{"task": "matchDirect", "requestId": "…", "userEmail": "a@…"}</c>. A 5xx
/// is a failed invocation with <c>{"errorType", "errorMessage"}</c>: 503 is worth another attempt, 501 is not.
/// </summary>
internal sealed partial class EventEndpoint(MatchTasks matching, PrecomputeTasks precompute, EventGuard guard, ILogger<EventEndpoint> logger)
{
    private const string InvalidEvent = "InvalidEvent";

    /// <summary>Lambda's own limit of a synchronous event.</summary>
    public const int LongestEvent = 6 * 1024 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        if (guard.Refuse(context) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        var cancellationToken = context.RequestAborted;
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: cancellationToken);
        }
        catch (JsonException)
        {
            await FailAsync(context, StatusCodes.Status501NotImplemented, InvalidEvent, "The event is not JSON.");
            return;
        }

        using (document)
        {
            await RunAsync(context, document.RootElement, cancellationToken);
        }
    }

    private async Task RunAsync(HttpContext context, JsonElement input, CancellationToken cancellationToken)
    {
        if (input.ValueKind != JsonValueKind.Object || !input.TryGetProperty("task", out var name) || name.ValueKind != JsonValueKind.String)
        {
            await FailAsync(
                context, StatusCodes.Status501NotImplemented, InvalidEvent, "The event has no task: this function runs the tasks of the state machines only.");
            return;
        }

        var task = name.GetString()!;
        using var activity = StartActivity(task, input);
        var start = Stopwatch.GetTimestamp();
        try
        {
            if (!await RunAsync(context, task, input, cancellationToken))
            {
                await FailAsync(context, StatusCodes.Status501NotImplemented, "UnknownTask", $"There is no task '{Shorten(task)}'.");
            }
        }
        catch (JsonException exception)
        {
            await FailAsync(
                context, StatusCodes.Status501NotImplemented, InvalidEvent, $"The event of task '{Shorten(task)}' cannot be read at {exception.Path}.");
        }
        catch (Exception exception) when (FailureHandler.WaitAfter(exception) is not null && !cancellationToken.IsCancellationRequested)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            TaskFailed(logger, task, Stopwatch.GetElapsedTime(start).TotalMilliseconds, exception);
            await FailAsync(
                context, StatusCodes.Status503ServiceUnavailable, "ServiceUnavailable", FailureHandler.ReasonOf(exception));
        }
    }

    private async Task<bool> RunAsync(HttpContext context, string task, JsonElement input, CancellationToken cancellationToken)
    {
        var json = WorkflowJson.Default;
        switch (task)
        {
            case "planShards":
                await AnswerAsync(context, await matching.PlanAsync(Read(input, json.PlanInput), cancellationToken), json.Plan);
                return true;
            case "matchDirect":
                await AnswerAsync(context, await matching.MatchDirectAsync(Check(Read(input, json.RequestInput)), cancellationToken), json.Outcome);
                return true;
            case "matchShard":
                await AnswerAsync(context, await matching.MatchShardAsync(Check(Read(input, json.ShardInput)), cancellationToken), json.ShardResult);
                return true;
            case "aggregate":
                await AnswerAsync(context, MatchTasks.Aggregate(Check(Read(input, json.AggregateInput))), json.ShardResult);
                return true;
            case "record":
                await AnswerAsync(context, await matching.RecordAsync(Check(Read(input, json.RecordInput)), cancellationToken), json.Outcome);
                return true;
            case "recordFailure":
                await AnswerAsync(
                    context, await matching.RecordFailureAsync(Read(input, json.FailureInput), cancellationToken), json.FailureResult);
                return true;
            case "planPrecompute":
                await AnswerAsync(context, await precompute.PlanAsync(cancellationToken), json.PrecomputePlan);
                return true;
            case "precomputeShard":
                await AnswerAsync(
                    context, await precompute.PrecomputeAsync(Check(Read(input, json.CellRange)), cancellationToken), json.PrecomputeResult);
                return true;
            default:
                return false;
        }
    }

    private static T Read<T>(JsonElement input, JsonTypeInfo<T> type) where T : class =>
        input.Deserialize(type) ?? throw new JsonException("The event is null.");

    private static RequestInput Check(RequestInput input) => input with { UserEmail = Email(input.UserEmail) };

    private static ShardInput Check(ShardInput input) => input with { UserEmail = Email(input.UserEmail), Shard = Check(Required(input.Shard, "shard")) };

    private static RecordInput Check(RecordInput input) =>
        input with { UserEmail = Email(input.UserEmail), Candidates = [.. Required(input.Candidates, "candidates").Where(candidate => candidate.Email is not null)] };

    private static AggregateInput Check(AggregateInput input)
    {
        foreach (var result in Required(input.Results, "results"))
        {
            Required(Required(result, "results").Candidates, "results.candidates");
        }

        return input;
    }

    private static CellRange Check(CellRange range) => new(Required(range.From, "from"), Required(range.To, "to"));

    private static string Email(string? text) =>
        EmailAddress.TryNormalize(text, out var email) ? email : throw new JsonException("Not an e-mail.", "userEmail", null, null);

    private static T Required<T>(T? value, string name) where T : class => value ?? throw new JsonException("Missing.", name, null, null);

    // The request that caused all this waits at the other end of a queue: its trace goes on here, wherever the caller's own went.
    private static Activity? StartActivity(string task, JsonElement input)
    {
        var caller = Activity.Current?.Context ?? default;
        if (input.TryGetProperty("traceparent", out var text) && text.ValueKind == JsonValueKind.String
            && ActivityContext.TryParse(text.GetString(), null, isRemote: true, out var origin) && origin.TraceId != caller.TraceId)
        {
            return MatchingActivities.Source.StartActivity($"task {task}", ActivityKind.Consumer, origin, links: [new ActivityLink(caller)]);
        }

        return MatchingActivities.Source.StartActivity($"task {task}", ActivityKind.Internal);
    }

    private static string Shorten(string task) => task.Length <= 64 ? task : task[..64];

    private static Task AnswerAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type) =>
        context.Response.WriteAsJsonAsync(answer, type, cancellationToken: context.RequestAborted);

    private static Task FailAsync(HttpContext context, int status, string errorType, string errorMessage)
    {
        context.Response.StatusCode = status;
        return AnswerAsync(context, new FunctionError(errorType, errorMessage), WorkflowJson.Default.FunctionError);
    }

    [LoggerMessage(701, LogLevel.Warning, "Task {Task} failed after {Milliseconds} ms")]
    private static partial void TaskFailed(ILogger logger, string task, double milliseconds, Exception exception);
}
