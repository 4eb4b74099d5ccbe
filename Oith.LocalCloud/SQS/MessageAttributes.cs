using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Oith.LocalCloud.SQS;

/// <summary>One message attribute. Exactly one of the values is set.</summary>
internal readonly record struct MessageAttribute(string Name, string DataType, string? StringValue, byte[]? BinaryValue)
{
    /// <summary>What it counts toward the message's size.</summary>
    public int Size =>
        Encoding.UTF8.GetByteCount(Name) + Encoding.UTF8.GetByteCount(DataType)
        + (StringValue is null ? BinaryValue!.Length : Encoding.UTF8.GetByteCount(StringValue));

    public void WriteTo(Utf8JsonWriter output)
    {
        output.WriteStartObject(Name);
        if (StringValue is null)
        {
            output.WriteBase64String(nameof(BinaryValue), BinaryValue);
        }
        else
        {
            output.WriteString(nameof(StringValue), StringValue);
        }

        output.WriteString(nameof(DataType), DataType);
        output.WriteEndObject();
    }
}

/// <summary>A message's attributes in the order of their names, with the digest that SDKs check.</summary>
internal sealed class MessageAttributes
{
    public static readonly MessageAttributes None = new([]);

    private readonly MessageAttribute[] _items;

    /// <param name="items">Sorted by name, ordinal.</param>
    public MessageAttributes(MessageAttribute[] items)
    {
        _items = items;
        MD5 = items.Length == 0 ? null : Digest(items);
    }

    /// <summary>Lower-case hex; null without attributes.</summary>
    public string? MD5 { get; }

    public ReadOnlySpan<MessageAttribute> Items => _items;

    public int Size
    {
        get
        {
            var size = 0;
            foreach (var item in _items)
            {
                size += item.Size;
            }

            return size;
        }
    }

    /// <summary>Only those that a receive asked for.</summary>
    /// <param name="names">Names, prefixes (<c>Hello.*</c>), or all of them (<c>All</c>, <c>.*</c>).</param>
    public MessageAttributes Matching(IReadOnlyList<string> names)
    {
        if (_items.Length == 0 || names.Count == 0)
        {
            return None;
        }

        var kept = Array.FindAll(_items, item => IsAskedFor(item.Name, names));
        return kept.Length == _items.Length ? this : kept.Length == 0 ? None : new MessageAttributes(kept);
    }

    private static bool IsAskedFor(string name, IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            var asked = names[i];
            if (asked is "All" or ".*" or "*" || asked == name
                || (asked.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(asked.AsSpan(0, asked.Length - 2), StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    // AWS's rule: each name, type and value with its length before it as four big-endian bytes, values marked 1 (string) or 2 (binary).
    private static string Digest(MessageAttribute[] items)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var item in items)
        {
            Append(hash, Encoding.UTF8.GetBytes(item.Name));
            Append(hash, Encoding.UTF8.GetBytes(item.DataType));
            hash.AppendData([item.StringValue is null ? (byte)2 : (byte)1]);
            Append(hash, item.StringValue is null ? item.BinaryValue! : Encoding.UTF8.GetBytes(item.StringValue));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, byte[] value)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        hash.AppendData(length);
        hash.AppendData(value);
    }
}
