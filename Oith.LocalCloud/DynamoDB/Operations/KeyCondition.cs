using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>A query's key condition: one partition, and perhaps a range of its sort keys.</summary>
internal sealed class KeyCondition
{
    private readonly List<Part> _parts = [];

    private KeyCondition(BoundCondition condition) => Add(condition.Expression.Root, condition.Bindings);

    /// <summary>All keys of the partition begin with it.</summary>
    public byte[] PartitionPrefix { get; private set; } = [];

    /// <summary>The first key of the range.</summary>
    public byte[]? Lower { get; private set; }

    /// <summary>The first key after the range.</summary>
    public byte[]? Upper { get; private set; }

    public bool HasSort { get; private set; }

    public static KeyCondition Read(BoundCondition condition, KeySchema schema)
    {
        var result = new KeyCondition(condition);
        result.Resolve(schema);
        return result;
    }

    private void Add(Condition condition, Bindings bindings)
    {
        switch (condition)
        {
            case AndCondition and:
                Add(and.Left, bindings);
                Add(and.Right, bindings);
                break;
            case ComparisonCondition { Comparison: Comparison.NotEqual }:
                throw InvalidOperator("<>");
            case ComparisonCondition comparison:
                var (path, value, flipped) = (comparison.Left, comparison.Right) switch
                {
                    (PathOperand left, ValueOperand right) => (left, right, false),
                    (ValueOperand left, PathOperand right) => (right, left, true),
                    (SizeOperand, _) or (_, SizeOperand) => throw DynamoDBError.Validation(
                        "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations"),
                    (PathOperand, PathOperand) => throw DynamoDBError.Validation(
                        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
                    _ => throw DynamoDBError.Validation("Invalid condition in KeyConditionExpression: No key attribute specified"),
                };
                AddPart(path, flipped ? Flip(comparison.Comparison) : comparison.Comparison, false, bindings, value);
                break;
            case BetweenCondition between:
                if (between.Value is not PathOperand betweenPath)
                {
                    throw DynamoDBError.Validation(
                        "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand");
                }

                AddPart(betweenPath, null, false, bindings, between.Lower, between.Upper);
                break;
            case BeginsWithCondition beginsWith:
                if (beginsWith.Value is not PathOperand beginsPath)
                {
                    throw DynamoDBError.Validation(
                        "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand");
                }

                AddPart(beginsPath, null, true, bindings, beginsWith.Prefix);
                break;
            default:
                throw InvalidOperator(condition switch
                {
                    OrCondition => "OR",
                    NotCondition => "NOT",
                    InCondition => "IN",
                    ExistsCondition exists => exists.Exists ? "attribute_exists" : "attribute_not_exists",
                    TypeCondition => "attribute_type",
                    _ => "contains",
                });
        }
    }

    private void AddPart(PathOperand path, Comparison? comparison, bool beginsWith, Bindings bindings, params ReadOnlySpan<Operand> operands)
    {
        if (path.Path.Steps.Length > 1)
        {
            throw DynamoDBError.Validation("KeyConditionExpressions cannot have conditions on nested attributes");
        }

        var name = path.Path.Head(bindings);
        if (_parts.Exists(part => part.Name.AsSpan().SequenceEqual(name)))
        {
            throw DynamoDBError.Validation("KeyConditionExpressions must only contain one condition per key");
        }

        var values = new AttributeValue[operands.Length];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = operands[index] is ValueOperand value
                ? value.Evaluate(default, bindings)
                : throw DynamoDBError.Validation(
                    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
        }

        _parts.Add(new Part(name, comparison, beginsWith, values));
    }

    private void Resolve(KeySchema schema)
    {
        if (schema.IsPlain && _parts.Count > 2)
        {
            throw DynamoDBError.Validation("Conditions can be of length 1 or 2 only");
        }

        if (_parts.Count > schema.Count)
        {
            throw NotSupported();
        }

        var partition = new AttributeValue[schema.Partitions.Count];
        for (var index = 0; index < partition.Length; index++)
        {
            var part = PartOf(schema.Partitions[index]) ?? throw Missing(schema.Partitions[index]);
            CheckType(part, schema.Partitions[index]);
            if (part.Comparison != Comparison.Equal)
            {
                throw NotSupported();
            }

            CheckNotEmpty(part, schema.Partitions[index]);
            partition[index] = part.Values[0];
        }

        PartitionPrefix = KeyEncoding.PartitionPrefix(partition);
        Lower = PartitionPrefix;
        Upper = KeyEncoding.After(PartitionPrefix);
        ResolveSorts(schema, _parts.Count - partition.Length);
    }

    /// <summary>The sort key's attributes from the left: all but the last that is named must be equal to a value.</summary>
    private void ResolveSorts(KeySchema schema, int count)
    {
        HasSort = count > 0;
        var prefix = PartitionPrefix;
        for (var index = 0; index < count; index++)
        {
            var sort = PartOf(schema.Sorts[index]) ?? throw Missing(schema.Sorts[index]);
            CheckType(sort, schema.Sorts[index]);
            CheckNotEmpty(sort, schema.Sorts[index]);
            if (index < count - 1 && sort.Comparison != Comparison.Equal)
            {
                throw NotSupported();
            }

            SetRange(prefix, sort);
            prefix = index < count - 1 ? KeyEncoding.SortPrefix(prefix, sort.Values[0], whole: true) : prefix;
        }
    }

    private static AwsServiceException NotSupported() => DynamoDBError.Validation("Query key condition not supported");

    private void SetRange(byte[] start, Part sort)
    {
        (Lower, Upper) = (start, KeyEncoding.After(start));
        var prefix = KeyEncoding.SortPrefix(start, sort.Values[0], whole: !sort.BeginsWith);
        switch (sort.Comparison)
        {
            case null when sort.BeginsWith:
            case Comparison.Equal:
                Lower = prefix;
                Upper = KeyEncoding.After(prefix);
                break;
            case null:
                Lower = prefix;
                Upper = KeyEncoding.After(KeyEncoding.SortPrefix(start, sort.Values[1], whole: true));
                break;
            case Comparison.Less:
                Upper = prefix;
                break;
            case Comparison.LessOrEqual:
                Upper = KeyEncoding.After(prefix);
                break;
            case Comparison.Greater:
                Lower = KeyEncoding.After(prefix);
                break;
            default:
                Lower = prefix;
                break;
        }
    }

    private Part? PartOf(KeyAttribute attribute) => _parts.Find(part => part.Name.AsSpan().SequenceEqual(attribute.Utf8Name));

    private static void CheckType(Part part, KeyAttribute attribute)
    {
        foreach (var value in part.Values)
        {
            if (value.Type != attribute.Type)
            {
                throw DynamoDBError.InvalidParameter("Condition parameter type does not match schema type");
            }
        }
    }

    private static void CheckNotEmpty(Part part, KeyAttribute attribute)
    {
        foreach (var value in part.Values)
        {
            if (value.Scalar.IsEmpty && !part.BeginsWith)
            {
                throw DynamoDBError.Validation(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                    + $"{(value.Type == AttributeType.B ? "binary" : "string")} value. Key: {attribute.Name}");
            }
        }
    }

    private static Comparison Flip(Comparison comparison) => comparison switch
    {
        Comparison.Less => Comparison.Greater,
        Comparison.LessOrEqual => Comparison.GreaterOrEqual,
        Comparison.Greater => Comparison.Less,
        Comparison.GreaterOrEqual => Comparison.LessOrEqual,
        var same => same,
    };

    private static AwsServiceException Missing(KeyAttribute attribute) =>
        DynamoDBError.Validation($"Query condition missed key schema element: {attribute.Name}");

    private static AwsServiceException InvalidOperator(string name) =>
        DynamoDBError.Validation($"Invalid operator used in KeyConditionExpression: {name}");

    /// <param name="Comparison">Null: BETWEEN or begins_with.</param>
    private sealed record Part(byte[] Name, Comparison? Comparison, bool BeginsWith, AttributeValue[] Values);
}
