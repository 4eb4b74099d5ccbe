namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>How a state, a branch or an execution failed: AWS's error name and cause.</summary>
/// <param name="Error">Null when the failing side gave none (a <c>Fail</c> state without Error).</param>
internal sealed record StateFailure(string? Error, string? Cause)
{
    public const string Runtime = "States.Runtime";
    public const string Timeout = "States.Timeout";
    public const string HeartbeatTimeout = "States.HeartbeatTimeout";
    public const string TaskFailed = "States.TaskFailed";
    public const string All = "States.ALL";
    public const string DataLimitExceeded = "States.DataLimitExceeded";

    /// <summary>False: the definition or its data are wrong, and no retrier or catcher applies.</summary>
    public bool IsCatchable { get; init; } = true;

    /// <summary>True: a heartbeat did not come; AWS reports it as States.Timeout, but it can be caught by its own name too.</summary>
    public bool IsHeartbeat { get; init; }

    /// <summary>What a catcher gets: <c>{"Error": …, "Cause": …}</c>.</summary>
    public AslValue ToOutput() => AslValue.Object(
        ("Error", AslValue.OfOptional(Error)),
        ("Cause", Error == Timeout && Cause is null ? AslValue.Of("") : AslValue.OfOptional(Cause)));
}

/// <summary>An expression, a path or a field of a state could not be evaluated; the message lacks AWS's frame around it.</summary>
internal sealed class StateRuntimeException(string message, string error = StateFailure.Runtime) : Exception(message)
{
    public string Error { get; } = error;

    /// <summary>The field whose JSONata expression failed.</summary>
    public string? Location { get; init; }

    /// <summary>True when the expression was evaluated and only its value does not fit.</summary>
    public bool IsAfterEvaluation { get; init; }
}

/// <summary>What a state was asked to do failed; the message is the cause.</summary>
internal sealed class StateFailedException(StateFailure failure) : Exception(failure.Cause)
{
    public StateFailure Failure { get; } = failure;
}
