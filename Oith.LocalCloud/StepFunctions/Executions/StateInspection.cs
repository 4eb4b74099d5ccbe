using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Integrations;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>What TestState asks of a state and learns from it.</summary>
internal sealed class StateInspection
{
    private readonly List<(string Name, AslValue Value)> _notes = [];

    /// <summary>The context object that the caller gave; null for one made of defaults.</summary>
    public AslValue? Context { get; init; }

    /// <summary>How often the retrier that matches was used before, as the caller says.</summary>
    public int RetrierRetryCount { get; init; }

    /// <summary>How many iterations of a Map failed, as the caller says.</summary>
    public long? MapIterationFailureCount { get; init; }

    /// <summary>Answers in place of the task's resource; null calls the resource.</summary>
    public TaskMock? Mock { get; init; }

    public int? RetrierIndex { get; private set; }

    public TimeSpan? RetryDelay { get; private set; }

    public int? CatcherIndex { get; private set; }

    /// <summary>The variables after the state: those given and those that it assigned.</summary>
    public AslValue Variables { get; set; } = AslValue.EmptyObject;

    /// <summary>The failure that was caught.</summary>
    public StateFailure? CaughtFailure { get; private set; }

    /// <summary>The data after each step, in order.</summary>
    public IReadOnlyList<(string Name, AslValue Value)> Notes => _notes;

    public void Note(string name, AslValue value)
    {
        _notes.RemoveAll(note => note.Name == name);
        _notes.Add((name, value));
    }

    public void Retried(int retrier, TimeSpan delay)
    {
        RetrierIndex = retrier;
        RetryDelay = delay;
    }

    /// <summary>Notes a retrier that matched but had no attempt left.</summary>
    public void Exhausted(int? retrier) => RetrierIndex = retrier;

    public void Caught(int catcher, StateFailure failure)
    {
        CatcherIndex = catcher;
        CaughtFailure = failure;
    }
}
