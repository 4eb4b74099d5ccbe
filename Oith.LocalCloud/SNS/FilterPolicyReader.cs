using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Oith.LocalCloud.SNS;

/// <summary>Reads a filter policy's JSON, checking it token by token so that an error tells the place as AWS does.</summary>
internal ref struct FilterPolicyReader
{
    private readonly string _text;
    private Utf8JsonReader _reader;
    private bool _isTextRead;
    private bool _isNested;

    public FilterPolicyReader(string text)
    {
        var json = Compact(text);
        _text = Encoding.UTF8.GetString(json);
        _reader = new Utf8JsonReader(json);
    }

    /// <returns>The alternatives that <c>$or</c> makes (one without it), the number of top-level names, and whether any name is nested.</returns>
    public (IReadOnlyList<IReadOnlyList<FilterRule>> Alternatives, int Keys, bool IsNested) Read()
    {
        Next();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            throw Error("Filter is not an object");
        }

        var keys = 0;
        var alternatives = ReadObject([[]], "", 0, ref keys);
        return (alternatives, keys, _isNested);
    }

    // AWS reads a policy again from what it keeps: its places in the text are those without white space. What is no JSON is told as it was sent.
    private static byte[] Compact(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var compact = new ArrayBufferWriter<byte>(text.Length);
            using (var writer = new Utf8JsonWriter(compact, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                document.RootElement.WriteTo(writer);
            }

            return compact.WrittenSpan.ToArray();
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetBytes(text);
        }
    }

    private List<List<FilterRule>> ReadObject(List<List<FilterRule>> alternatives, string prefix, int depth, ref int keys)
    {
        while (Next() != JsonTokenType.EndObject)
        {
            var name = _reader.GetString()!;
            keys++;
            Next();
            var path = prefix.Length == 0 ? name : $"{prefix}.{name}";
            var nested = 0;
            switch (_reader.TokenType)
            {
                case JsonTokenType.StartArray when name == "$or":
                    alternatives = ReadAlternatives(alternatives, prefix, depth);
                    break;
                case JsonTokenType.StartArray:
                    var rule = new FilterRule(path, depth + 1, ReadConditions());
                    alternatives = [.. alternatives.Select(rules => new List<FilterRule>(rules) { rule })];
                    break;
                case JsonTokenType.StartObject:
                    _isNested = true;
                    alternatives = ReadObject(alternatives, path, depth + 1, ref nested);
                    break;
                default:
                    throw Error($"\"{name}\" must be an object or an array");
            }
        }

        return alternatives;
    }

    private List<List<FilterRule>> ReadAlternatives(List<List<FilterRule>> alternatives, string prefix, int depth)
    {
        var all = new List<List<FilterRule>>();
        while (Next() != JsonTokenType.EndArray)
        {
            if (_reader.TokenType != JsonTokenType.StartObject)
            {
                throw Error("$or must be an array of objects");
            }

            var keys = 0;
            all.AddRange(ReadObject(alternatives, prefix, depth, ref keys));
            if (all.Count > FilterPolicy.MostCombinations)
            {
                // Each alternative is one combination at least, and every further $or multiplies them.
                throw new FilterPolicyException(FilterPolicy.TooComplex);
            }
        }

        return all;
    }

    private List<FilterCondition> ReadConditions()
    {
        var conditions = new List<FilterCondition>();
        while (Next() != JsonTokenType.EndArray)
        {
            conditions.Add(_reader.TokenType switch
            {
                JsonTokenType.StartObject => ReadOperator(),
                JsonTokenType.StartArray => throw Error("Match value must be String, number, true, false, or null"),
                _ => new EqualsCondition(Value()),
            });
        }

        return conditions.Count > 0 ? conditions : throw Error("Empty arrays are not allowed");
    }

    private FilterCondition ReadOperator()
    {
        if (Next() != JsonTokenType.PropertyName)
        {
            throw Error("Empty objects are not allowed");
        }

        var name = _reader.GetString()!;
        Next();
        FilterCondition condition = name switch
        {
            "exists" => new ExistsCondition(_reader.TokenType is JsonTokenType.True or JsonTokenType.False
                ? _reader.GetBoolean()
                : throw Error("exists match pattern must be either true or false.")),
            "prefix" or "suffix" or "equals-ignore-case" => new TextCondition(name, TextOf(name)),
            "anything-but" => ReadAnythingBut(),
            "numeric" => ReadNumeric(),
            "cidr" => new CidrCondition(ParseNetwork(TextOf("prefix"))),
            _ => throw Error($"Unrecognized match type {name}"),
        };
        if (Next() != JsonTokenType.EndObject)
        {
            Next();
            throw Error("Only one key allowed in match expression");
        }

        return condition;
    }

    private AnythingButCondition ReadAnythingBut()
    {
        if (_reader.TokenType == JsonTokenType.StartArray)
        {
            var excluded = new List<FilterCondition>();
            while (Next() != JsonTokenType.EndArray)
            {
                excluded.Add(new EqualsCondition(Value()));
            }

            return new AnythingButCondition(excluded);
        }

        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return new AnythingButCondition([new EqualsCondition(Value())]);
        }

        Next();
        var name = _reader.GetString()!;
        Next();
        if (name != "prefix")
        {
            throw Error($"Unsupported anything-but pattern: {name}");
        }

        var prefix = new TextCondition(name, TextOf(name));
        Next();
        return new AnythingButCondition([prefix]);
    }

    private NumericCondition ReadNumeric()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            throw Error("Value of numeric must be an array.");
        }

        var first = ReadNumericOperator();
        Next();
        if (first is not ("=" or "<" or "<=" or ">" or ">="))
        {
            throw Error($"Unrecognized numeric range operator: {first}");
        }

        var bottom = ReadOperand(first);
        if (Next() == JsonTokenType.EndArray)
        {
            return new NumericCondition([(first, bottom)]);
        }

        if (first is not (">" or ">="))
        {
            throw Error("Too many elements in numeric expression");
        }

        if (_reader.TokenType != JsonTokenType.String)
        {
            throw Error($"Bad value in numeric range: {RawText()}");
        }

        var second = ReadText();
        if (second is not ("<" or "<="))
        {
            throw Error($"Bad numeric range operator: {second}");
        }

        Next();
        var top = ReadOperand(second);
        if (Next() != JsonTokenType.EndArray)
        {
            throw Error("Too many terms in numeric range expression");
        }

        return bottom < top
            ? new NumericCondition([(first, bottom), (second, top)])
            : throw Error("Bottom must be less than top");
    }

    private string ReadNumericOperator() => Next() == JsonTokenType.String
        ? ReadText()
        : throw Error($"Invalid member in numeric match: {RawText()}");

    private readonly double ReadOperand(string name) => _reader.TokenType == JsonTokenType.Number
        ? _reader.GetDouble()
        : throw Error($"Value of {(name == "=" ? "equals" : name)} must be numeric");

    private string TextOf(string name) =>
        _reader.TokenType == JsonTokenType.String ? ReadText() : throw Error($"{name} match pattern must be a string");

    private static IPNetwork ParseNetwork(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            throw new FilterPolicyException("Malformed CIDR, one '/' required");
        }

        if (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
        {
            throw new FilterPolicyException("Malformed CIDR, mask bits must be an integer");
        }

        if (!IPAddress.TryParse(text.AsSpan(0, slash), out var address))
        {
            throw new FilterPolicyException($"Nonstandard IP address: {text[..slash]}");
        }

        var bytes = address.GetAddressBytes();
        if (bits > bytes.Length * 8)
        {
            throw new FilterPolicyException("Malformed CIDR, mask bits out of range");
        }

        for (var bit = bits; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), bits);
    }

    private FilterValue Value()
    {
        var text = _reader.TokenType == JsonTokenType.String ? ReadText() : RawText();
        return _reader.TokenType switch
        {
            JsonTokenType.String => new FilterValue(JsonValueKind.String, text, double.NaN),
            JsonTokenType.Number => new FilterValue(JsonValueKind.Number, text, _reader.GetDouble()),
            JsonTokenType.True => new FilterValue(JsonValueKind.True, text, double.NaN),
            JsonTokenType.False => new FilterValue(JsonValueKind.False, text, double.NaN),
            JsonTokenType.Null => new FilterValue(JsonValueKind.Null, text, double.NaN),
            _ => throw Error("Match value must be String, number, true, false, or null"),
        };
    }

    private string ReadText()
    {
        _isTextRead = true;
        return _reader.GetString()!;
    }

    private readonly string RawText() => _reader.TokenType == JsonTokenType.EndArray ? "]" : Encoding.UTF8.GetString(_reader.ValueSpan);

    private JsonTokenType Next()
    {
        _isTextRead = false;
        try
        {
            _reader.Read();
        }
        catch (JsonException error)
        {
            throw new FilterPolicyException(SNSErrors.Unparsable(_text, error));
        }

        return _reader.TokenType;
    }

    // AWS's parser stands behind a token, but reads a string's text only on demand and until then stands behind its opening quote.
    private readonly FilterPolicyException Error(string message)
    {
        var column = _reader.TokenType == JsonTokenType.String && !_isTextRead ? _reader.TokenStartIndex + 2 : _reader.BytesConsumed + 1;
        return new FilterPolicyException($"{message}\n at [Source: (String)\"{_text}\"; line: 1, column: {column}]");
    }
}
