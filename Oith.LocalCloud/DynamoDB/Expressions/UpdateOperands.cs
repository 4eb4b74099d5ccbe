using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Expressions;

internal static class UpdateOperands
{
    /// <exception cref="AwsServiceException">ValidationException: the item has no such attribute.</exception>
    public static AttributeValue Required(Operand operand, AttributeValue item, Bindings bindings)
    {
        var value = operand.Evaluate(item, bindings);
        return value.IsPresent
            ? value
            : throw DynamoDBError.Validation("The provided expression refers to an attribute that does not exist in the item");
    }

    public static AwsServiceException WrongType() =>
        DynamoDBError.Validation("An operand in the update expression has an incorrect data type");

    /// <exception cref="ExpressionException">The operand is known to be of another type.</exception>
    public static void CheckType(string function, Operand operand, AttributeType wanted, Bindings bindings)
    {
        operand.Validate(bindings);
        var type = operand is ValueOperand ? operand.TypeIn(bindings) : AttributeType.None;
        if (type != AttributeType.None && type != wanted)
        {
            throw ExpressionTypes.WrongOperand(function, type);
        }
    }
}

/// <summary><c>a + :b</c></summary>
internal sealed class ArithmeticOperand(Operand left, Operand right, bool subtract) : Operand
{
    public static AttributeValue Sum(AttributeValue left, AttributeValue right, bool subtract)
    {
        Span<byte> number = stackalloc byte[NumberEncoding.MaximumLength];
        AttributeJson.CheckNumber(NumberEncoding.Add(left.Scalar, right.Scalar, subtract, number, out var length));
        return NumberValue.OfEncoded(number[..length]);
    }

    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings)
    {
        var first = UpdateOperands.Required(left, item, bindings);
        var second = UpdateOperands.Required(right, item, bindings);
        return first.Type == AttributeType.N && second.Type == AttributeType.N
            ? Sum(first, second, subtract)
            : throw UpdateOperands.WrongType();
    }

    public override AttributeType TypeIn(Bindings bindings) => AttributeType.N;

    public override void Validate(Bindings bindings)
    {
        var symbol = subtract ? "-" : "+";
        UpdateOperands.CheckType(symbol, left, AttributeType.N, bindings);
        UpdateOperands.CheckType(symbol, right, AttributeType.N, bindings);
    }
}

/// <summary><c>if_not_exists(path, :default)</c></summary>
internal sealed class IfNotExistsOperand(DocumentPath path, Operand fallback) : Operand
{
    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings)
    {
        var existing = path.Resolve(item, bindings);
        return existing.IsPresent ? existing : UpdateOperands.Required(fallback, item, bindings);
    }

    public override void Validate(Bindings bindings) => fallback.Validate(bindings);
}

/// <summary><c>list_append(path, :more)</c></summary>
internal sealed class ListAppendOperand(Operand first, Operand second) : Operand
{
    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings)
    {
        var head = UpdateOperands.Required(first, item, bindings);
        var tail = UpdateOperands.Required(second, item, bindings);
        if (head.Type != AttributeType.L || tail.Type != AttributeType.L)
        {
            throw UpdateOperands.WrongType();
        }

        var writer = ValueWriter.Rent();
        try
        {
            var start = writer.StartContainer(AttributeType.L);
            writer.WriteEncoded(head.Encoded[AttributeValue.ContainerHeaderLength..]);
            writer.WriteEncoded(tail.Encoded[AttributeValue.ContainerHeaderLength..]);
            writer.EndContainer(start, head.Count + tail.Count);
            return new AttributeValue(writer.ToArray(), 0);
        }
        finally
        {
            writer.Return();
        }
    }

    public override AttributeType TypeIn(Bindings bindings) => AttributeType.L;

    public override void Validate(Bindings bindings)
    {
        UpdateOperands.CheckType("list_append", first, AttributeType.L, bindings);
        UpdateOperands.CheckType("list_append", second, AttributeType.L, bindings);
    }
}
