using System.Text;
using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>
/// The expressions of one request with its ExpressionAttributeNames and -Values: parses, binds, and at the end checks that
/// everything given was used.
/// </summary>
internal sealed class ExpressionAttributes
{
    private static readonly ExpressionCache<ConditionExpression> s_conditions = new(ConditionParser.Parse);
    private static readonly ExpressionCache<UpdateExpression> s_updates = new(UpdateParser.Parse);
    private static readonly ExpressionCache<ProjectionExpression> s_projections = new(ProjectionParser.Parse);

    private readonly JsonElement _input;
    private readonly JsonElement? _names;
    private readonly AttributeValue _values;
    private readonly List<Expression> _bound = [];
    private readonly bool _isEnveloped;

    /// <param name="input">The request, or the part of it that has expressions of its own.</param>
    /// <param name="isEnveloped">
    /// The operation counts what is wrong with its expressions among the validation errors, as PutItem, UpdateItem and DeleteItem do.
    /// </param>
    /// <exception cref="Wire.AwsServiceException">ValidationException: a name or value is wrong.</exception>
    public ExpressionAttributes(JsonElement input, bool isEnveloped = false)
    {
        _isEnveloped = isEnveloped;
        _input = input;
        _names = input.Structure("ExpressionAttributeNames"u8);
        if (_names is { } names)
        {
            CheckKeys(names, "ExpressionAttributeNames", '#');
        }

        if (input.Structure("ExpressionAttributeValues"u8) is { } values)
        {
            CheckKeys(values, "ExpressionAttributeValues", ':');
            _values = new AttributeValue(
                AttributeJson.ReadMap(
                    values, (message, key) => Enveloped($"ExpressionAttributeValues contains invalid value: {message} for key {key}")),
                0);
        }
    }

    /// <summary>A condition, filter or key condition; null when the request has none.</summary>
    /// <param name="parameter">The member's name: <c>FilterExpression</c>.</param>
    public BoundCondition? Condition(string parameter) => Bind(parameter, s_conditions) is var (expression, bindings) ? new BoundCondition(expression, bindings) : null;

    public BoundUpdate? Update() => Bind("UpdateExpression", s_updates) is var (expression, bindings) ? new BoundUpdate(expression, bindings) : null;

    /// <summary>The attributes to return, from ProjectionExpression or its predecessor AttributesToGet; null: all.</summary>
    public BoundProjection? Projection()
    {
        var bound = Bind("ProjectionExpression", s_projections);
        if (bound is var (expression, bindings))
        {
            return new BoundProjection(expression, bindings);
        }

        return _input.Has("AttributesToGet"u8) ? BoundProjection.OfAttributes(_input.Texts("AttributesToGet"u8)) : null;
    }

    /// <summary>Call when all expressions are bound.</summary>
    /// <param name="valueParameters">The members whose expressions may use values, as the error lists them.</param>
    /// <exception cref="Wire.AwsServiceException">ValidationException: a name or value is used nowhere.</exception>
    public void Finish(params ReadOnlySpan<string> valueParameters)
    {
        if (_names is not null && _bound.Count == 0)
        {
            throw Refused("ExpressionAttributeNames can only be specified when using expressions");
        }

        if (_values.IsPresent && !_bound.Exists(expression => expression is not ProjectionExpression))
        {
            throw Refused(
                "ExpressionAttributeValues can only be specified when using expressions: "
                + $"{string.Join(" and ", valueParameters)} {(valueParameters.Length > 1 ? "are" : "is")} null");
        }

        if (_names is { } names && CountUsed(static expression => expression.Names) < names.GetPropertyCount())
        {
            var used = _bound.SelectMany(expression => expression.Names).Select(name => name.Text).ToHashSet();
            throw Unused("ExpressionAttributeNames", names, used);
        }

        if (_values.IsPresent && CountUsed(static expression => expression.Values) < _values.Count)
        {
            var used = _bound.SelectMany(expression => expression.Values).Select(value => value.Text).ToHashSet();
            throw Unused("ExpressionAttributeValues", _input.GetProperty("ExpressionAttributeValues"u8), used);
        }
    }

    private (TExpression Expression, Bindings Bindings)? Bind<TExpression>(string parameter, ExpressionCache<TExpression> cache)
        where TExpression : Expression
    {
        if (!_input.TryGetProperty(parameter, out var text) || text.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (text.ValueKind != JsonValueKind.String)
        {
            throw DynamoDBError.Serialization("Start of structure or map found where not expected");
        }

        try
        {
            var expression = cache.Get(text.GetString()!);
            var bindings = Bind(expression);
            expression.Validate(bindings);
            _bound.Add(expression);
            return (expression, bindings);
        }
        catch (ExpressionException error)
        {
            throw Refused($"Invalid {parameter}: {error.Message}");
        }
    }

    private Bindings Bind(Expression expression)
    {
        if (expression.Names.Count == 0 && expression.Values.Count == 0)
        {
            return Bindings.Empty;
        }

        var names = expression.Names.Count == 0 ? [] : new byte[expression.Names.Count][];
        for (var index = 0; index < names.Length; index++)
        {
            var placeholder = expression.Names[index];
            names[index] = _names is { } given && given.TryGetProperty(placeholder.Utf8, out var name) && name.ValueKind == JsonValueKind.String
                ? AttributeJson.Utf8(name).ToArray()
                : throw new ExpressionException(
                    $"An expression attribute name used in the document path is not defined; attribute name: {placeholder.Text}");
        }

        var values = expression.Values.Count == 0 ? [] : new AttributeValue[expression.Values.Count];
        for (var index = 0; index < values.Length; index++)
        {
            var placeholder = expression.Values[index];
            values[index] = _values.Member(placeholder.Utf8);
            if (!values[index].IsPresent)
            {
                throw new ExpressionException(
                    $"An expression attribute value used in expression is not defined; attribute value: {placeholder.Text}");
            }
        }

        return new Bindings(names, values);
    }

    private int CountUsed(Func<Expression, IReadOnlyList<Placeholder>> placeholders)
    {
        if (_bound.Count == 1)
        {
            return placeholders(_bound[0]).Count;
        }

        return _bound.SelectMany(placeholders).Select(placeholder => placeholder.Text).Distinct().Count();
    }

    private Wire.AwsServiceException Unused(string parameter, JsonElement given, HashSet<string> used)
    {
        var unused = given.EnumerateObject().Select(member => member.Name).Where(name => !used.Contains(name));
        return Refused($"Value provided in {parameter} unused in expressions: keys: {{{string.Join(", ", unused)}}}");
    }

    private void CheckKeys(JsonElement map, string parameter, char prefix)
    {
        var any = false;
        foreach (var member in map.EnumerateObject())
        {
            any = true;
            var key = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8PropertyName(member);
            var valid = key.Length > 1 && key[0] == prefix;
            for (var index = 1; index < key.Length && valid; index++)
            {
                valid = char.IsAsciiLetterOrDigit((char)key[index]) || key[index] == '_';
            }

            if (!valid)
            {
                throw Refused($"{parameter} contains invalid key: Syntax error; key: \"{Encoding.UTF8.GetString(key)}\"");
            }
        }

        if (!any)
        {
            throw Refused($"{parameter} must not be empty");
        }
    }

    private Wire.AwsServiceException Refused(string message) => DynamoDBError.Validation(Enveloped(message));

    private string Enveloped(string message) => _isEnveloped ? "1 validation error detected: " + message : message;
}

/// <summary>A condition with the values of one request.</summary>
internal sealed record BoundCondition(ConditionExpression Expression, Bindings Bindings)
{
    /// <param name="item">Null when there is no item.</param>
    public bool IsTrue(Item? item) => Expression.Root.IsTrue(item?.Root ?? default, Bindings);
}

/// <summary>An update with the values of one request.</summary>
internal sealed record BoundUpdate(UpdateExpression Expression, Bindings Bindings);

/// <summary>A projection with the names of one request.</summary>
internal sealed record BoundProjection(ProjectionTree Tree)
{
    /// <summary>PartiQL: each path's value stands under the last name of the path; null: values stand where the item has them.</summary>
    public IReadOnlyList<DocumentPath>? Flat { get; init; }

    public BoundProjection(ProjectionExpression expression, Bindings bindings)
        : this(new ProjectionTree(expression.Paths, bindings))
    {
    }

    public static BoundProjection OfAttributes(IReadOnlyList<string> names)
    {
        var paths = names.Select(name => new DocumentPath([new PathStep(Encoding.UTF8.GetBytes(name), -1, -1)]));
        return new BoundProjection(new ProjectionTree(paths, Bindings.Empty));
    }
}
