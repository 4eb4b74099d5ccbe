namespace Oith.LocalCloud.CloudWatch.Expressions;

/// <summary>Part of a parsed expression.</summary>
internal abstract record ExpressionNode
{
    public abstract ExpressionValue Evaluate(ExpressionContext context);
}

internal sealed record NumberNode(double Value) : ExpressionNode
{
    public override ExpressionValue Evaluate(ExpressionContext context) => ExpressionValue.Of(Value);
}

internal sealed record TextNode(string Value) : ExpressionNode
{
    public override ExpressionValue Evaluate(ExpressionContext context) => throw MetricExpression.Invalid($"the text '{Value}' has no value");
}

/// <summary>The result of another query by its id.</summary>
internal sealed record MetricNode(string Id) : ExpressionNode
{
    public override ExpressionValue Evaluate(ExpressionContext context) => context.Metric(Id);
}

internal sealed record ArrayNode(IReadOnlyList<ExpressionNode> Items) : ExpressionNode
{
    public override ExpressionValue Evaluate(ExpressionContext context) =>
        ExpressionValue.Of(Items.SelectMany(item => item.Evaluate(context).SeriesOver(context.Grid)));
}

internal sealed record OperatorNode(string Operator, ExpressionNode Left, ExpressionNode Right) : ExpressionNode
{
    public override ExpressionValue Evaluate(ExpressionContext context) => ExpressionValue.Combine(Left.Evaluate(context), Right.Evaluate(context), Apply);

    /// <summary>Null where there is no result: a division by zero has no datapoint.</summary>
    private double? Apply(double left, double right) => Operator switch
    {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "/" => right == 0 ? null : left / right,
        "^" => Math.Pow(left, right),
        "<" => left < right ? 1 : 0,
        "<=" => left <= right ? 1 : 0,
        ">" => left > right ? 1 : 0,
        ">=" => left >= right ? 1 : 0,
        "==" => left == right ? 1 : 0,
        "!=" => left != right ? 1 : 0,
        "&&" => left != 0 && right != 0 ? 1 : 0,
        _ => left != 0 || right != 0 ? 1 : 0,
    };
}

internal sealed record FunctionNode(string Name, IReadOnlyList<ExpressionNode> Arguments) : ExpressionNode
{
    public override ExpressionValue Evaluate(ExpressionContext context) => ExpressionFunctions.Call(this, context);
}

/// <summary>What an expression is evaluated over.</summary>
/// <param name="Metric">The result of a query by its id.</param>
/// <param name="Metrics">The results of all queries for metrics, by id, for METRICS().</param>
/// <param name="Grid">Every timestamp of the request, ascending, in seconds.</param>
/// <param name="Period">Seconds.</param>
internal sealed record ExpressionContext(
    Func<string, ExpressionValue> Metric, Func<IEnumerable<(string Id, ExpressionValue Value)>> Metrics, IReadOnlyList<long> Grid, int Period);
