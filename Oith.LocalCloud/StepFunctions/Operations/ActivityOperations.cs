using System.Text;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Activities, and the answers of workers and callbacks.</summary>
internal sealed class ActivityOperations(ExecutionEngine engine)
{
    /// <summary>How long GetActivityTask waits for work, as in AWS.</summary>
    private static readonly TimeSpan s_longPoll = TimeSpan.FromSeconds(60);

    public ValueTask CreateActivity(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var name = call.Name("name");
        var arn = engine.Arns.Of("states", $"activity:{name}");
        var created = new StepActivity(arn, name, engine.Clock.GetUtcNow());
        var activity = engine.Activities.GetOrAdd(arn, () => created);
        if (ReferenceEquals(activity, created))
        {
            TagOperations.Set(activity.Tags, call.Json("tags"));
            engine.Keeper.ActivityChanged(activity);
        }

        output.WriteStartObject();
        output.WriteString("activityArn", activity.Arn);
        output.WriteTime("creationDate", activity.CreationDate);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DescribeActivity(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var activity = Find(call);
        output.WriteStartObject();
        Write(output, activity);
        output.WriteStartObject("encryptionConfiguration");
        output.WriteString("type", "AWS_OWNED_KEY");
        output.WriteEndObject();
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteActivity(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = CheckedArn(call);
        if (engine.Activities.Find(arn) is not null)
        {
            engine.Keeper.ActivityDeleted(arn);
            engine.Activities.Remove(arn);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ListActivities(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (items, next) = call.Page(engine.Activities.All.ToArray());
        output.WriteStartObject();
        output.WriteStartArray("activities");
        foreach (var activity in items)
        {
            output.WriteStartObject();
            Write(output, activity);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public async ValueTask GetActivityTask(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var activity = Find(call);
        using var poll = new CancellationTokenSource(s_longPoll, engine.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellationToken);
        output.WriteStartObject();
        try
        {
            var offer = await activity.TakeAsync(call.OptionalString("workerName"), either.Token);
            output.WriteString("taskToken", offer.Token);
            output.WriteString("input", offer.Input.ToText());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // No work in time: AWS answers without a token, and the worker asks again.
        }

        output.WriteEndObject();
    }

    public ValueTask SendTaskSuccess(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var text = call.Required("output");
        if (Encoding.UTF8.GetByteCount(text) > State.MaximumPayload)
        {
            throw StepFunctionsErrors.TooLong(text, "output", State.MaximumPayload);
        }

        var task = Find(call.Required("taskToken"));
        AslValue result;
        try
        {
            result = AslValue.ParseAsSent(text);
        }
        catch (JsonException error)
        {
            throw StepFunctionsErrors.InvalidOutput(error.Message);
        }

        return task.Succeed(result) ? ValueTask.CompletedTask : throw StepFunctionsErrors.TaskTimedOut();
    }

    public ValueTask SendTaskFailure(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var task = Find(call.Required("taskToken"));
        return task.Fail(new StateFailure(call.OptionalString("error"), call.OptionalString("cause")))
            ? ValueTask.CompletedTask
            : throw StepFunctionsErrors.TaskTimedOut();
    }

    public ValueTask SendTaskHeartbeat(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        Find(call.Required("taskToken")).Beat();
        return ValueTask.CompletedTask;
    }

    private PendingTask Find(string token) => engine.Tokens.Find(token)
        ?? throw (TaskTokens.IsToken(token) ? StepFunctionsErrors.TaskTimedOut() : StepFunctionsErrors.InvalidToken());

    private StepActivity Find(AwsCall call)
    {
        var arn = CheckedArn(call);
        return engine.Activities.Find(arn) ?? throw StepFunctionsErrors.ActivityDoesNotExist(arn);
    }

    private static string CheckedArn(AwsCall call)
    {
        var arn = call.Required("activityArn");
        return Arn.ServiceOf(arn) == "states" && Arn.ResourceOf(arn)!.StartsWith("activity:", StringComparison.Ordinal)
            ? arn
            : throw StepFunctionsErrors.InvalidArn(arn);
    }

    private static void Write(Utf8JsonWriter output, StepActivity activity)
    {
        output.WriteString("activityArn", activity.Arn);
        output.WriteString("name", activity.Name);
        output.WriteTime("creationDate", activity.CreationDate);
    }
}
