namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>
/// Bounds what one evaluation of an indefinite JSONPath may visit, because <c>$..a..a</c> selects a value once for every way that leads to it.
/// An execution that is stopped ends the evaluation.
/// </summary>
internal sealed class PathBudget(CancellationToken stopping, long maximum = PathBudget.MaximumSteps)
{
    /// <summary>A state's input has 256 KB, so about 130,000 values: a path may visit each of them several times.</summary>
    public const long MaximumSteps = 1_000_000;

    /// <summary>For the item list of a distributed Map, which S3 holds and no payload limit bounds.</summary>
    public const long MaximumItemSteps = 50_000_000;

    private const long StepsBetweenChecks = 1 << 12;

    private long _spent;
    private long _nextCheck;

    /// <exception cref="StateRuntimeException">The budget is spent.</exception>
    /// <exception cref="OperationCanceledException">The execution was stopped.</exception>
    public void Spend(long steps = 1)
    {
        _spent += steps;
        if (_spent > maximum)
        {
            throw new StateRuntimeException($"The JSONPath visits more than {maximum} values of its input.");
        }

        if (_spent >= _nextCheck)
        {
            stopping.ThrowIfCancellationRequested();
            _nextCheck = _spent + StepsBetweenChecks;
        }
    }
}
