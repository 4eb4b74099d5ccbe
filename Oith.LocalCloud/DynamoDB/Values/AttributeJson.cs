using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.DynamoDB.Values;

/// <summary>Attribute values between the wire's JSON (<c>{"name":{"S":"Ann"},"age":{"N":"31"}}</c>) and their encoding.</summary>
internal static class AttributeJson
{
    /// <summary>DynamoDB's limit on lists and maps inside each other.</summary>
    public const int MaximumDepth = 32;

    /// <summary>Reads a map of attributes.</summary>
    /// <param name="invalid">What stands before and after the words of a value's error, as the operation words it; null adds nothing.</param>
    /// <returns>An encoded map.</returns>
    public static byte[] ReadMap(JsonElement map, Func<string, string, string>? invalid = null)
    {
        var writer = ValueWriter.Rent();
        try
        {
            WriteMap(writer, map, 0, invalid);
            return writer.ToArray();
        }
        finally
        {
            writer.Return();
        }
    }

    public static Item ReadItem(JsonElement map) => new(ReadMap(map));

    /// <summary>Reads one value.</summary>
    public static AttributeValue ReadValue(JsonElement value)
    {
        var writer = ValueWriter.Rent();
        try
        {
            WriteValue(writer, value, 0);
            return new AttributeValue(writer.ToArray(), 0);
        }
        finally
        {
            writer.Return();
        }
    }

    public static void Write(Utf8JsonWriter output, Item item) => WriteMembers(output, item.Root);

    public static void WriteMembers(Utf8JsonWriter output, AttributeValue map)
    {
        output.WriteStartObject();
        foreach (var (name, value) in map.Members)
        {
            output.WritePropertyName(name);
            WriteValue(output, value);
        }

        output.WriteEndObject();
    }

    public static void WriteValue(Utf8JsonWriter output, AttributeValue value)
    {
        output.WriteStartObject();
        switch (value.Type)
        {
            case AttributeType.S:
                output.WriteString("S"u8, value.Scalar);
                break;
            case AttributeType.N:
                output.WritePropertyName("N"u8);
                WriteNumber(output, value.Scalar);
                break;
            case AttributeType.B:
                output.WriteBase64String("B"u8, value.Scalar);
                break;
            case AttributeType.BOOL:
                output.WriteBoolean("BOOL"u8, value.Boolean);
                break;
            case AttributeType.NULL:
                output.WriteBoolean("NULL"u8, true);
                break;
            case AttributeType.M:
                output.WritePropertyName("M"u8);
                WriteMembers(output, value);
                break;
            case AttributeType.L:
                output.WriteStartArray("L"u8);
                foreach (var element in value.Elements)
                {
                    WriteValue(output, element);
                }

                output.WriteEndArray();
                break;
            default:
                output.WriteStartArray(value.Type.Name());
                foreach (var element in value.SetElements)
                {
                    switch (value.Type)
                    {
                        case AttributeType.SS:
                            output.WriteStringValue(element);
                            break;
                        case AttributeType.NS:
                            WriteNumber(output, element);
                            break;
                        default:
                            output.WriteBase64StringValue(element);
                            break;
                    }
                }

                output.WriteEndArray();
                break;
        }

        output.WriteEndObject();
    }

    /// <summary>A map of attributes as a JSON tree, for errors that carry an item.</summary>
    public static JsonNode ToNode(AttributeValue map)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteMembers(writer, map);
        }

        return JsonNode.Parse(buffer.WrittenSpan)!;
    }

    /// <summary>The value in the notation of DynamoDB's errors: <c>{S:abc}</c>.</summary>
    public static string Describe(AttributeValue value) => value.Type switch
    {
        AttributeType.S => $"{{S:{Encoding.UTF8.GetString(value.Scalar)}}}",
        AttributeType.N => $"{{N:{NumberEncoding.ToText(value.Scalar)}}}",
        AttributeType.B => $"{{B:{Convert.ToBase64String(value.Scalar)}}}",
        var type => $"{{{type.Name()}}}",
    };

    /// <summary>A JSON string's characters as UTF-8, without an allocation when nothing in it is escaped.</summary>
    public static ReadOnlySpan<byte> Utf8(JsonElement text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        return raw.Contains((byte)'\\') ? Unescape(text) : raw;
    }

    private static void WriteNumber(Utf8JsonWriter output, ReadOnlySpan<byte> number)
    {
        Span<byte> text = stackalloc byte[NumberEncoding.MaximumTextLength];
        output.WriteStringValue(text[..NumberEncoding.Format(number, text)]);
    }

    private static void WriteMap(ValueWriter writer, JsonElement map, int depth, Func<string, string, string>? invalid)
    {
        if (map.ValueKind != JsonValueKind.Object)
        {
            throw DynamoDBError.Serialization("Unexpected field type");
        }

        var start = writer.StartContainer(AttributeType.M);
        var count = 0;
        foreach (var member in map.EnumerateObject())
        {
            writer.WriteBytes(Utf8Name(member));
            try
            {
                WriteValue(writer, member.Value, depth);
            }
            catch (Wire.AwsServiceException error) when (invalid is not null && error.Code == "ValidationException")
            {
                throw DynamoDBError.Validation(invalid(error.Message, member.Name));
            }

            count++;
        }

        writer.EndContainer(start, count);
    }

    private static ReadOnlySpan<byte> Utf8Name(JsonProperty property)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(property);
        return raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(property.Name) : raw;
    }

    private static byte[] Unescape(JsonElement text)
    {
        try
        {
            return Encoding.UTF8.GetBytes(text.GetString()!);
        }
        catch (InvalidOperationException)
        {
            throw DynamoDBError.Serialization("The request contains text that is not valid UTF-8.");
        }
    }

    private static void WriteValue(ValueWriter writer, JsonElement value, int depth)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw DynamoDBError.Serialization("Unexpected value type in payload");
        }

        var types = 0;
        foreach (var member in value.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            if (!AttributeTypes.TryParse(JsonMarshal.GetRawUtf8PropertyName(member), out var type))
            {
                throw DynamoDBError.Serialization($"LocalCloud does not know the member {member.Name} of an AttributeValue.");
            }

            if (++types > 1)
            {
                throw DynamoDBError.Validation(
                    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
            }

            WriteTyped(writer, type, member.Value, depth);
        }

        if (types == 0)
        {
            throw DynamoDBError.Validation(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        }
    }

    private static void WriteTyped(ValueWriter writer, AttributeType type, JsonElement value, int depth)
    {
        switch (type)
        {
            case AttributeType.S:
                writer.WriteScalar(type, Text(value));
                break;
            case AttributeType.N:
                Span<byte> number = stackalloc byte[NumberEncoding.MaximumLength];
                writer.WriteScalar(type, number[..ParseNumber(Text(value), number)]);
                break;
            case AttributeType.B:
                writer.WriteScalar(type, Binary(value));
                break;
            case AttributeType.BOOL:
                writer.WriteBoolean(Boolean(value));
                break;
            case AttributeType.NULL:
                if (!Boolean(value))
                {
                    throw DynamoDBError.InvalidParameter("Null attribute value types must have the value of true");
                }

                writer.WriteNull();
                break;
            case AttributeType.M:
                CheckDepth(depth);
                WriteMap(writer, value, depth + 1, null);
                break;
            case AttributeType.L:
                CheckDepth(depth);
                CheckArray(value);
                var start = writer.StartContainer(type);
                var count = 0;
                foreach (var element in value.EnumerateArray())
                {
                    WriteValue(writer, element, depth + 1);
                    count++;
                }

                writer.EndContainer(start, count);
                break;
            default:
                WriteSet(writer, type, value);
                break;
        }
    }

    private static void WriteSet(ValueWriter writer, AttributeType type, JsonElement value)
    {
        CheckArray(value);
        var begin = writer.Length;
        var start = writer.StartContainer(type);
        var count = value.GetArrayLength();
        if (count == 0)
        {
            throw DynamoDBError.InvalidParameter(type switch
            {
                AttributeType.SS => "An string set  may not be empty",
                AttributeType.NS => "An number set  may not be empty",
                _ => "Binary sets should not be empty",
            });
        }

        Span<byte> number = stackalloc byte[NumberEncoding.MaximumLength];
        foreach (var element in value.EnumerateArray())
        {
            switch (type)
            {
                case AttributeType.SS:
                    writer.WriteBytes(Text(element));
                    break;
                case AttributeType.NS:
                    writer.WriteBytes(number[..ParseNumber(Text(element), number)]);
                    break;
                default:
                    writer.WriteBytes(Binary(element));
                    break;
            }
        }

        writer.EndContainer(start, count);
        if (count > 1 && HasDuplicate(new AttributeValue(writer.Written[begin..].ToArray(), 0), count))
        {
            var listed = string.Join(", ", value.EnumerateArray().Select(element => element.GetString()));
            throw DynamoDBError.Validation(type switch
            {
                AttributeType.NS => "Input collection contains duplicates",
                AttributeType.SS => $"One or more parameter values were invalid: Input collection [{listed}] contains duplicates.",
                _ => $"One or more parameter values were invalid: Input collection [{listed}]of type BS contains duplicates.",
            });
        }
    }

    private static bool HasDuplicate(AttributeValue set, int count)
    {
        var seen = new HashSet<string>(count, StringComparer.Ordinal);
        foreach (var element in set.SetElements)
        {
            if (!seen.Add(Encoding.Latin1.GetString(element)))
            {
                return true;
            }
        }

        return false;
    }

    /// <exception cref="Wire.AwsServiceException">ValidationException in DynamoDB's words.</exception>
    public static int ParseNumber(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        if (text.IsEmpty)
        {
            throw DynamoDBError.Validation("The parameter cannot be converted to a numeric value");
        }

        var result = NumberEncoding.TryParse(text, destination, out var written);
        if (result == NumberEncoding.ParseResult.NotNumeric)
        {
            throw DynamoDBError.Validation($"The parameter cannot be converted to a numeric value: {Encoding.UTF8.GetString(text)}");
        }

        CheckNumber(result);
        return written;
    }

    /// <exception cref="Wire.AwsServiceException">ValidationException for a number that DynamoDB cannot hold.</exception>
    public static void CheckNumber(NumberEncoding.ParseResult result)
    {
        switch (result)
        {
            case NumberEncoding.ParseResult.Overflow:
                throw DynamoDBError.Validation(
                    "Number overflow. Attempting to store a number with magnitude larger than supported range");
            case NumberEncoding.ParseResult.Underflow:
                throw DynamoDBError.Validation(
                    "Number underflow. Attempting to store a number with magnitude smaller than supported range");
            case NumberEncoding.ParseResult.TooPrecise:
                throw DynamoDBError.Validation("Attempting to store more than 38 significant digits in a Number");
        }
    }

    private static ReadOnlySpan<byte> Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Utf8(value),
        JsonValueKind.Number => throw DynamoDBError.Serialization("NUMBER_VALUE cannot be converted to String"),
        JsonValueKind.True => throw DynamoDBError.Serialization("TRUE_VALUE cannot be converted to String"),
        JsonValueKind.False => throw DynamoDBError.Serialization("FALSE_VALUE cannot be converted to String"),
        JsonValueKind.Array => throw DynamoDBError.Serialization("Unrecognized collection type class java.lang.String"),
        _ => throw DynamoDBError.Serialization("Start of structure or map found where not expected"),
    };

    private static bool Boolean(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => throw DynamoDBError.Serialization("NUMBER_VALUE cannot be converted to Boolean"),
        JsonValueKind.String => throw DynamoDBError.Serialization("Unexpected token received from parser"),
        JsonValueKind.Array => throw DynamoDBError.Serialization("Unrecognized collection type class java.lang.Boolean"),
        _ => throw DynamoDBError.Serialization("Start of structure or map found where not expected"),
    };

    private static byte[] Binary(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw DynamoDBError.Serialization("only base-64-encoded strings are convertible to bytes");
        }

        var text = Utf8(value);
        if (text.Length % 4 != 0)
        {
            throw DynamoDBError.Serialization(
                $"Base64 encoded length is expected a multiple of 4 bytes but found: {text.Length}");
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, bytes, out _, out var written) == OperationStatus.Done
            ? bytes[..written]
            : throw DynamoDBError.Serialization("Invalid last non-pad Base64 character dectected");
    }

    private static void CheckArray(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw DynamoDBError.Serialization(
                value.ValueKind == JsonValueKind.Object ? "Start of structure or map found where not expected" : "Unexpected field type");
        }
    }

    private static void CheckDepth(int depth)
    {
        if (depth >= MaximumDepth)
        {
            throw TooDeep();
        }
    }

    public static Wire.AwsServiceException TooDeep() => DynamoDBError.Validation("Nesting Levels have exceeded supported limits");
}
