using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>
/// Items in the order of their keys: a B+ tree whose leaves are linked both ways. Not thread-safe, its table's lock guards it.
/// </summary>
/// <remarks>Nodes are split when full and dropped when empty, never merged: tables grow far more than they shrink.</remarks>
internal sealed class ItemTree
{
    private const int Capacity = 64;

    private Node _root = new Leaf();

    public int Count { get; private set; }

    public Item? Find(ReadOnlySpan<byte> key)
    {
        var leaf = LeafOf(key);
        var index = leaf.IndexOf(key);
        return index >= 0 ? leaf.Items[index] : null;
    }

    /// <summary>Sets the item of a key.</summary>
    /// <returns>The item that it replaced, null for a new key.</returns>
    public Item? Set(byte[] key, Item item)
    {
        var replaced = Set(_root, key, item, out var separator, out var right);
        if (right is not null)
        {
            var root = new Branch();
            root.Keys[0] = separator!;
            root.Children[0] = _root;
            root.Children[1] = right;
            root.Count = 1;
            _root = root;
        }

        Count += replaced is null ? 1 : 0;
        return replaced;
    }

    /// <summary>Removes a key.</summary>
    /// <returns>The item that it had, null when there was none.</returns>
    public Item? Remove(ReadOnlySpan<byte> key)
    {
        var removed = Remove(_root, key);
        Count -= removed is null ? 0 : 1;
        while (_root is Branch { Count: 0 } branch)
        {
            _root = branch.Children[0];
        }

        return removed;
    }

    /// <summary>Entries with <paramref name="lower"/> &lt;= key &lt; <paramref name="upper"/>; null is unbounded.</summary>
    public Cursor Range(byte[]? lower, byte[]? upper, bool forward = true)
    {
        var edge = forward ? lower : upper;
        Leaf leaf;
        int index;
        if (edge is not null)
        {
            leaf = LeafOf(edge);
            index = leaf.IndexOf(edge);
            index = index >= 0 ? index : ~index;
        }
        else
        {
            var node = _root;
            while (node is Branch branch)
            {
                node = branch.Children[forward ? 0 : branch.Count];
            }

            leaf = (Leaf)node;
            index = forward ? 0 : leaf.Count;
        }

        return new Cursor(leaf, forward ? index - 1 : index, forward ? upper : lower, forward);
    }

    private static Item? Set(Node node, byte[] key, Item item, out byte[]? separator, out Node? right)
    {
        separator = null;
        right = null;
        if (node is Leaf leaf)
        {
            var index = leaf.IndexOf(key);
            if (index >= 0)
            {
                var replaced = leaf.Items[index];
                leaf.Items[index] = item;
                return replaced;
            }

            index = ~index;
            if (leaf.Count == Capacity)
            {
                // A key at the very end is likely one of an ascending run: leave the full leaf full.
                var half = leaf.Split(index == Capacity && leaf.Next is null ? Capacity - 1 : Capacity / 2);
                separator = half.Keys[0];
                right = half;
                if (index > leaf.Count)
                {
                    half.Insert(index - leaf.Count, key, item);
                    return null;
                }
            }

            leaf.Insert(index, key, item);
            return null;
        }

        var branch = (Branch)node;
        var child = branch.ChildOf(key);
        var result = Set(branch.Children[child], key, item, out var childSeparator, out var childRight);
        if (childRight is not null)
        {
            branch.Insert(child, childSeparator!, childRight);
            if (branch.Count == Capacity)
            {
                right = branch.Split(out separator);
            }
        }

        return result;
    }

    private static Item? Remove(Node node, ReadOnlySpan<byte> key)
    {
        if (node is Leaf leaf)
        {
            var index = leaf.IndexOf(key);
            return index < 0 ? null : leaf.RemoveAt(index);
        }

        var branch = (Branch)node;
        var child = branch.ChildOf(key);
        var removed = Remove(branch.Children[child], key);
        if (removed is not null && branch.Count > 0 && branch.Children[child].IsEmpty)
        {
            branch.Children[child].FirstLeaf.Unlink();
            branch.RemoveChild(child);
        }

        return removed;
    }

    private Leaf LeafOf(ReadOnlySpan<byte> key)
    {
        var node = _root;
        while (node is Branch branch)
        {
            node = branch.Children[branch.ChildOf(key)];
        }

        return (Leaf)node;
    }

    private static int KeyOrder(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => left.SequenceCompareTo(right);

    /// <summary>Walks entries in one direction. Valid until the tree changes.</summary>
    public struct Cursor
    {
        private readonly byte[]? _limit;
        private readonly bool _forward;
        private Leaf? _leaf;
        private int _index;

        internal Cursor(Leaf leaf, int index, byte[]? limit, bool forward)
        {
            _leaf = leaf;
            _index = index;
            _limit = limit;
            _forward = forward;
        }

        public readonly byte[] Key => _leaf!.Keys[_index];

        public readonly Item Item => _leaf!.Items[_index];

        public bool MoveNext()
        {
            if (_leaf is null)
            {
                return false;
            }

            _index += _forward ? 1 : -1;
            while (_leaf is not null && (uint)_index >= (uint)_leaf.Count)
            {
                _leaf = _forward ? _leaf.Next : _leaf.Previous;
                _index = _forward || _leaf is null ? 0 : _leaf.Count - 1;
            }

            if (_leaf is null)
            {
                return false;
            }

            if (_limit is not null)
            {
                var order = KeyOrder(_leaf.Keys[_index], _limit);
                if (_forward ? order >= 0 : order < 0)
                {
                    _leaf = null;
                    return false;
                }
            }

            return true;
        }
    }

    internal abstract class Node
    {
        // A branch has one child more than keys.
        public readonly byte[][] Keys = new byte[Capacity][];
        public int Count;

        public abstract bool IsEmpty { get; }

        public abstract Leaf FirstLeaf { get; }

        /// <summary>The index of the key, or the complement of the index where it would stand.</summary>
        public int IndexOf(ReadOnlySpan<byte> key)
        {
            var low = 0;
            var high = Count - 1;
            while (low <= high)
            {
                var middle = (low + high) >> 1;
                var order = KeyOrder(Keys[middle], key);
                if (order == 0)
                {
                    return middle;
                }

                if (order < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle - 1;
                }
            }

            return ~low;
        }
    }

    internal sealed class Leaf : Node
    {
        public readonly Item[] Items = new Item[Capacity];
        public Leaf? Next;
        public Leaf? Previous;

        public override bool IsEmpty => Count == 0;

        public override Leaf FirstLeaf => this;

        public void Insert(int index, byte[] key, Item item)
        {
            Array.Copy(Keys, index, Keys, index + 1, Count - index);
            Array.Copy(Items, index, Items, index + 1, Count - index);
            Keys[index] = key;
            Items[index] = item;
            Count++;
        }

        public Item RemoveAt(int index)
        {
            var item = Items[index];
            Count--;
            Array.Copy(Keys, index + 1, Keys, index, Count - index);
            Array.Copy(Items, index + 1, Items, index, Count - index);
            Keys[Count] = null!;
            Items[Count] = null!;
            return item;
        }

        public Leaf Split(int kept)
        {
            var right = new Leaf { Count = Count - kept, Next = Next, Previous = this };
            Array.Copy(Keys, kept, right.Keys, 0, right.Count);
            Array.Copy(Items, kept, right.Items, 0, right.Count);
            Array.Clear(Keys, kept, right.Count);
            Array.Clear(Items, kept, right.Count);
            Count = kept;
            Next?.Previous = right;
            Next = right;
            return right;
        }

        public void Unlink()
        {
            Previous?.Next = Next;
            Next?.Previous = Previous;
        }
    }

    internal sealed class Branch : Node
    {
        public readonly Node[] Children = new Node[Capacity + 1];

        // A branch whose only child is empty is empty itself: its parent drops both.
        public override bool IsEmpty => Count == 0 && Children[0].IsEmpty;

        public override Leaf FirstLeaf => Children[0].FirstLeaf;

        public int ChildOf(ReadOnlySpan<byte> key)
        {
            var index = IndexOf(key);
            return index >= 0 ? index + 1 : ~index;
        }

        public void Insert(int child, byte[] separator, Node right)
        {
            Array.Copy(Keys, child, Keys, child + 1, Count - child);
            Array.Copy(Children, child + 1, Children, child + 2, Count - child);
            Keys[child] = separator;
            Children[child + 1] = right;
            Count++;
        }

        public void RemoveChild(int child)
        {
            var key = Math.Max(0, child - 1);
            Array.Copy(Keys, key + 1, Keys, key, Count - key - 1);
            Array.Copy(Children, child + 1, Children, child, Count - child);
            Children[Count] = null!;
            Count--;
            Keys[Count] = null!;
        }

        public Branch Split(out byte[] separator)
        {
            var middle = Count / 2;
            separator = Keys[middle];
            var right = new Branch { Count = Count - middle - 1 };
            Array.Copy(Keys, middle + 1, right.Keys, 0, right.Count);
            Array.Copy(Children, middle + 1, right.Children, 0, right.Count + 1);
            Array.Clear(Keys, middle, Count - middle);
            Array.Clear(Children, middle + 1, Count - middle);
            Count = middle;
            return right;
        }
    }
}
