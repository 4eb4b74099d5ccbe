using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>A JSONata expression that a state evaluated, for the console.</summary>
/// <param name="EnteredEventId">The event with which the state was entered.</param>
/// <param name="Field">Where the expression stands: <c>Output/total</c>.</param>
internal sealed record EvaluatedExpression(long EnteredEventId, string Field, string Expression, AslValue Value);

/// <summary>The expressions of an execution with the values that they gave, as many as a page can show.</summary>
internal sealed class EvaluatedExpressions
{
    private const int Maximum = 500;

    private readonly Lock _lock = new();
    private readonly List<EvaluatedExpression> _expressions = [];

    public void Add(EvaluatedExpression expression)
    {
        lock (_lock)
        {
            if (_expressions.Count < Maximum)
            {
                _expressions.Add(expression);
            }
        }
    }

    public IReadOnlyList<EvaluatedExpression> Snapshot()
    {
        lock (_lock)
        {
            return [.. _expressions];
        }
    }
}
