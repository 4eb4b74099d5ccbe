using System.Formats.Cbor;
using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch;

/// <summary>Reads a CBOR body as the tree that the JSON protocol has.</summary>
internal sealed class CborInput
{
    private const int MaximumDepth = 32;

    private readonly CborReader _reader;
    private readonly NestingLimit _nesting = new(
        MaximumDepth, () => new AwsServiceException("SerializationException", $"The CBOR of the request body is nested deeper than {MaximumDepth} levels."));

    private CborInput(CborReader reader) => _reader = reader;

    /// <exception cref="AwsServiceException">SerializationException: no well-formed CBOR map, or nested too deeply.</exception>
    public static JsonObject Read(ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0)
        {
            return [];
        }

        try
        {
            return new CborInput(new CborReader(body)).ReadItem() as JsonObject
                ?? throw new AwsServiceException("SerializationException", "The request body must be a CBOR map.");
        }
        catch (Exception error) when (error is CborContentException or InvalidOperationException or OverflowException)
        {
            throw new AwsServiceException("SerializationException", $"The request body is not valid CBOR: {error.Message}");
        }
    }

    private JsonNode? ReadItem()
    {
        switch (_reader.PeekState())
        {
            case CborReaderState.StartMap:
                return ReadMap();
            case CborReaderState.StartArray:
                return ReadArray();
            case CborReaderState.TextString or CborReaderState.StartIndefiniteLengthTextString:
                return _reader.ReadTextString();
            case CborReaderState.ByteString or CborReaderState.StartIndefiniteLengthByteString:
                return Convert.ToBase64String(_reader.ReadByteString());
            case CborReaderState.UnsignedInteger:
                return _reader.ReadUInt64();
            case CborReaderState.NegativeInteger:
                return _reader.ReadInt64();
            case CborReaderState.HalfPrecisionFloat or CborReaderState.SinglePrecisionFloat or CborReaderState.DoublePrecisionFloat:
                return Number(_reader.ReadDouble());
            case CborReaderState.Boolean:
                return _reader.ReadBoolean();
            case CborReaderState.Null:
                _reader.ReadNull();
                return null;
            case CborReaderState.Tag:
                // Only times are tagged (1: epoch seconds), and they travel inside as numbers.
                _reader.ReadTag();
                using (_nesting.Enter())
                {
                    return ReadItem();
                }

            case var state:
                throw new AwsServiceException("SerializationException", $"The CBOR item {state} is not supported.");
        }
    }

    private JsonObject ReadMap()
    {
        using var level = _nesting.Enter();
        var members = new JsonObject();
        _reader.ReadStartMap();
        while (_reader.PeekState() != CborReaderState.EndMap)
        {
            var name = _reader.ReadTextString();
            members[name] = ReadItem();
        }

        _reader.ReadEndMap();
        return members;
    }

    private JsonArray ReadArray()
    {
        using var level = _nesting.Enter();
        var items = new JsonArray();
        _reader.ReadStartArray();
        while (_reader.PeekState() != CborReaderState.EndArray)
        {
            items.Add(ReadItem());
        }

        _reader.ReadEndArray();
        return items;
    }

    // JSON has no numeral for these; the JSON protocol writes them as texts.
    private static JsonValue Number(double number) =>
        double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(CultureInfo.InvariantCulture));
}
