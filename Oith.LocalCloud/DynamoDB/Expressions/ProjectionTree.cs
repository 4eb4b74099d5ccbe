using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>Paths as a tree, to write only what they lead to. A list shows the chosen elements without gaps.</summary>
internal sealed class ProjectionTree
{
    private readonly List<(byte[] Name, ProjectionTree Tree)> _members = [];
    private readonly SortedList<int, ProjectionTree> _elements = [];
    private bool _isWhole;

    public ProjectionTree(IEnumerable<DocumentPath> paths, Bindings bindings)
    {
        foreach (var path in paths)
        {
            var tree = this;
            foreach (var step in path.Steps)
            {
                tree = step.IsIndex ? tree.ElementTree(step.Index) : tree.MemberTree(step.NameIn(bindings));
            }

            tree._isWhole = true;
        }
    }

    private ProjectionTree()
    {
    }

    /// <summary>Names of the top-level attributes that it reads.</summary>
    public IEnumerable<byte[]> Heads => _members.Select(member => member.Name);

    /// <summary>Does anything that the paths lead to exist?</summary>
    public bool Finds(AttributeValue value)
    {
        if (_isWhole)
        {
            return value.IsPresent;
        }

        foreach (var (name, tree) in _members)
        {
            if (tree.Finds(value.Member(name)))
            {
                return true;
            }
        }

        foreach (var (index, tree) in _elements)
        {
            if (tree.Finds(value.Element(index)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes the part of a map that the paths lead to.</summary>
    public void WriteMembers(Utf8JsonWriter output, AttributeValue map)
    {
        output.WriteStartObject();
        foreach (var (name, tree) in _members)
        {
            var value = map.Member(name);
            if (tree.Finds(value))
            {
                output.WritePropertyName(name);
                tree.WriteValue(output, value);
            }
        }

        output.WriteEndObject();
    }

    private void WriteValue(Utf8JsonWriter output, AttributeValue value)
    {
        if (_isWhole)
        {
            AttributeJson.WriteValue(output, value);
            return;
        }

        output.WriteStartObject();
        if (value.Type == AttributeType.M)
        {
            output.WritePropertyName("M"u8);
            WriteMembers(output, value);
        }
        else
        {
            output.WriteStartArray("L"u8);
            foreach (var (index, tree) in _elements)
            {
                var element = value.Element(index);
                if (tree.Finds(element))
                {
                    tree.WriteValue(output, element);
                }
            }

            output.WriteEndArray();
        }

        output.WriteEndObject();
    }

    private ProjectionTree MemberTree(byte[] name)
    {
        foreach (var (existing, tree) in _members)
        {
            if (existing.AsSpan().SequenceEqual(name))
            {
                return tree;
            }
        }

        var created = new ProjectionTree();
        _members.Add((name, created));
        return created;
    }

    private ProjectionTree ElementTree(int index)
    {
        if (!_elements.TryGetValue(index, out var tree))
        {
            _elements[index] = tree = new ProjectionTree();
        }

        return tree;
    }
}
