using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>
/// The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter and
/// ConditionalOperator. They say nothing that an expression cannot say, so a request that has them is written anew with expressions.
/// </summary>
internal sealed class LegacyParameters
{
    private static readonly string[] s_names =
        ["AttributesToGet", "AttributeUpdates", "ConditionalOperator", "Expected", "KeyConditions", "QueryFilter", "ScanFilter"];

    private static readonly string[] s_expressions =
        ["UpdateExpression", "ProjectionExpression", "FilterExpression", "ConditionExpression", "KeyConditionExpression"];

    private readonly JsonObject _request;
    private readonly JsonObject _attributeNames = [];
    private readonly JsonObject _attributeValues = [];

    private LegacyParameters(JsonObject request) => _request = request;

    /// <summary>The same request with expressions.</summary>
    /// <exception cref="AwsServiceException">ValidationException in DynamoDB's words.</exception>
    public static JsonElement Translate(JsonElement input)
    {
        var parameters = new LegacyParameters(JsonInput.Tree(input.Clone())!.AsObject());
        parameters.CheckMixture();
        parameters.Translate();
        using var translated = JsonInput.ToDocument(parameters._request);
        return translated.RootElement.Clone();
    }

    private void CheckMixture()
    {
        var legacy = s_names.Where(name => _request[name] is not null).ToList();
        var expressions = s_expressions.Where(name => _request[name] is not null).ToList();
        if (legacy.Count > 0 && expressions.Count > 0)
        {
            throw DynamoDBError.Validation(
                "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
                + $"{{{string.Join(", ", legacy)}}} Expression parameters: {{{string.Join(", ", expressions)}}}");
        }

        foreach (var name in new[] { "ExpressionAttributeNames", "ExpressionAttributeValues" })
        {
            if (legacy.Count > 0 && _request[name] is not null)
            {
                throw DynamoDBError.Validation($"{name} can only be specified when using expressions");
            }
        }
    }

    private void Translate()
    {
        var operatorName = _request.Text("ConditionalOperator");
        if (operatorName is not (null or "AND" or "OR"))
        {
            throw DynamoDBError.Constraint("conditionalOperator", operatorName, "Member must satisfy enum value set: [OR, AND]");
        }

        var conditions = Take("Expected");
        var filter = Take("QueryFilter") ?? Take("ScanFilter");
        CheckOperator(operatorName, conditions ?? filter);
        Add("ConditionExpression", conditions?.Select(condition => Expectation(condition.Key, Structure(condition))), $" {operatorName ?? "AND"} ");
        Add("FilterExpression", filter?.Select(condition => Comparison(condition.Key, Structure(condition))), $" {operatorName ?? "AND"} ");
        Add("KeyConditionExpression", KeyConditions(Take("KeyConditions")), " AND ");
        Add("UpdateExpression", Updates(Take("AttributeUpdates")), " ");
        _request.Remove("ConditionalOperator");
        if (_attributeNames.Count > 0)
        {
            _request["ExpressionAttributeNames"] = _attributeNames;
        }

        if (_attributeValues.Count > 0)
        {
            _request["ExpressionAttributeValues"] = _attributeValues;
        }
    }

    private static void CheckOperator(string? operatorName, JsonObject? conditions)
    {
        if (operatorName is not null && conditions is null)
        {
            throw DynamoDBError.Validation("ConditionalOperator cannot be used without Filter or Expected");
        }

        if (operatorName is not null && conditions!.Count < 2)
        {
            throw DynamoDBError.Validation("ConditionalOperator can only be used when Filter or Expected has two or more elements");
        }
    }

    private void Add(string member, IEnumerable<string>? parts, string separator)
    {
        if (parts is not null && string.Join(separator, parts) is { Length: > 0 } expression)
        {
            _request[member] = expression;
        }
    }

    private JsonObject? Take(string member)
    {
        var given = _request.Structure(member);
        _request.Remove(member);
        return given;
    }

    private static JsonObject Structure(KeyValuePair<string, JsonNode?> member) =>
        member.Value as JsonObject ?? throw DynamoDBError.Serialization("Unexpected field type");

    /// <summary>A condition of Expected, which may also be a Value or an Exists.</summary>
    private string Expectation(string attribute, JsonObject condition)
    {
        var (value, exists) = (condition["Value"], condition.Flag("Exists"));
        if (condition["ComparisonOperator"] is not null)
        {
            return exists is not null ? throw Invalid("Exists and ComparisonOperator cannot be used together for Attribute: " + attribute)
                : value is null ? Comparison(attribute, condition)
                : condition["AttributeValueList"] is not null ? throw Invalid("Value and AttributeValueList cannot be used together for Attribute: " + attribute)
                : Comparison(attribute, new JsonObject
                {
                    ["ComparisonOperator"] = condition["ComparisonOperator"]!.DeepClone(),
                    ["AttributeValueList"] = new JsonArray(value.DeepClone()),
                });
        }

        if (condition["AttributeValueList"] is not null)
        {
            throw Invalid("AttributeValueList can only be used with a ComparisonOperator for Attribute: " + attribute);
        }

        return (exists, value) switch
        {
            (false, null) => $"attribute_not_exists({Name(attribute)})",
            (false, _) => throw Invalid("Value cannot be used when Exists is set to false for Attribute: " + attribute),
            (_, null) => throw Invalid($"Value must be provided when Exists is {(exists is null ? "null" : "set to true")} for Attribute: {attribute}"),
            _ => $"{Name(attribute)} = {Value(value)}",
        };
    }

    private string Comparison(string attribute, JsonObject condition)
    {
        var comparison = condition.Text("ComparisonOperator") ?? throw DynamoDBError.Constraint(
            $"filter.{attribute}.member.comparisonOperator", null, "Member must not be null");
        var values = condition.List("AttributeValueList") ?? [];
        LegacyComparison.Check(comparison, values);
        var name = Name(attribute);
        return comparison switch
        {
            "EQ" => $"{name} = {Value(values[0])}",
            "NE" => $"{name} <> {Value(values[0])}",
            "LE" => $"{name} <= {Value(values[0])}",
            "LT" => $"{name} < {Value(values[0])}",
            "GE" => $"{name} >= {Value(values[0])}",
            "GT" => $"{name} > {Value(values[0])}",
            "NULL" => $"attribute_not_exists({name})",
            "NOT_NULL" => $"attribute_exists({name})",
            "CONTAINS" => $"contains({name}, {Value(values[0])})",
            "NOT_CONTAINS" => $"NOT contains({name}, {Value(values[0])})",
            "BEGINS_WITH" => $"begins_with({name}, {Value(values[0])})",
            "BETWEEN" => $"{name} BETWEEN {Value(values[0])} AND {Value(values[1])}",
            _ => $"{name} IN ({string.Join(", ", values.Select(Value))})",
        };
    }

    private IEnumerable<string>? KeyConditions(JsonObject? conditions)
    {
        if (conditions is { Count: < 1 })
        {
            throw DynamoDBError.Validation("Conditions can be of length 1 or 2 only");
        }

        return conditions?.Select(condition =>
        {
            var given = Structure(condition);
            return given.Text("ComparisonOperator") is "NE" or "NULL" or "NOT_NULL" or "CONTAINS" or "NOT_CONTAINS" or "IN"
                ? throw DynamoDBError.Validation("Attempted conditional constraint is not an indexable operation")
                : Comparison(condition.Key, given);
        });
    }

    private IEnumerable<string>? Updates(JsonObject? updates) => updates?
        .Select(update => Update(update.Key, Structure(update)))
        .GroupBy(clause => clause.Keyword, clause => clause.Text, StringComparer.Ordinal)
        .Select(clauses => $"{clauses.Key} {string.Join(", ", clauses)}");

    private (string Keyword, string Text) Update(string attribute, JsonObject update)
    {
        var value = update["Value"];
        var type = (value as JsonObject)?.Select(member => member.Key).FirstOrDefault();
        var name = Name(attribute);
        return (update.Text("Action") ?? "PUT", type) switch
        {
            ("DELETE", null) => ("REMOVE", name),
            ("DELETE", "SS" or "NS" or "BS") => ("DELETE", $"{name} {Value(value)}"),
            ("DELETE", _) => throw Invalid($"DELETE action with value is not supported for the type {type}"),
            ("PUT" or "ADD", null) => throw Invalid("Only DELETE action is allowed when no attribute value is specified"),
            ("PUT", _) => ("SET", $"{name} = {Value(value)}"),
            ("ADD", "N" or "SS" or "NS" or "BS") => ("ADD", $"{name} {Value(value)}"),
            ("ADD", "L") => ("SET", $"{name} = list_append(if_not_exists({name}, {Value(new JsonObject { ["L"] = new JsonArray() })}), {Value(value)})"),
            ("ADD", _) => throw Invalid($"ADD action is not supported for the type {type}"),
            (var action, _) => throw DynamoDBError.Constraint(
                $"attributeUpdates.{attribute}.member.action", action, "Member must satisfy enum value set: [ADD, DELETE, PUT]"),
        };
    }

    private string Name(string attribute)
    {
        var placeholder = $"#legacy{_attributeNames.Count}";
        _attributeNames[placeholder] = attribute;
        return placeholder;
    }

    private string Value(JsonNode? value)
    {
        var placeholder = $":legacy{_attributeValues.Count}";
        _attributeValues[placeholder] = value?.DeepClone();
        return placeholder;
    }

    private static AwsServiceException Invalid(string message) => DynamoDBError.InvalidParameter(message);
}
