using System.Collections.Concurrent;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>Parsed expressions by their text. Bounded: a client that writes values into its expressions must not fill the memory.</summary>
internal sealed class ExpressionCache<TExpression>(Func<string, TExpression> parse) where TExpression : Expression
{
    private const int Capacity = 1024;

    private readonly ConcurrentDictionary<string, TExpression> _expressions = new(StringComparer.Ordinal);

    /// <exception cref="ExpressionException">The text is no such expression.</exception>
    public TExpression Get(string text)
    {
        if (_expressions.TryGetValue(text, out var expression))
        {
            return expression;
        }

        expression = parse(text);
        if (_expressions.Count >= Capacity)
        {
            // What is used will soon be back; finding the least used would cost every hit.
            _expressions.Clear();
        }

        _expressions[text] = expression;
        return expression;
    }
}
