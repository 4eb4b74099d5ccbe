using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>
/// A map or list that is being changed. Only what a path leads through is taken apart; everything else stays encoded and is
/// copied as it is.
/// </summary>
internal sealed class DocumentNode
{
    private readonly List<Child> _children;
    private readonly AttributeType _type;

    // Elements set beyond a list's end, which join it in the order of their indexes.
    private SortedDictionary<int, AttributeValue>? _appended;

    /// <param name="container">A map or list.</param>
    public DocumentNode(AttributeValue container)
    {
        _type = container.Type;
        _children = new List<Child>(container.Count + 1);
        if (_type == AttributeType.M)
        {
            for (var members = container.Members; members.MoveNext();)
            {
                _children.Add(new Child(members.CurrentName, members.Current.Value, null));
            }
        }
        else
        {
            foreach (var element in container.Elements)
            {
                _children.Add(new Child(default, element, null));
            }
        }
    }

    /// <summary>The container that the path's last step leads out of.</summary>
    /// <exception cref="Wire.AwsServiceException">ValidationException: there is none.</exception>
    public DocumentNode Parent(DocumentPath path, Bindings bindings)
    {
        var node = this;
        foreach (var step in path.Steps.AsSpan(0, path.Steps.Length - 1))
        {
            node = node.ContainerAt(step, bindings) ?? throw InvalidPath();
        }

        return (path.Steps[^1].IsIndex ? AttributeType.L : AttributeType.M) == node._type ? node : throw InvalidPath();
    }

    public void Set(PathStep step, Bindings bindings, AttributeValue value)
    {
        var index = IndexOf(step, bindings);
        if (index >= 0)
        {
            _children[index] = _children[index] with { Value = value, Node = null };
        }
        else if (step.IsIndex)
        {
            (_appended ??= [])[step.Index] = value;
        }
        else
        {
            _children.Add(new Child(step.NameIn(bindings), value, null));
        }
    }

    public void Remove(PathStep step, Bindings bindings)
    {
        var index = IndexOf(step, bindings);
        if (index >= 0)
        {
            // The child stays as a gap, so that the indexes of a list's other elements keep their meaning.
            _children[index] = _children[index] with { Value = default, Node = null };
        }
    }

    public void Write(ValueWriter writer)
    {
        var start = writer.StartContainer(_type);
        var count = 0;
        foreach (var child in _children)
        {
            if (!child.Value.IsPresent)
            {
                continue;
            }

            count++;
            if (_type == AttributeType.M)
            {
                writer.WriteBytes(child.Name.Span);
            }

            if (child.Node is not null)
            {
                child.Node.Write(writer);
            }
            else
            {
                writer.WriteEncoded(child.Value.Encoded);
            }
        }

        foreach (var value in _appended?.Values ?? Enumerable.Empty<AttributeValue>())
        {
            count++;
            writer.WriteEncoded(value.Encoded);
        }

        writer.EndContainer(start, count);
    }

    private DocumentNode? ContainerAt(PathStep step, Bindings bindings)
    {
        var index = IndexOf(step, bindings);
        if (index < 0)
        {
            return null;
        }

        var child = _children[index];
        if (child.Node is null && child.Value is { IsPresent: true, Type: AttributeType.M or AttributeType.L })
        {
            child = child with { Node = new DocumentNode(child.Value) };
            _children[index] = child;
        }

        return child.Node;
    }

    private int IndexOf(PathStep step, Bindings bindings)
    {
        if (step.IsIndex)
        {
            return _type == AttributeType.L && step.Index < _children.Count ? step.Index : -1;
        }

        if (_type != AttributeType.M)
        {
            return -1;
        }

        var name = step.NameIn(bindings).AsSpan();
        for (var index = 0; index < _children.Count; index++)
        {
            if (_children[index].Name.Span.SequenceEqual(name))
            {
                return index;
            }
        }

        return -1;
    }

    private static Wire.AwsServiceException InvalidPath() =>
        DynamoDBError.Validation("The document path provided in the update expression is invalid for update");

    /// <param name="Name">In UTF-8; empty in a list.</param>
    /// <param name="Value">The value as it was; absent once removed.</param>
    /// <param name="Node">The value taken apart, when a path leads into it.</param>
    private readonly record struct Child(ReadOnlyMemory<byte> Name, AttributeValue Value, DocumentNode? Node);
}
