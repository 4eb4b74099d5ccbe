using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>What each ComparisonOperator of the legacy parameters takes.</summary>
internal static class LegacyComparison
{
    private static readonly string[] s_scalars = ["S", "N", "B"];

    private static readonly Dictionary<string, (int Least, int Most, string[]? Types)> s_operators = new(StringComparer.Ordinal)
    {
        ["EQ"] = (1, 1, null),
        ["NE"] = (1, 1, null),
        ["IN"] = (1, 100, s_scalars),
        ["LE"] = (1, 1, s_scalars),
        ["LT"] = (1, 1, s_scalars),
        ["GE"] = (1, 1, s_scalars),
        ["GT"] = (1, 1, s_scalars),
        ["BETWEEN"] = (2, 2, s_scalars),
        ["NOT_NULL"] = (0, 0, null),
        ["NULL"] = (0, 0, null),
        ["CONTAINS"] = (1, 1, [.. s_scalars, "BOOL", "NULL"]),
        ["NOT_CONTAINS"] = (1, 1, [.. s_scalars, "BOOL", "NULL"]),
        ["BEGINS_WITH"] = (1, 1, ["S", "B"]),
    };

    /// <exception cref="AwsServiceException">ValidationException: the operator is none, or does not take these values.</exception>
    public static void Check(string comparison, JsonArray values)
    {
        if (!s_operators.TryGetValue(comparison, out var rule))
        {
            throw DynamoDBError.Constraint("comparisonOperator", comparison, $"Member must satisfy enum value set: [{string.Join(", ", s_operators.Keys)}]");
        }

        if (values.Count < rule.Least || values.Count > rule.Most)
        {
            throw DynamoDBError.InvalidParameter($"Invalid number of argument(s) for the {comparison} ComparisonOperator");
        }

        var types = values.Select(value => (value as JsonObject)?.Select(member => member.Key).FirstOrDefault()).ToList();
        if (rule.Types is { } allowed && types.Find(type => !allowed.Contains(type)) is { } other)
        {
            throw DynamoDBError.InvalidParameter($"ComparisonOperator {comparison} is not valid for {other} AttributeValue type");
        }

        if (types.Distinct().Count() > 1)
        {
            throw DynamoDBError.InvalidParameter("AttributeValues inside AttributeValueList must be of same type");
        }
    }
}
