using System.Globalization;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.StepFunctions.Integrations;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>Calls something outside: a function, a service, an activity.</summary>
internal sealed class TaskState : RetryingState
{
    public override string Type => "Task";

    public required TaskResource Resource { get; init; }

    public long? TimeoutSeconds { get; init; }

    public PathExpression? TimeoutSecondsPath { get; init; }

    public long? HeartbeatSeconds { get; init; }

    public PathExpression? HeartbeatSecondsPath { get; init; }

    public JsonataField? TimeoutExpression { get; init; }

    public JsonataField? HeartbeatExpression { get; init; }

    /// <summary>The template of <c>Credentials.RoleArn</c>.</summary>
    public PayloadTemplate? Credentials { get; init; }

    protected override IEnumerable<string> OwnVariables => base.OwnVariables
        .Concat(TimeoutSecondsPath?.Variables ?? [])
        .Concat(HeartbeatSecondsPath?.Variables ?? [])
        .Concat(TimeoutExpression?.Variables ?? [])
        .Concat(HeartbeatExpression?.Variables ?? [])
        .Concat(Credentials?.Variables ?? []);

    protected override async ValueTask<AslValue> RunAsync(Branch branch, AslValue input, CancellationToken cancellationToken)
    {
        var evaluation = new Evaluation(input, branch);
        if (Resource.WaitsForTaskToken)
        {
            branch.NewTaskToken();
        }

        var parameters = Prepared(branch, input);
        var call = new TaskCall(branch, this, parameters)
        {
            Timeout = Seconds("TimeoutSeconds", TimeoutExpression, evaluation)
                ?? Seconds("TimeoutSecondsPath", TimeoutSeconds, TimeoutSecondsPath, evaluation),
            Heartbeat = Seconds("HeartbeatSeconds", HeartbeatExpression, evaluation)
                ?? Seconds("HeartbeatSecondsPath", HeartbeatSeconds, HeartbeatSecondsPath, evaluation),
            RoleArn = Credentials?.Evaluate(evaluation).Find("RoleArn")?.Text,
        };
        if (branch.Inspection?.Mock is { } mock)
        {
            return mock.Answer();
        }

        return await Resource.RunAsync(call, cancellationToken);
    }

    private static long? Seconds(string field, JsonataField? expression, in Evaluation evaluation)
    {
        if (expression?.Evaluate(evaluation, "integer").Number is not { } seconds)
        {
            return null;
        }

        return seconds is > 0 and <= int.MaxValue ? (long)seconds : throw new StateRuntimeException(
            $"The {field} field must be a positive integer but was: {JavaScriptNumber.Text(seconds)}", JsonataField.EvaluationError)
        { Location = field };
    }

    private static long? Seconds(string field, long? literal, PathExpression? path, in Evaluation evaluation)
    {
        if (path is null)
        {
            return literal;
        }

        var value = path.EvaluateField(evaluation);
        return long.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? seconds
            : throw new StateRuntimeException(
                $"The {field} field refers to value \"{JavaText.Of(value)}\" which is not a valid integer: {path.Text}");
    }
}
