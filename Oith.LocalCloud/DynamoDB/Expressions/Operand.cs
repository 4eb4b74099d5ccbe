using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>Something that has a value: a path, a placeholder, <c>size(path)</c>.</summary>
internal abstract class Operand
{
    public abstract AttributeValue Evaluate(AttributeValue item, Bindings bindings);

    /// <summary>The type, where it is known without an item; None where it is not.</summary>
    public virtual AttributeType TypeIn(Bindings bindings) => AttributeType.None;

    public virtual void Validate(Bindings bindings)
    {
    }
}

internal sealed class PathOperand(DocumentPath path) : Operand
{
    public DocumentPath Path { get; } = path;

    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings) => Path.Resolve(item, bindings);
}

internal sealed class ValueOperand(int placeholder) : Operand
{
    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings) => bindings.Values[placeholder];

    public override AttributeType TypeIn(Bindings bindings) => bindings.Values[placeholder].Type;
}

/// <summary><c>size(path)</c>: characters of a string, bytes of a binary, elements of a set, list or map.</summary>
internal sealed class SizeOperand(Operand argument) : Operand
{
    public override AttributeValue Evaluate(AttributeValue item, Bindings bindings)
    {
        var value = argument.Evaluate(item, bindings);
        if (!value.IsPresent)
        {
            return default;
        }

        int size;
        switch (value.Type)
        {
            case AttributeType.S:
                size = Encoding.UTF8.GetCharCount(value.Scalar);
                break;
            case AttributeType.B:
                size = value.Scalar.Length;
                break;
            case AttributeType.N or AttributeType.BOOL or AttributeType.NULL:
                return default;
            default:
                size = value.Count;
                break;
        }

        return NumberValue.Of(size);
    }

    public override AttributeType TypeIn(Bindings bindings) => AttributeType.N;

    public override void Validate(Bindings bindings)
    {
        argument.Validate(bindings);
        var type = argument.TypeIn(bindings);
        if (type is AttributeType.N or AttributeType.BOOL or AttributeType.NULL)
        {
            throw ExpressionTypes.WrongOperand("size", type);
        }
    }
}

/// <summary>Numbers that an expression makes.</summary>
internal static class NumberValue
{
    public static AttributeValue Of(long value)
    {
        Span<byte> number = stackalloc byte[NumberEncoding.MaximumLength];
        return OfEncoded(number[..NumberEncoding.FromInt64(value, number)]);
    }

    public static AttributeValue OfEncoded(ReadOnlySpan<byte> number)
    {
        var data = new byte[2 + number.Length];
        data[0] = (byte)AttributeType.N;
        data[1] = (byte)number.Length;
        number.CopyTo(data.AsSpan(2));
        return new AttributeValue(data, 0);
    }
}

internal static class ExpressionTypes
{
    public static ExpressionException WrongOperand(string function, AttributeType type) => new(
        $"Incorrect operand type for operator or function; operator or function: {function}, operand type: {type.Name()}");
}
