using System.Buffers.Binary;
using System.Text;

namespace Oith.LocalCloud.DynamoDB.Values;

/// <summary>
/// A view of one encoded value inside a byte array; it copies nothing. The default is an absent value.
/// </summary>
/// <remarks>
/// Encoding: a type byte, then
/// <list type="bullet">
/// <item>S, N, B: the length (7 bits a byte, low bits first) and the bytes; a number's bytes are those of <see cref="NumberEncoding"/>;</item>
/// <item>BOOL: one byte; NULL: nothing;</item>
/// <item>SS, NS, BS, L, M: the length of the contents and the count of elements (both 32-bit little-endian), then the elements. A
/// set's element is length and bytes; a list's is a value; a map's is the name's length, the name, a value.</item>
/// </list>
/// </remarks>
internal readonly struct AttributeValue(byte[] data, int offset) : IEquatable<AttributeValue>
{
    /// <summary>What stands before a container's elements: type, length, count.</summary>
    public const int ContainerHeaderLength = 9;

    // Up to here a scan is faster than a table.
    private const int LargestScanned = 16;

    private readonly byte[]? _data = data;
    private readonly int _offset = offset;

    public bool IsPresent => _data is not null;

    public AttributeType Type => (AttributeType)_data![_offset];

    /// <summary>The bytes of an S (UTF-8), N (<see cref="NumberEncoding"/>) or B.</summary>
    public ReadOnlySpan<byte> Scalar
    {
        get
        {
            var position = _offset + 1;
            var length = ReadLength(_data, ref position);
            return _data.AsSpan(position, length);
        }
    }

    public bool Boolean => _data![_offset + 1] != 0;

    /// <summary>Elements of a set, list or map.</summary>
    public int Count => BinaryPrimitives.ReadInt32LittleEndian(_data.AsSpan(_offset + 5));

    /// <summary>The value with its type byte, as it is stored.</summary>
    public ReadOnlySpan<byte> Encoded => _data.AsSpan(_offset, EncodedLength(_data, _offset));

    /// <summary>The size as DynamoDB counts it, in bytes, without the attribute's name.</summary>
    public int Size
    {
        get
        {
            switch (Type)
            {
                case AttributeType.S or AttributeType.N or AttributeType.B:
                    return Scalar.Length;
                case AttributeType.BOOL or AttributeType.NULL:
                    return 1;
                case AttributeType.M:
                    var map = 3;
                    foreach (var (name, value) in Members)
                    {
                        map += 1 + name.Length + value.Size;
                    }

                    return map;
                case AttributeType.L:
                    var list = 3;
                    foreach (var value in Elements)
                    {
                        list += 1 + value.Size;
                    }

                    return list;
                default:
                    var set = 0;
                    foreach (var element in SetElements)
                    {
                        set += element.Length;
                    }

                    return set;
            }
        }
    }

    /// <summary>A map's members in the order that they were written.</summary>
    public MemberEnumerator Members => new(_data!, _offset);

    public ElementEnumerator Elements => new(_data!, _offset);

    public SetEnumerator SetElements => new(_data!, _offset);

    /// <summary>A map's member; absent when this is no map or has no such member.</summary>
    public AttributeValue Member(ReadOnlySpan<byte> name)
    {
        if (_data is null || Type != AttributeType.M)
        {
            return default;
        }

        var data = _data;
        var position = _offset + ContainerHeaderLength;
        var end = position + BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(_offset + 1));
        while (position < end)
        {
            var length = ReadLength(data, ref position);
            if (length == name.Length && data.AsSpan(position, length).SequenceEqual(name))
            {
                return new AttributeValue(data, position + length);
            }

            position += length;
            position += EncodedLength(data, position);
        }

        return default;
    }

    /// <summary>A list's element; absent when this is no list or is shorter.</summary>
    public AttributeValue Element(int index)
    {
        if (_data is null || Type != AttributeType.L || (uint)index >= (uint)Count)
        {
            return default;
        }

        var position = _offset + ContainerHeaderLength;
        for (; index > 0; index--)
        {
            position += EncodedLength(_data, position);
        }

        return new AttributeValue(_data, position);
    }

    /// <summary>Does this set hold the element?</summary>
    public bool SetContains(ReadOnlySpan<byte> element)
    {
        foreach (var candidate in SetElements)
        {
            if (candidate.SequenceEqual(element))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Equality as DynamoDB defines it: same type, sets and maps regardless of order.</summary>
    public bool Equals(AttributeValue other)
    {
        if (_data is null || other._data is null || Type != other.Type)
        {
            return false;
        }

        switch (Type)
        {
            case AttributeType.S or AttributeType.N or AttributeType.B:
                return Scalar.SequenceEqual(other.Scalar);
            case AttributeType.BOOL:
                return Boolean == other.Boolean;
            case AttributeType.NULL:
                return true;
        }

        if (Count != other.Count)
        {
            return false;
        }

        switch (Type)
        {
            case AttributeType.M when Count > LargestScanned:
                return EqualsMap(other);
            case not (AttributeType.M or AttributeType.L) when Count > LargestScanned:
                return EqualsSet(other);
            case AttributeType.M:
                foreach (var (name, value) in Members)
                {
                    if (!value.Equals(other.Member(name)))
                    {
                        return false;
                    }
                }

                return true;
            case AttributeType.L:
                var theirs = other.Elements;
                foreach (var value in Elements)
                {
                    theirs.MoveNext();
                    if (!value.Equals(theirs.Current))
                    {
                        return false;
                    }
                }

                return true;
            default:
                foreach (var element in SetElements)
                {
                    if (!other.SetContains(element))
                    {
                        return false;
                    }
                }

                return true;
        }
    }

    /// <summary>Whether lists and maps stand inside each other in more than so many levels, this one counted.</summary>
    public bool IsDeeperThan(int levels)
    {
        if (Type is not (AttributeType.M or AttributeType.L))
        {
            return false;
        }

        if (levels == 0)
        {
            return true;
        }

        if (Type == AttributeType.L)
        {
            foreach (var element in Elements)
            {
                if (element.IsDeeperThan(levels - 1))
                {
                    return true;
                }
            }

            return false;
        }

        foreach (var (_, value) in Members)
        {
            if (value.IsDeeperThan(levels - 1))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The set's elements, a character a byte, for many look-ups: a scan for each is quadratic, and an item has room for a hundred thousand.</summary>
    public HashSet<string> SetIndex()
    {
        var index = new HashSet<string>(Count, StringComparer.Ordinal);
        foreach (var element in SetElements)
        {
            index.Add(Encoding.Latin1.GetString(element));
        }

        return index;
    }

    private bool EqualsSet(AttributeValue other)
    {
        var theirs = other.SetIndex();
        foreach (var element in SetElements)
        {
            if (!theirs.Contains(Encoding.Latin1.GetString(element)))
            {
                return false;
            }
        }

        return true;
    }

    private bool EqualsMap(AttributeValue other)
    {
        var theirs = new Dictionary<string, AttributeValue>(other.Count, StringComparer.Ordinal);
        foreach (var (name, value) in other.Members)
        {
            theirs[Encoding.Latin1.GetString(name)] = value;
        }

        foreach (var (name, value) in Members)
        {
            if (!theirs.TryGetValue(Encoding.Latin1.GetString(name), out var match) || !value.Equals(match))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is AttributeValue other && Equals(other);

    public override int GetHashCode() => throw new NotSupportedException("Values are compared, never hashed.");

    /// <summary>The length of the value that starts at <paramref name="offset"/>, with its type byte.</summary>
    public static int EncodedLength(byte[]? data, int offset)
    {
        switch ((AttributeType)data![offset])
        {
            case AttributeType.S or AttributeType.N or AttributeType.B:
                var position = offset + 1;
                var length = ReadLength(data, ref position);
                return position + length - offset;
            case AttributeType.BOOL:
                return 2;
            case AttributeType.NULL:
                return 1;
            default:
                return ContainerHeaderLength + BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(offset + 1));
        }
    }

    /// <summary>Reads a length and as many bytes.</summary>
    public static ReadOnlySpan<byte> ReadBytes(byte[] data, ref int position)
    {
        var length = ReadLength(data, ref position);
        position += length;
        return data.AsSpan(position - length, length);
    }

    private static int ReadLength(byte[]? data, ref int position)
    {
        int value = data![position++];
        if (value < 0x80)
        {
            return value;
        }

        value &= 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            int next = data[position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    /// <summary>Walks a map. Usable in foreach; <c>Current</c> is valid until the next step.</summary>
    public ref struct MemberEnumerator
    {
        private readonly byte[] _data;
        private readonly int _end;
        private int _position;
        private int _name;
        private int _nameLength;

        internal MemberEnumerator(byte[] data, int offset)
        {
            _data = data;
            _position = offset + ContainerHeaderLength;
            _end = offset + EncodedLength(data, offset);
        }

        public readonly MapMember Current => new(_data.AsSpan(_name, _nameLength), new AttributeValue(_data, _name + _nameLength));

        /// <summary>The current name, to keep.</summary>
        public readonly ReadOnlyMemory<byte> CurrentName => _data.AsMemory(_name, _nameLength);

        public readonly MemberEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_position >= _end)
            {
                return false;
            }

            _nameLength = ReadLength(_data, ref _position);
            _name = _position;
            _position += _nameLength;
            _position += EncodedLength(_data, _position);
            return true;
        }
    }

    public readonly ref struct MapMember(ReadOnlySpan<byte> name, AttributeValue value)
    {
        private readonly ReadOnlySpan<byte> _name = name;

        public void Deconstruct(out ReadOnlySpan<byte> name, out AttributeValue value)
        {
            name = _name;
            value = Value;
        }

        public AttributeValue Value { get; } = value;
    }

    /// <summary>Walks a list.</summary>
    public struct ElementEnumerator
    {
        private readonly byte[] _data;
        private readonly int _end;
        private int _position;
        private int _current;

        internal ElementEnumerator(byte[] data, int offset)
        {
            _data = data;
            _position = offset + ContainerHeaderLength;
            _end = offset + EncodedLength(data, offset);
        }

        public readonly AttributeValue Current => new(_data, _current);

        public readonly ElementEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_position >= _end)
            {
                return false;
            }

            _current = _position;
            _position += EncodedLength(_data, _position);
            return true;
        }
    }

    /// <summary>Walks a set.</summary>
    public ref struct SetEnumerator
    {
        private readonly byte[] _data;
        private readonly int _end;
        private int _position;
        private int _current;
        private int _length;

        internal SetEnumerator(byte[] data, int offset)
        {
            _data = data;
            _position = offset + ContainerHeaderLength;
            _end = offset + EncodedLength(data, offset);
        }

        public readonly ReadOnlySpan<byte> Current => _data.AsSpan(_current, _length);

        public readonly SetEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_position >= _end)
            {
                return false;
            }

            _length = ReadLength(_data, ref _position);
            _current = _position;
            _position += _length;
            return true;
        }
    }
}
