using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Oith.LocalCloud.Telemetry;

/// <summary>Reads OTLP's protobuf into the tree that OTLP's JSON has, so that both are handled alike.</summary>
internal static class OtlpProtobuf
{
    // Attributes may hold lists of lists; each level's bytes are copied, so what nests is bounded.
    private const int MaximumDepth = 32;

    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public static JsonObject Read(byte[] bytes, OtlpMessage message)
    {
        return Read(new CodedInputStream(bytes), message, 0);
    }

    private static JsonObject Read(CodedInputStream input, OtlpMessage message, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new InvalidDataException($"Its messages are nested deeper than {MaximumDepth} levels.");
        }

        var result = new JsonObject();
        while (input.ReadTag() is not 0 and var tag)
        {
            if (message.Find(WireFormat.GetTagFieldNumber(tag)) is not { } field)
            {
                input.SkipLastField();
                continue;
            }

            if (!field.IsRepeated)
            {
                result[field.Name] = ReadValue(input, field, depth);
                continue;
            }

            var items = result[field.Name] as JsonArray;
            if (items is null)
            {
                result[field.Name] = items = [];
            }

            if (field.Kind != OtlpKind.Message && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                // Numbers in a row are packed into one field.
                var packed = new CodedInputStream(input.ReadBytes().ToByteArray());
                while (!packed.IsAtEnd)
                {
                    items.Add(ReadValue(packed, field, depth));
                }
            }
            else
            {
                items.Add(ReadValue(input, field, depth));
            }
        }

        return result;
    }

    private static JsonNode? ReadValue(CodedInputStream input, OtlpField field, int depth) => field.Kind switch
    {
        OtlpKind.Text => input.ReadString(),
        OtlpKind.Hex => Convert.ToHexStringLower(input.ReadBytes().Span),
        OtlpKind.Bool => input.ReadBool(),
        OtlpKind.Number => input.ReadDouble(),
        OtlpKind.Fixed64 => input.ReadFixed64().ToString(CultureInfo.InvariantCulture),
        OtlpKind.SignedFixed64 => input.ReadSFixed64().ToString(CultureInfo.InvariantCulture),
        OtlpKind.Varint => input.ReadInt64().ToString(CultureInfo.InvariantCulture),
        OtlpKind.SignedVarint => input.ReadSInt32(),
        _ => Read(new CodedInputStream(input.ReadBytes().ToByteArray()), field.Message!(), depth + 1),
    };
}
