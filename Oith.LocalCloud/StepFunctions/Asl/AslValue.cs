using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.LocalCloud.StepFunctions.Asl;

internal enum AslKind
{
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,

    /// <summary>A function of a JSONata expression; it never leaves the evaluation.</summary>
    Function,
}

/// <summary>What JSONata notes on an array while an expression is evaluated; every other array has none of them.</summary>
[Flags]
internal enum ArrayTraits : byte
{
    None = 0,

    /// <summary>A sequence: with one item it stands for the item, with none for nothing.</summary>
    Sequence = 1,

    /// <summary>Written as <c>[…]</c> in a path: a step does not flatten it.</summary>
    Constructed = 2,

    /// <summary>A sequence that stays an array with one item.</summary>
    KeepsSingleton = 4,

    /// <summary>The sequence that wraps an input that is an array.</summary>
    OuterWrapper = 8,

    /// <summary>Its items are tuples: a value with the variables bound beside it.</summary>
    TupleStream = 16,
}

/// <summary>
/// A JSON value that never changes, so that states, variables and the history share it without copying. Numbers keep
/// their spelling (<c>1.0</c> stays <c>1.0</c>), members their order.
/// </summary>
internal class AslValue
{
    /// <summary>How deep a value may nest, as AWS's JSON parser has it.</summary>
    public const int MaximumDepth = 1000;

    private const int LookupThreshold = 8;
    private const long EmptyBytes = 80;
    private const long NumberBytes = 128;
    private const long MostBytes = 1L << 40;

    private static readonly JsonReaderOptions s_readerOptions = new() { MaxDepth = MaximumDepth };

    private static readonly JsonWriterOptions s_writerOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = MaximumDepth,
    };

    private readonly AslValue[]? _items;
    private readonly KeyValuePair<string, AslValue>[]? _members;
    private string? _text;
    private double _number = double.NaN;
    private readonly JsonSource? _source;
    private Dictionary<string, AslValue>? _lookup;

    private protected AslValue(AslKind kind)
    {
        Kind = kind;
        Bytes = EmptyBytes;
    }

    private AslValue(
        AslKind kind, string? text = null, AslValue[]? items = null, KeyValuePair<string, AslValue>[]? members = null, JsonSource? source = null)
    {
        Kind = kind;
        _text = text;
        _source = source;
        _items = items;
        _members = members;
        Bytes = EmptyBytes + (2L * (text?.Length ?? 0));
        foreach (var item in Items)
        {
            Depth = Math.Max(Depth, item.Depth);
            Bytes = Math.Min(Bytes + item.Bytes, MostBytes);
        }

        foreach (var (name, member) in Members)
        {
            Depth = Math.Max(Depth, member.Depth);
            Bytes = Math.Min(Bytes + (2L * name.Length) + member.Bytes, MostBytes);
        }

        // Whatever walks over a value recurses, and a loop of states could wrap one ever deeper.
        if ((items is not null || members is not null) && ++Depth > MaximumDepth)
        {
            throw new StateRuntimeException($"The data is nested deeper than {MaximumDepth} levels.", StateFailure.DataLimitExceeded);
        }
    }

    private AslValue(double number)
    {
        Kind = AslKind.Number;
        _number = number;
        Bytes = NumberBytes;
    }

    public static AslValue Null { get; } = new(AslKind.Null);

    public static AslValue True { get; } = new(AslKind.Boolean, "true");

    public static AslValue False { get; } = new(AslKind.Boolean, "false");

    public static AslValue EmptyObject { get; } = new(AslKind.Object, members: []);

    public static AslValue EmptyArray { get; } = new(AslKind.Array, items: []);

    public AslKind Kind { get; }

    /// <summary>How many arrays and objects are inside each other: 0 for a scalar.</summary>
    public int Depth { get; }

    /// <summary>None, but for arrays that a JSONata evaluation made and has not given out yet.</summary>
    public ArrayTraits Traits { get; set; }

    /// <summary>About what the value takes in memory; a part that stands in it several times counts each time.</summary>
    public long Bytes { get; }

    public bool IsObject => Kind == AslKind.Object;

    public bool IsArray => Kind == AslKind.Array;

    public bool IsString => Kind == AslKind.String;

    public bool IsNull => Kind == AslKind.Null;

    /// <summary>The text of a string, the spelling of a number; empty for the rest.</summary>
    public string Text => _text ?? (Kind == AslKind.Number ? _text = JavaScriptNumber.Text(_number) : "");

    public bool Boolean => ReferenceEquals(this, True);

    public ReadOnlySpan<AslValue> Items => _items;

    public ReadOnlySpan<KeyValuePair<string, AslValue>> Members => _members;

    /// <summary>How many items or members.</summary>
    public int Count => _items?.Length ?? _members?.Length ?? 0;

    /// <summary>A number's value; not a number for other kinds.</summary>
    public double Number
    {
        get
        {
            // Two threads may parse it at once; both come to the same.
            if (Kind == AslKind.Number && double.IsNaN(_number))
            {
                _number = double.Parse(Text, CultureInfo.InvariantCulture);
            }

            return _number;
        }
    }

    public static AslValue Of(string text) => new(AslKind.String, text);

    public static AslValue Of(bool value) => value ? True : False;

    public static AslValue Of(long value) => new(AslKind.Number, value.ToString(CultureInfo.InvariantCulture));

    public static AslValue Of(double value) => new(AslKind.Number, JavaText.Of(value));

    /// <summary>A number that prints as JavaScript prints it.</summary>
    public static AslValue OfJavaScript(double value) => new(value);

    /// <summary>An array of its own, not the shared empty one.</summary>
    public static AslValue ArrayOf(AslValue[] items, ArrayTraits traits = ArrayTraits.None) => new(AslKind.Array, items: items) { Traits = traits };

    /// <summary>The same items as an array with other traits.</summary>
    public AslValue WithTraits(ArrayTraits traits) => new(AslKind.Array, items: _items) { Traits = traits };

    /// <summary>An object of its own, not the shared empty one.</summary>
    public static AslValue ObjectOf(KeyValuePair<string, AslValue>[] members) => new(AslKind.Object, members: members);

    public static AslValue Of(BigInteger value) => new(AslKind.Number, value.ToString(CultureInfo.InvariantCulture));

    public static AslValue OfOptional(string? text) => text is null ? Null : Of(text);

    public static AslValue Array(params AslValue[] items) => items.Length == 0 ? EmptyArray : new(AslKind.Array, items: items);

    public static AslValue Object(params KeyValuePair<string, AslValue>[] members) =>
        members.Length == 0 ? EmptyObject : new(AslKind.Object, members: members);

    public static AslValue Object(params (string Name, AslValue Value)[] members) =>
        Object(System.Array.ConvertAll(members, member => KeyValuePair.Create(member.Name, member.Value)));

    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static AslValue Parse(string json)
    {
        var length = Encoding.UTF8.GetMaxByteCount(json.Length);
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return Parse(bytes.AsSpan(0, Encoding.UTF8.GetBytes(json, bytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static AslValue Parse(ReadOnlySpan<byte> json) => Parse(json, null);

    /// <summary>Parses a text so that the value, and each part of it, is shown again as it was sent: with its spaces and escapes.</summary>
    /// <exception cref="JsonException">The text is not one JSON value.</exception>
    public static AslValue ParseAsSent(string json)
    {
        var value = Parse(json);
        if (value.Count == 0 || value.ToJson() == json)
        {
            return value;
        }

        var source = Encoding.UTF8.GetBytes(json);
        return Parse(source, source);
    }

    private static AslValue Parse(ReadOnlySpan<byte> json, byte[]? source)
    {
        var reader = new Utf8JsonReader(json, s_readerOptions);
        try
        {
            reader.Read();
            var value = Read(ref reader, source);
            return reader.Read() ? throw new JsonException("There is text after the JSON value.") : value;
        }
        catch (InvalidOperationException error)
        {
            // Half of a surrogate pair: JSON, but no text.
            throw new JsonException(error.Message, error);
        }
    }

    /// <summary>A numeral as paths and intrinsic functions write it, null for any other text.</summary>
    public static AslValue? TryOfNumeral(string text) =>
        text.Length == 0 || !(char.IsAsciiDigit(text[0]) || text[0] is '-' or '+') ? null
        : BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? Of(whole)
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? Of(number)
        : null;

    public static AslValue From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Object([.. element.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, From(member.Value)))]),
        JsonValueKind.Array => Array([.. element.EnumerateArray().Select(From)]),
        JsonValueKind.String => Of(element.GetString()!),
        JsonValueKind.Number => OfNumber(element.GetRawText()),
        JsonValueKind.True => True,
        JsonValueKind.False => False,
        _ => Null,
    };

    public bool TryGet(string name, out AslValue value)
    {
        if (_members is null)
        {
            value = Null;
            return false;
        }

        if (_members.Length > LookupThreshold)
        {
            // Two threads may build it at once; both build the same.
            _lookup ??= BuildLookup();
            return _lookup.TryGetValue(name, out value!);
        }

        // From the end: of two members with one name the last counts, as in Java.
        for (var i = _members.Length - 1; i >= 0; i--)
        {
            if (_members[i].Key == name)
            {
                value = _members[i].Value;
                return true;
            }
        }

        value = Null;
        return false;
    }

    public AslValue? Find(string name) => TryGet(name, out var value) ? value : null;

    /// <summary>The object with one member set; keeps the place of a member that was there.</summary>
    public AslValue With(string name, AslValue value)
    {
        var members = _members ?? [];
        var index = System.Array.FindIndex(members, member => member.Key == name);
        var changed = new KeyValuePair<string, AslValue>[index < 0 ? members.Length + 1 : members.Length];
        members.CopyTo(changed, 0);
        changed[index < 0 ? ^1 : index] = KeyValuePair.Create(name, value);
        return Object(changed);
    }

    public AslValue WithItem(int index, AslValue value)
    {
        var items = Items.ToArray();
        items[index] = value;
        return Array(items);
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case AslKind.Null:
                writer.WriteNullValue();
                break;
            case AslKind.Boolean:
                writer.WriteBooleanValue(Boolean);
                break;
            case AslKind.Number:
                writer.WriteRawValue(Text, skipInputValidation: true);
                break;
            case AslKind.String:
                writer.WriteStringValue(Text);
                break;
            case AslKind.Array:
                writer.WriteStartArray();
                foreach (var item in _items!)
                {
                    item.WriteTo(writer);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartObject();
                foreach (var (name, value) in _members!)
                {
                    writer.WritePropertyName(name);
                    value.WriteTo(writer);
                }

                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>True when the value was sent in a form that differs from its compact JSON.</summary>
    public bool HasSource => _source is not null;

    /// <summary>The JSON text as it was sent; compact JSON of a value that was computed.</summary>
    public string ToText() => _source?.Text ?? ToJson();

    /// <summary>Compact JSON text.</summary>
    public string ToJson()
    {
        switch (Kind)
        {
            case AslKind.Null:
                return "null";
            case AslKind.Boolean or AslKind.Number:
                return Text;
            case AslKind.Object when _members!.Length == 0:
                return "{}";
            case AslKind.Array when _items!.Length == 0:
                return "[]";
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, s_writerOptions))
        {
            WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Whether the value takes at most so many bytes as JSON; cheap enough to ask after every state.</summary>
    public bool IsWithin(long maximum)
    {
        var left = maximum;
        if (Fits(ref left, BytesAtMost))
        {
            return true;
        }

        // Values share their parts, so a value may be far larger than the memory that it takes: its text is written only when that is about as short.
        left = maximum;
        return Fits(ref left, BytesAtLeast) && Encoding.UTF8.GetByteCount(ToJson()) <= maximum;
    }

    public bool JsonEquals(AslValue other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (Kind != other.Kind || Count != other.Count)
        {
            return false;
        }

        switch (Kind)
        {
            case AslKind.Number:
                return Text == other.Text || Number.Equals(other.Number);
            case AslKind.Array:
                for (var i = 0; i < _items!.Length; i++)
                {
                    if (!_items[i].JsonEquals(other._items![i]))
                    {
                        return false;
                    }
                }

                return true;
            case AslKind.Object:
                foreach (var (name, value) in _members!)
                {
                    if (!other.TryGet(name, out var theirs) || !value.JsonEquals(theirs))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return Text == other.Text;
        }
    }

    public override string ToString() => ToJson();

    private static AslValue Read(ref Utf8JsonReader reader, byte[]? source)
    {
        var start = (int)reader.TokenStartIndex;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new List<KeyValuePair<string, AslValue>>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    members.Add(KeyValuePair.Create(name, Read(ref reader, source)));
                }

                return source is null || members.Count == 0
                    ? Object([.. members])
                    : new(AslKind.Object, members: [.. members], source: new JsonSource(source, start, (int)reader.BytesConsumed - start));
            case JsonTokenType.StartArray:
                var items = new List<AslValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Read(ref reader, source));
                }

                return source is null || items.Count == 0
                    ? Array([.. items])
                    : new(AslKind.Array, items: [.. items], source: new JsonSource(source, start, (int)reader.BytesConsumed - start));
            case JsonTokenType.String:
                return Of(reader.GetString()!);
            case JsonTokenType.Number:
                return OfNumber(Encoding.ASCII.GetString(reader.ValueSpan));
            case JsonTokenType.True:
                return True;
            case JsonTokenType.False:
                return False;
            default:
                return Null;
        }
    }

    // AWS reads numbers as Java does: whole numbers exactly, the rest as doubles (1E3 is shown as 1000.0).
    private static AslValue OfNumber(string text) =>
        text.AsSpan().ContainsAny('.', 'e', 'E') ? Of(Finite(double.Parse(text, CultureInfo.InvariantCulture)))
        : new(AslKind.Number, text == "-0" ? "0" : text);

    private static double Finite(double number) =>
        double.IsFinite(number) ? number : throw new JsonException("A number is larger than a double can be.");

    private Dictionary<string, AslValue> BuildLookup()
    {
        var lookup = new Dictionary<string, AslValue>(_members!.Length, StringComparer.Ordinal);
        foreach (var (name, value) in _members)
        {
            lookup[name] = value;
        }

        return lookup;
    }

    private bool Fits(ref long left, Func<string, long> bytesOf)
    {
        left -= Kind is AslKind.Array or AslKind.Object ? 2 + Math.Max(0, Count - 1) : bytesOf(Text);
        foreach (var item in Items)
        {
            if (left < 0 || !item.Fits(ref left, bytesOf))
            {
                return false;
            }
        }

        foreach (var (name, value) in Members)
        {
            left -= bytesOf(name) + 1;
            if (left < 0 || !value.Fits(ref left, bytesOf))
            {
                return false;
            }
        }

        return left >= 0;
    }

    // A character of UTF-16 becomes an escape of six bytes at most.
    private static long BytesAtMost(string text) => 5 + (6L * text.Length);

    private static long BytesAtLeast(string text) => text.Length;
}

/// <summary>The part of a JSON text that a value was parsed from.</summary>
internal sealed class JsonSource(byte[] utf8, int start, int length)
{
    public string Text => Encoding.UTF8.GetString(utf8, start, length);
}
