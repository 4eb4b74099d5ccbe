using System.Buffers.Binary;

namespace Oith.LocalCloud.DynamoDB.Values;

/// <summary>Encodes values (see <see cref="AttributeValue"/>) into a growing buffer that is used again and again.</summary>
internal sealed class ValueWriter
{
    private const int LargestKept = 1 << 20;

    [ThreadStatic]
    private static ValueWriter? s_free;

    private byte[] _buffer = new byte[4096];
    private int _length;

    public int Length => _length;

    /// <summary>An empty writer of this thread; give it back with <see cref="Return"/>.</summary>
    public static ValueWriter Rent()
    {
        var writer = s_free ?? new ValueWriter();
        s_free = null;
        writer._length = 0;
        return writer;
    }

    public void Return()
    {
        if (_buffer.Length <= LargestKept)
        {
            s_free = this;
        }
    }

    public byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();

    /// <summary>What was written so far; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void WriteScalar(AttributeType type, ReadOnlySpan<byte> bytes)
    {
        WriteByte((byte)type);
        WriteBytes(bytes);
    }

    public void WriteBoolean(bool value)
    {
        WriteByte((byte)AttributeType.BOOL);
        WriteByte(value ? (byte)1 : (byte)0);
    }

    public void WriteNull() => WriteByte((byte)AttributeType.NULL);

    /// <summary>A map member's name or a set's element: length and bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        var length = (uint)bytes.Length;
        var span = Reserve(5 + bytes.Length);
        var position = 0;
        while (length >= 0x80)
        {
            span[position++] = (byte)(length | 0x80);
            length >>= 7;
        }

        span[position++] = (byte)length;
        bytes.CopyTo(span[position..]);
        _length += position + bytes.Length;
    }

    /// <summary>A value that is encoded already.</summary>
    public void WriteEncoded(ReadOnlySpan<byte> encoded)
    {
        encoded.CopyTo(Reserve(encoded.Length));
        _length += encoded.Length;
    }

    /// <summary>Opens a set, list or map; write its elements and pass the result to <see cref="EndContainer"/>.</summary>
    public int StartContainer(AttributeType type)
    {
        var start = _length;
        Reserve(AttributeValue.ContainerHeaderLength)[0] = (byte)type;
        _length += AttributeValue.ContainerHeaderLength;
        return start;
    }

    public void EndContainer(int start, int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start + 1), _length - start - AttributeValue.ContainerHeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start + 5), count);
    }

    /// <summary>Room for at most <paramref name="length"/> bytes; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_buffer.Length - _length < length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + length));
        }

        return _buffer.AsSpan(_length);
    }

    public void Advance(int length) => _length += length;

    /// <summary>Forgets what was written after the length was <paramref name="length"/>.</summary>
    public void Truncate(int length) => _length = length;

    public void WriteByte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }
}
