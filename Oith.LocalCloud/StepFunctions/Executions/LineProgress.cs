using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>
/// The progress of one line of states of a STANDARD execution: the state entered last, and the lines inside that state. RedriveExecution resumes
/// there; a line that succeeded is not run again.
/// </summary>
internal sealed class LineProgress
{
    private LineProgress[] _inner = [];
    private bool _isInnerKept;
    private bool _isRedriven;

    public ResumePoint? At { get; private set; }

    /// <summary>The line's output; null until it succeeds.</summary>
    public AslValue? Output { get; private set; }

    /// <summary>The latest run of the distributed Map that is the line's current state.</summary>
    public MapRun? MapRun { get; set; }

    public void Enter(ResumePoint at)
    {
        At = at;
        _inner = [];
        MapRun = null;
        _isInnerKept = false;
        _isRedriven = false;
    }

    public void Succeed(AslValue output)
    {
        Output = output;
        At = null;
        _inner = [];
        MapRun = null;
    }

    /// <summary>Marks the line, unless it succeeded, and the lines inside to resume at their current states.</summary>
    public void Redrive()
    {
        if (Output is not null)
        {
            return;
        }

        _isRedriven = At is not null;
        _isInnerKept = true;
        foreach (var line in _inner)
        {
            line.Redrive();
        }
    }

    /// <summary>Returns, once, the point at which a redriven line resumes; null for a line that begins.</summary>
    public ResumePoint? TakePoint()
    {
        var point = _isRedriven ? At : null;
        _isRedriven = false;
        return point;
    }

    /// <summary>Returns the lines of an attempt at the current state: those of the earlier attempt when the state is redriven, otherwise new ones.</summary>
    public (LineProgress[] Lines, bool AreKept) TakeInner(int count)
    {
        // When all lines succeeded, the state failed while it combined their outputs, so AWS runs all of them again.
        var areKept = _isInnerKept && _inner.Length == count && Array.Exists(_inner, line => line.Output is null);
        _isInnerKept = false;
        if (!areKept)
        {
            _inner = new LineProgress[count];
            for (var i = 0; i < count; i++)
            {
                _inner[i] = new LineProgress();
            }
        }

        return (_inner, areKept);
    }

    /// <summary>Returns the Map run that a redriven state resumes; null when it starts a new one.</summary>
    public MapRun? TakeMapRun()
    {
        var run = _isInnerKept && MapRun is { IsRedrivable: true } ? MapRun : null;
        _isInnerKept = false;
        return run;
    }
}
