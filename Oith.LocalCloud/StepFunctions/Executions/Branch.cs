using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>
/// One line of states of an execution, running one state at a time: the machine itself, a branch of a Parallel state, an
/// iteration of a Map state. Holds what the current state sees: variables, context object, place in the history.
/// </summary>
/// <param name="progress">Records the line's progress for a redrive; null records nothing.</param>
internal sealed class Branch(Execution execution, Branch? parent = null, LineProgress? progress = null) : IEvaluationScope
{
    private Dictionary<string, AslValue>? _variables;
    private State? _state;
    private AslValue? _contextObject;
    private int _retryCount;
    private string? _taskToken;
    private long? _exitsFrom;
    private long _beforeEntered;
    private AslValue? _mapItem = parent?._mapItem;

    public Execution Execution { get; } = execution;

    /// <summary>The event that the next one follows.</summary>
    public long LastEventId { get; set; } = parent?.LastEventId ?? 0;

    public long EnteredEventId { get; private set; }

    public DateTimeOffset EnteredTime { get; private set; }

    /// <summary>Where TestState notes what a state does; null in executions.</summary>
    public StateInspection? Inspection { get; init; }

    public string? TaskToken => _taskToken;

    public int RetryCount
    {
        get => _retryCount;
        set
        {
            _retryCount = value;
            _contextObject = null;
        }
    }

    public AslValue ContextObject => _contextObject ??= Inspection?.Context ?? BuildContextObject();

    public TimeProvider Clock => Execution.Engine.Clock;

    public CancellationToken Stopping => Execution.Stopping;

    public void Evaluated(string field, string expression, AslValue value) =>
        Execution.Expressions.Add(new EvaluatedExpression(EnteredEventId, field, expression, value));

    public AslValue? Variable(string name) =>
        _variables is not null && _variables.TryGetValue(name, out var value) ? value : parent?.Variable(name);

    public AslValue Variables => AslValue.Object([.. _variables ?? []]);

    /// <summary>A line of states inside the current state; it reads this one's variables and has its own beside them.</summary>
    public Branch Fork(LineProgress? line = null) => new(Execution, this, line);

    /// <summary>The line's progress; null when it is not recorded.</summary>
    public LineProgress? Progress { get; } = progress;

    public void SetMapItem(int index, AslValue value)
    {
        _mapItem = AslValue.Object(("Item", AslValue.Object(("Index", AslValue.Of(index)), ("Value", value))));
        _contextObject = null;
    }

    public void NewTaskToken()
    {
        _taskToken = TaskTokens.Create();
        _contextObject = null;
    }

    public void Assign(AslValue? assigned)
    {
        if (assigned is null)
        {
            return;
        }

        _variables ??= new Dictionary<string, AslValue>(StringComparer.Ordinal);
        foreach (var (name, value) in assigned.Members)
        {
            _variables[name] = value;
        }
    }

    public void Enter(State state, AslValue input)
    {
        var before = LastEventId;
        Record(state.Type + "StateEntered", HistoryDetail.Data("input", input), HistoryDetail.Text("name", state.Name));
        StandAt(state, LastEventId, Execution.Engine.Clock.GetUtcNow());
        _beforeEntered = before;
        if (Progress is null)
        {
            return;
        }

        var point = new ResumePoint(state.Name, input, EnteredEventId, EnteredTime, Variables);
        Progress.Enter(point);
        if (parent is null)
        {
            Execution.Engine.Keeper.Entered(Execution, point);
        }
    }

    /// <summary>Takes up a state that was entered before, in an execution that goes on after a restart or is redriven.</summary>
    public void Reenter(State state, ResumePoint point)
    {
        if (Progress is { At: null })
        {
            // After a restart only the journal has the current state.
            Progress.Enter(point);
        }

        Assign(point.Variables);
        var lastEventId = point.IsRedriven ? LastEventId : point.LastEventId;
        StandAt(state, point.EnteredEventId, point.IsRedriven && state is WaitState ? Execution.Engine.Clock.GetUtcNow() : point.EnteredTime);
        LastEventId = lastEventId;
        _beforeEntered = lastEventId;
    }

    private void StandAt(State state, long enteredEventId, DateTimeOffset enteredTime)
    {
        _state = state;
        _retryCount = 0;
        _taskToken = null;
        _exitsFrom = null;
        _contextObject = null;
        LastEventId = enteredEventId;
        _beforeEntered = enteredEventId;
        EnteredEventId = enteredEventId;
        EnteredTime = enteredTime;
    }

    public void Exit(State state, in StateResult result)
    {
        // The new variables show from the next state on; all expressions of this one saw the old.
        Assign(result.Assigned);
        LastEventId = _exitsFrom ?? LastEventId;
        _exitsFrom = null;
        var name = HistoryDetail.Text("name", state.Name);
        var output = HistoryDetail.Data("output", result.Output);
        if (result.Assigned is { Count: > 0 } assigned)
        {
            Record(state.Type + "StateExited", HistoryDetail.Data("assignedVariables", assigned), name, output);
        }
        else
        {
            Record(state.Type + "StateExited", name, output);
        }
    }

    /// <summary>A failure of the interpreter in a state, in the words that AWS puts around it (TestState does without them).</summary>
    public StateFailure FailureOf(State state, StateRuntimeException error)
    {
        var failure = new StateFailure(
            error.Error,
            Inspection is null
                ? $"An error occurred while executing the state '{state.Name}' (entered at the event id #{EnteredEventId}). {error.Message}"
                : error.Message)
        {
            IsCatchable = error.Error != StateFailure.Runtime,
        };
        if (error.Error == JsonataField.EvaluationError)
        {
            RecordEvaluationFailed(state, error, failure);
        }

        return failure;
    }

    /// <summary>Adds an event that the next one follows.</summary>
    public void Record(string type, params HistoryDetail[] details) => LastEventId = Execution.History.Add(type, LastEventId, details);

    /// <summary>
    /// Adds an event that the state's exit passes by: MapStateExited follows what MapStateSucceeded follows, while a failure
    /// in between follows MapStateSucceeded itself.
    /// </summary>
    public void RecordPassing(string type)
    {
        _exitsFrom = LastEventId;
        Record(type);
    }

    /// <summary>Adds an event that stands beside the line: the next one follows the same event as this.</summary>
    public long RecordBeside(string type, params HistoryDetail[] details) => Execution.History.Add(type, LastEventId, details);

    // AWS has the event follow what the state's entry follows, unless the state has done something since.
    private void RecordEvaluationFailed(State state, StateRuntimeException error, StateFailure failure)
    {
        if (LastEventId == EnteredEventId && !error.IsAfterEvaluation)
        {
            LastEventId = _beforeEntered;
        }

        HistoryDetail[] location = error.Location is null ? [] : [HistoryDetail.Text("location", error.Location)];
        Record(
            "EvaluationFailed",
            [HistoryDetail.Text("cause", failure.Cause!), HistoryDetail.Text("error", failure.Error!), .. location, HistoryDetail.Text("state", state.Name)]);
    }

    private AslValue StateContext()
    {
        // TestState shows every state under this name.
        var name = Inspection is null ? _state?.Name : "StateName";
        var context = AslValue.Object(("Name", AslValue.OfOptional(name)), ("EnteredTime", AslValue.Of(Timestamps.Iso(EnteredTime))));
        return _state is RetryingState ? context.With("RetryCount", AslValue.Of(_retryCount)) : context;
    }

    private AslValue BuildContextObject()
    {
        var members = new List<(string, AslValue)>(5)
        {
            ("Execution", Inspection is null ? Execution.ContextObject : Execution.TestContextObject),
            ("StateMachine", Execution.Machine.ContextObject),
            ("State", StateContext()),
        };
        if (_mapItem is not null)
        {
            members.Add(("Map", _mapItem));
        }

        if (_taskToken is not null)
        {
            members.Add(("Task", AslValue.Object(("Token", AslValue.Of(_taskToken)))));
        }

        return AslValue.Object([.. members]);
    }
}
