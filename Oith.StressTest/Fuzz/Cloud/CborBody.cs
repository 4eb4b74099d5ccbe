using System.Formats.Cbor;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>Writes a JSON tree as CBOR, with the numbers that JSON does not have.</summary>
internal static class CborBody
{
    public static byte[] Write(JsonObject input)
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        Write(writer, input);
        return writer.Encode();
    }

    private static void Write(CborWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case null:
                writer.WriteNull();
                break;
            case JsonObject members:
                writer.WriteStartMap(members.Count);
                foreach (var (name, value) in members)
                {
                    writer.WriteTextString(Encodable(name));
                    Write(writer, value);
                }

                writer.WriteEndMap();
                break;
            case JsonArray items:
                writer.WriteStartArray(items.Count);
                foreach (var item in items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                WriteScalar(writer, node);
                break;
        }
    }

    private static void WriteScalar(CborWriter writer, JsonNode node)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                WriteText(writer, node.GetValue<string>());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(node.GetValue<bool>());
                break;
            default:
                var text = node.ToJsonString();
                if (ulong.TryParse(text, out var whole))
                {
                    writer.WriteUInt64(whole);
                }
                else
                {
                    writer.WriteDouble(double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
                }

                break;
        }
    }

    private static void WriteText(CborWriter writer, string text)
    {
        switch (text)
        {
            case "\uE000huge":
                writer.WriteDouble(double.PositiveInfinity);
                break;
            case "\uE000digits":
                writer.WriteDouble(double.NaN);
                break;
            case "\uE000deep":
                WriteDeep(writer);
                break;
            default:
                writer.WriteTextString(Encodable(text));
                break;
        }
    }

    private static void WriteDeep(CborWriter writer)
    {
        const int Levels = 5000;
        for (var level = 0; level < Levels; level++)
        {
            writer.WriteStartArray(1);
        }

        writer.WriteNull();
        for (var level = 0; level < Levels; level++)
        {
            writer.WriteEndArray();
        }
    }

    private static string Encodable(string text) => new([.. text.Select(character => char.IsSurrogate(character) ? '?' : character)]);
}
