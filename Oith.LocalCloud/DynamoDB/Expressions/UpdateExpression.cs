using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary><c>SET a = :a, b = b + :one REMOVE c ADD tags :t DELETE tags2 :u</c></summary>
internal sealed class UpdateExpression : Expression
{
    public required IReadOnlyList<UpdateAction> Actions { get; init; }

    /// <summary>The paths that it changes.</summary>
    public required IReadOnlyList<DocumentPath> Paths { get; init; }

    public override void Validate(Bindings bindings)
    {
        DocumentPath.CheckDistinct(Paths, bindings);
        foreach (var action in Actions)
        {
            action.Validate(bindings);
        }
    }

    /// <summary>Carries out all actions; each reads the item as it was before.</summary>
    /// <param name="item">The item's map; for a new item its key alone.</param>
    /// <returns>The new item.</returns>
    /// <exception cref="Wire.AwsServiceException">ValidationException: a path or an operand does not fit the item.</exception>
    public Item Apply(AttributeValue item, Bindings bindings)
    {
        var root = new DocumentNode(item);
        foreach (var action in Actions)
        {
            action.Prepare(item, bindings, root);
        }

        var writer = ValueWriter.Rent();
        try
        {
            root.Write(writer);
            return new Item(writer.ToArray());
        }
        finally
        {
            writer.Return();
        }
    }
}

/// <summary>One change of an update expression.</summary>
internal abstract class UpdateAction(DocumentPath path)
{
    public DocumentPath Path { get; } = path;

    /// <summary>The type that the attribute gets, where it is known without an item; None where it is not.</summary>
    public virtual AttributeType TypeIn(Bindings bindings) => AttributeType.None;

    public virtual void Validate(Bindings bindings)
    {
    }

    /// <summary>Changes <paramref name="root"/>, reading only <paramref name="item"/>, which no action changes.</summary>
    public abstract void Prepare(AttributeValue item, Bindings bindings, DocumentNode root);

    protected void Set(DocumentNode root, Bindings bindings, AttributeValue value) => root.Parent(Path, bindings).Set(Path.Steps[^1], bindings, value);

    protected void Remove(DocumentNode root, Bindings bindings) => root.Parent(Path, bindings).Remove(Path.Steps[^1], bindings);
}

internal sealed class SetAction(DocumentPath path, Operand value) : UpdateAction(path)
{
    public override AttributeType TypeIn(Bindings bindings) => value.TypeIn(bindings);

    public override void Validate(Bindings bindings) => value.Validate(bindings);

    public override void Prepare(AttributeValue item, Bindings bindings, DocumentNode root) =>
        Set(root, bindings, UpdateOperands.Required(value, item, bindings));
}

internal sealed class RemoveAction(DocumentPath path) : UpdateAction(path)
{
    public override void Prepare(AttributeValue item, Bindings bindings, DocumentNode root) => Remove(root, bindings);
}

/// <summary>Adds to a number, or elements to a set.</summary>
internal sealed class AddAction(DocumentPath path, ValueOperand value) : UpdateAction(path)
{
    public override AttributeType TypeIn(Bindings bindings) => value.TypeIn(bindings);

    public override void Validate(Bindings bindings)
    {
        var type = value.TypeIn(bindings);
        if (type != AttributeType.N && !type.IsSet())
        {
            throw new ExpressionException(
                $"Incorrect operand type for operator or function; operator: ADD, operand type: {type.LongName()}, typeSet: ALLOWED_FOR_ADD_OPERAND");
        }
    }

    public override void Prepare(AttributeValue item, Bindings bindings, DocumentNode root)
    {
        var added = value.Evaluate(item, bindings);
        var existing = Path.Resolve(item, bindings);
        if (existing.IsPresent && existing.Type != added.Type)
        {
            throw UpdateOperands.WrongType();
        }

        Set(root, bindings, !existing.IsPresent ? added
            : added.Type == AttributeType.N ? ArithmeticOperand.Sum(existing, added, subtract: false)
            : Union(existing, added));
    }

    private static AttributeValue Union(AttributeValue existing, AttributeValue added)
    {
        var writer = ValueWriter.Rent();
        try
        {
            var start = writer.StartContainer(existing.Type);
            var count = existing.Count;
            foreach (var element in existing.SetElements)
            {
                writer.WriteBytes(element);
            }

            var known = existing.SetIndex();
            foreach (var element in added.SetElements)
            {
                if (!known.Contains(Encoding.Latin1.GetString(element)))
                {
                    writer.WriteBytes(element);
                    count++;
                }
            }

            writer.EndContainer(start, count);
            return new AttributeValue(writer.ToArray(), 0);
        }
        finally
        {
            writer.Return();
        }
    }
}

/// <summary>Takes elements out of a set; an emptied set is removed.</summary>
internal sealed class DeleteAction(DocumentPath path, ValueOperand value) : UpdateAction(path)
{
    public override AttributeType TypeIn(Bindings bindings) => value.TypeIn(bindings);

    public override void Validate(Bindings bindings)
    {
        var type = value.TypeIn(bindings);
        if (!type.IsSet())
        {
            throw new ExpressionException(
                $"Incorrect operand type for operator or function; operator: DELETE, operand type: {type.LongName()}, typeSet: ALLOWED_FOR_ADD_OPERAND");
        }
    }

    public override void Prepare(AttributeValue item, Bindings bindings, DocumentNode root)
    {
        var deleted = value.Evaluate(item, bindings);
        var existing = Path.Resolve(item, bindings);
        if (!existing.IsPresent)
        {
            _ = root.Parent(Path, bindings);
            return;
        }

        if (existing.Type != deleted.Type)
        {
            throw UpdateOperands.WrongType();
        }

        var writer = ValueWriter.Rent();
        try
        {
            var start = writer.StartContainer(existing.Type);
            var count = 0;
            var gone = deleted.SetIndex();
            foreach (var element in existing.SetElements)
            {
                if (!gone.Contains(Encoding.Latin1.GetString(element)))
                {
                    writer.WriteBytes(element);
                    count++;
                }
            }

            writer.EndContainer(start, count);
            if (count == 0)
            {
                Remove(root, bindings);
            }
            else
            {
                Set(root, bindings, new AttributeValue(writer.ToArray(), 0));
            }
        }
        finally
        {
            writer.Return();
        }
    }
}
