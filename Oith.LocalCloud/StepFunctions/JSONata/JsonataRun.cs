using System.Runtime.CompilerServices;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata;

/// <summary>One evaluation: its clock, its budget and what stops it.</summary>
internal sealed class JsonataRun
{
    /// <summary>How deep the arrays and objects of a value may nest, so that a value can be walked without an end of the stack.</summary>
    public const int MaximumValueDepth = 500;

    private const int CharactersPerCell = 8;
    private const int StepsPerCheck = 1024;

    private readonly JsonataLimits _limits;
    private readonly CancellationToken _cancellationToken;

    // Real time even where the clock of the executions is set by hand: the budget guards the processor.
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private int _depth;
    private int _untilCheck = StepsPerCheck;
    private long _cells;

    public JsonataRun(IJsonataScope scope, TimeProvider clock, JsonataLimits limits, CancellationToken cancellationToken)
    {
        Scope = scope;
        Now = clock.GetUtcNow();
        _limits = limits;
        _cancellationToken = cancellationToken;
    }

    public IJsonataScope Scope { get; }

    /// <summary>The one time that <c>$now()</c> and <c>$millis()</c> give throughout.</summary>
    public DateTimeOffset Now { get; }

    /// <exception cref="JsonataException">The budget is used up.</exception>
    public void Enter()
    {
        if (++_depth > _limits.Depth)
        {
            throw JsonataException.TooDeep;
        }

        Step();
    }

    public void Leave() => _depth--;

    /// <summary>Counts a piece of work; a loop of a function calls it for each item.</summary>
    /// <exception cref="OperationCanceledException">The execution was stopped.</exception>
    public void Step()
    {
        if (--_untilCheck <= 0)
        {
            Check();
        }
    }

    /// <summary>Counts items that are about to be made.</summary>
    public void Charge(long cells)
    {
        _cells += cells;
        if (_cells > _limits.Cells)
        {
            throw JsonataException.TooLarge;
        }

        _untilCheck -= (int)Math.Min(cells, StepsPerCheck);
    }

    public void ChargeText(long characters) => Charge((characters / CharactersPerCell) + 1);

    public AslValue Text(string text)
    {
        ChargeText(text.Length);
        return AslValue.Of(text);
    }

    public AslValue Array(AslValue[] items, ArrayTraits traits = ArrayTraits.None)
    {
        Charge(items.Length + 1);
        return Shallow(AslValue.ArrayOf(items, traits));
    }

    public AslValue Object(KeyValuePair<string, AslValue>[] members)
    {
        Charge(members.Length + 1);
        return Shallow(AslValue.ObjectOf(members));
    }

    /// <summary>Calls a function, and what it calls in tail position, until there is a value.</summary>
    /// <param name="input">The context, which a function with a signature may take for its argument.</param>
    public AslValue? Apply(FunctionValue function, AslValue?[] arguments, AslValue? input)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw JsonataException.TooDeep;
        }

        var result = function.Call(arguments, input, this);
        while (result is TailCall tail)
        {
            Step();
            result = tail.Call(input, this);
        }

        return result;
    }

    private static AslValue Shallow(AslValue value) => value.Depth <= MaximumValueDepth ? value : throw JsonataException.TooLarge;

    private void Check()
    {
        _untilCheck = StepsPerCheck;
        _cancellationToken.ThrowIfCancellationRequested();
        if (TimeProvider.System.GetElapsedTime(_started) > _limits.Time)
        {
            throw JsonataException.TooLong;
        }
    }
}
