using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>What a request puts in the place of an expression's placeholders, by their position in the expression's lists.</summary>
internal sealed record Bindings(byte[][] Names, AttributeValue[] Values)
{
    public static readonly Bindings Empty = new([], []);
}
