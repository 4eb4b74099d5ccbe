using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Oith.Matching.Engine;

/// <summary>
/// The texts of e-mails, one after the other in pages of bytes: two bytes of length, then ASCII, or UTF-16 where ASCII does not
/// do. An address is counted in units of four bytes. A page whose texts are all erased is given back; its addresses are used
/// again only when there are no others left, long after the last reader has forgotten them. One writer, any readers.
/// </summary>
internal sealed class EmailArena
{
    /// <summary>Bytes that the longest e-mail takes encoded: the length of a text is told in 15 bits.</summary>
    public const int MaxEncodedSize = HeaderSize + 0x7FFE;

    private const int HeaderSize = 2;
    private const int PageBits = 16;
    private const int UnitBits = 2;
    private const int AddressBits = 31;
    private const int MaxPages = 1 << (AddressBits - (PageBits - UnitBits));
    private const ushort Utf16Flag = 0x8000;

    // Stands where a page was given back: every text in it reads as erased.
    private static readonly byte[] s_erased = new byte[1 << PageBits];

    private readonly Queue<int> _freed = [];
    private byte[][] _pages = new byte[16][];
    private int[] _texts = new int[16];
    private int _pageCount;
    private int _page = -1;
    private int _used = 1 << PageBits;

    /// <summary>Bytes held.</summary>
    public long Bytes => (long)(_pageCount - _freed.Count) << PageBits;

    /// <returns>How many bytes of <paramref name="into"/> the e-mail takes.</returns>
    public static int Encode(string email, Span<byte> into)
    {
        int size;
        ushort flag;
        if (Ascii.FromUtf16(email, into[HeaderSize..], out size) == System.Buffers.OperationStatus.Done)
        {
            flag = 0;
        }
        else
        {
            var bytes = MemoryMarshal.AsBytes(email.AsSpan());
            bytes.CopyTo(into[HeaderSize..]);
            (size, flag) = (bytes.Length, Utf16Flag);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)(size | flag));
        return HeaderSize + size;
    }

    /// <summary>Spreads encoded e-mails over 64 bits; the same within a process only.</summary>
    public static ulong Hash(ReadOnlySpan<byte> encoded)
    {
        const ulong Prime = 0x9E3779B97F4A7C15;
        var hash = (ulong)encoded.Length * Prime;
        while (encoded.Length >= sizeof(ulong))
        {
            hash = BitOperations.RotateLeft(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(encoded) * Prime, 29) * Prime;
            encoded = encoded[sizeof(ulong)..];
        }

        foreach (var tail in encoded)
        {
            hash = (hash ^ tail) * Prime;
        }

        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93;
        return hash ^ hash >> 32;
    }

    public uint Add(ReadOnlySpan<byte> encoded)
    {
        if (_used + encoded.Length > 1 << PageBits)
        {
            BeginPage();
        }

        encoded.CopyTo(_pages[_page].AsSpan(_used));
        _texts[_page]++;
        var address = (uint)((_page << (PageBits - UnitBits)) | (_used >> UnitBits));
        _used += (encoded.Length + (1 << UnitBits) - 1) & ~((1 << UnitBits) - 1);
        return address;
    }

    /// <summary>Forgets a text. A reader that holds its address finds it gone.</summary>
    public void Erase(uint address)
    {
        var entry = Entry(address);
        var text = entry[HeaderSize..(HeaderSize + Size(entry))];
        BinaryPrimitives.WriteUInt16LittleEndian(entry, 0);
        Interlocked.MemoryBarrier();
        text.Clear();
        var page = PageOf(address);
        if (--_texts[page] == 0 && page != _page)
        {
            GiveBack(page);
        }
    }

    /// <summary>The encoded form, for the writer alone.</summary>
    public ReadOnlySpan<byte> Encoded(uint address)
    {
        var entry = Entry(address);
        return entry[..(HeaderSize + Size(entry))];
    }

    public bool Is(uint address, ReadOnlySpan<byte> encoded)
    {
        var entry = Entry(address);
        return entry.Length >= encoded.Length && entry[..encoded.Length].SequenceEqual(encoded);
    }

    /// <param name="size">Bytes that the encoded form takes.</param>
    /// <exception cref="ArgumentException">It is cut off.</exception>
    public static string Decode(ReadOnlySpan<byte> encoded, out int size)
    {
        var header = BinaryPrimitives.ReadUInt16LittleEndian(encoded);
        var text = encoded.Slice(HeaderSize, header & ~Utf16Flag);
        size = HeaderSize + text.Length;
        return Decode(header, text);
    }

    /// <summary>Null when the text has been erased.</summary>
    public string? Text(uint address)
    {
        var entry = Entry(address);
        var header = BinaryPrimitives.ReadUInt16LittleEndian(entry);
        var text = entry.Slice(HeaderSize, header & ~Utf16Flag);
        var result = Decode(header, text);
        Volatile.ReadBarrier();
        return header != 0 && BinaryPrimitives.ReadUInt16LittleEndian(entry) == header ? result : null;
    }

    /// <summary>The text, in <paramref name="buffer"/> where that is long enough; empty when it has been erased.</summary>
    public ReadOnlySpan<char> Text(uint address, Span<char> buffer)
    {
        var entry = Entry(address);
        var header = BinaryPrimitives.ReadUInt16LittleEndian(entry);
        if ((header & Utf16Flag) != 0 || header > buffer.Length)
        {
            return Text(address);
        }

        _ = Ascii.ToUtf16(entry.Slice(HeaderSize, header), buffer, out var length);
        Volatile.ReadBarrier();
        return BinaryPrimitives.ReadUInt16LittleEndian(entry) == header ? buffer[..length] : [];
    }

    /// <summary>Has the processor fetch a text that is read soon.</summary>
    public void Prefetch(uint address) => Processor.Prefetch(ref MemoryMarshal.GetReference(Entry(address)));

    /// <summary>The ordinal order of the texts.</summary>
    public int Compare(uint one, uint other)
    {
        var left = Entry(one);
        var right = Entry(other);
        var leftWide = IsUtf16(left);
        var rightWide = IsUtf16(right);
        left = left.Slice(HeaderSize, Size(left));
        right = right.Slice(HeaderSize, Size(right));
        if (!leftWide && !rightWide)
        {
            return left.SequenceCompareTo(right);
        }

        var leftLength = leftWide ? left.Length / sizeof(char) : left.Length;
        var rightLength = rightWide ? right.Length / sizeof(char) : right.Length;
        for (var i = 0; i < Math.Min(leftLength, rightLength); i++)
        {
            var byUnit = Unit(left, leftWide, i) - Unit(right, rightWide, i);
            if (byUnit != 0)
            {
                return byUnit;
            }
        }

        return leftLength - rightLength;
    }

    private static string Decode(ushort header, ReadOnlySpan<byte> text) =>
        (header & Utf16Flag) == 0 ? Encoding.ASCII.GetString(text) : MemoryMarshal.Cast<byte, char>(text).ToString();

    private void BeginPage()
    {
        var former = _page;
        _page = _pageCount < MaxPages ? _pageCount++ : _freed.Dequeue();
        _used = 0;
        if (_page == _pages.Length)
        {
            var pages = new byte[2 * _page][];
            _pages.CopyTo(pages, 0);
            Volatile.Write(ref _pages, pages);
            Array.Resize(ref _texts, 2 * _page);
        }

        Volatile.Write(ref _pages[_page], new byte[1 << PageBits]);
        if (former >= 0 && _texts[former] == 0)
        {
            GiveBack(former);
        }
    }

    private void GiveBack(int page)
    {
        Volatile.Write(ref _pages[page], s_erased);
        _freed.Enqueue(page);
    }

    private static int PageOf(uint address) => (int)(address >> (PageBits - UnitBits));

    private static int Unit(ReadOnlySpan<byte> text, bool isUtf16, int at) =>
        isUtf16 ? MemoryMarshal.Cast<byte, char>(text)[at] : text[at];

    private static bool IsUtf16(ReadOnlySpan<byte> entry) => (BinaryPrimitives.ReadUInt16LittleEndian(entry) & Utf16Flag) != 0;

    private static int Size(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt16LittleEndian(entry) & ~Utf16Flag;

    private Span<byte> Entry(uint address)
    {
        var pages = Volatile.Read(ref _pages);
        return pages[PageOf(address)].AsSpan((int)(address << UnitBits) & ((1 << PageBits) - 1));
    }
}
