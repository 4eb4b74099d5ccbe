namespace Oith.LocalCloud.Wire;

/// <summary>Counts how deep a recursive reader has gone and refuses input that nests deeper, because a stack that overflows ends the process.</summary>
/// <param name="maximum">The deepest level that is read.</param>
/// <param name="tooDeep">The error of input that nests deeper.</param>
internal sealed class NestingLimit(int maximum, Func<Exception> tooDeep)
{
    private int _depth;

    /// <summary>Enters a level; dispose the result to leave it.</summary>
    public Level Enter()
    {
        if (_depth == maximum)
        {
            throw tooDeep();
        }

        _depth++;
        return new Level(this);
    }

    public readonly ref struct Level(NestingLimit limit)
    {
        public void Dispose() => limit._depth--;
    }
}
