using System.Globalization;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Oith.LocalCloud.Telemetry;

/// <summary>Reads OTLP's protobuf into the tree that OTLP's JSON has, so that both are handled alike.</summary>
internal static class OtlpProtobuf
{
    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public static JsonObject Read(byte[] bytes, OtlpMessage message)
    {
        var input = new CodedInputStream(bytes);
        return Read(input, message);
    }

    private static JsonObject Read(CodedInputStream input, OtlpMessage message)
    {
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
                result[field.Name] = ReadValue(input, field);
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
                    items.Add(ReadValue(packed, field));
                }
            }
            else
            {
                items.Add(ReadValue(input, field));
            }
        }

        return result;
    }

    private static JsonNode? ReadValue(CodedInputStream input, OtlpField field) => field.Kind switch
    {
        OtlpKind.Text => input.ReadString(),
        OtlpKind.Hex => Convert.ToHexStringLower(input.ReadBytes().Span),
        OtlpKind.Bool => input.ReadBool(),
        OtlpKind.Number => input.ReadDouble(),
        OtlpKind.Fixed64 => input.ReadFixed64().ToString(CultureInfo.InvariantCulture),
        OtlpKind.SignedFixed64 => input.ReadSFixed64().ToString(CultureInfo.InvariantCulture),
        OtlpKind.Varint => input.ReadInt64().ToString(CultureInfo.InvariantCulture),
        OtlpKind.SignedVarint => input.ReadSInt32(),
        _ => Read(new CodedInputStream(input.ReadBytes().ToByteArray()), field.Message!()),
    };
}
