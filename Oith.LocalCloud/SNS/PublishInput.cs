using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>Reads and checks a message as Publish and the entries of PublishBatch give it.</summary>
internal static class PublishInput
{
    /// <summary>Bytes of a message with its attributes, and of a batch together.</summary>
    public const int LargestMessage = 262_144;

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <param name="input">The operation's input, or one batch entry.</param>
    /// <param name="path">Where the input stands in the request, for ValidationError: empty, or <c>publishBatchRequestEntries.1.member.</c></param>
    /// <exception cref="AwsServiceException">What AWS refuses it with.</exception>
    public static (SNSMessage Message, int Size) Read(JsonElement input, TopicDefinition? topic, string path, DateTimeOffset now, string? traceParent)
    {
        var attributes = ReadAttributes(input, path);
        var body = SNSInput.Text(input, "Message") ?? "";
        if (body.Length == 0)
        {
            throw SNSErrors.InvalidParameter("Empty message");
        }

        var subject = SNSInput.Text(input, "Subject");
        if (subject is not null && !IsValidSubject(subject))
        {
            throw SNSErrors.InvalidParameter("Subject");
        }

        var size = Encoding.UTF8.GetByteCount(body)
            + attributes.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Name) + Encoding.UTF8.GetByteCount(attribute.DataType)
                + (attribute.IsBinary ? Convert.FromBase64String(attribute.Value).Length : Encoding.UTF8.GetByteCount(attribute.Value)));
        if (path.Length == 0 && size > LargestMessage)
        {
            throw SNSErrors.InvalidParameter("Message too long");
        }

        var structure = SNSInput.Text(input, "MessageStructure");
        if (structure is not (null or "" or "json"))
        {
            throw SNSErrors.InvalidParameter("Message Structure");
        }

        var bodies = structure == "json" ? ReadBodies(body) : null;
        var groupId = SNSInput.Text(input, "MessageGroupId");
        var deduplicationId = SNSInput.Text(input, "MessageDeduplicationId");
        CheckForType(topic, groupId, deduplicationId);
        return (
            new SNSMessage(body, bodies, subject, attributes)
            {
                Timestamp = now,
                GroupId = groupId,
                DeduplicationId = deduplicationId,
                TraceParent = traceParent,
            },
            size);
    }

    private static void CheckForType(TopicDefinition? topic, string? groupId, string? deduplicationId)
    {
        if (topic is not { IsFifo: true })
        {
            if (deduplicationId is not null)
            {
                throw SNSErrors.InvalidParameter(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type");
            }

            return;
        }

        if (string.IsNullOrEmpty(groupId))
        {
            throw SNSErrors.InvalidParameter("The MessageGroupId parameter is required for FIFO topics");
        }

        if (string.IsNullOrEmpty(deduplicationId) && !topic.IsContentDeduplicated)
        {
            throw SNSErrors.InvalidParameter(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
        }
    }

    private static bool IsValidSubject(string subject) =>
        subject.Length is > 0 and <= 100 && subject[0] != ' ' && subject.All(static character => !char.IsControl(character));

    private static JsonObject ReadBodies(string body)
    {
        JsonObject? bodies;
        try
        {
            bodies = JsonInput.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            throw SNSErrors.InvalidParameter("Message Structure - JSON message body failed to parse");
        }

        return bodies?["default"] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? bodies
            : throw SNSErrors.InvalidParameter("Message Structure - No default entry in JSON message body");
    }

    private static List<SNSAttribute> ReadAttributes(JsonElement input, string path)
    {
        var attributes = new List<SNSAttribute>();
        if (input.TryGetProperty("MessageAttributes", out var map) && map.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in map.EnumerateObject())
            {
                attributes.Add(ReadAttribute(property, path));
            }
        }

        return attributes;
    }

    private static SNSAttribute ReadAttribute(JsonProperty property, string path)
    {
        var name = property.Name;
        var type = SNSInput.Text(property.Value, "DataType")
            ?? throw SNSErrors.ValidationError($"{path}messageAttributes.{name}.member.dataType");
        CheckName(name);
        var dot = type.IndexOf('.', StringComparison.Ordinal);
        var baseType = dot < 0 ? type : type[..dot];
        if (baseType is not ("String" or "Number" or "Binary") || dot == type.Length - 1)
        {
            throw SNSErrors.ParameterValueInvalid(
                $"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.");
        }

        var field = baseType == "Binary" ? "Binary" : "String";
        var other = baseType == "Binary" ? "String" : "Binary";
        var value = SNSInput.Text(property.Value, field + "Value");
        if (value is null && SNSInput.Text(property.Value, other + "Value") is not null)
        {
            throw SNSErrors.ParameterValueInvalid($"The message attribute '{name}' with type '{type}' must use field '{field}'.");
        }

        if (string.IsNullOrEmpty(value))
        {
            throw SNSErrors.ParameterValueInvalid(
                $"The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{type}'.");
        }

        return baseType == "Number" && !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? throw SNSErrors.ParameterValueInvalid($"Could not cast message attribute '{name}' value to number.")
            : new SNSAttribute(name, type, value);
    }

    private static void CheckName(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) > 256)
        {
            throw SNSErrors.ParameterValueInvalid("Length of message attribute name must be less than 256 bytes.");
        }

        var invalid = name.AsSpan().IndexOfAnyExcept(s_nameCharacters);
        if (invalid >= 0)
        {
            throw SNSErrors.ParameterValueInvalid(
                $"Invalid non-alphanumeric character '#x{(int)name[invalid]:X}' was found in the message attribute name. "
                + "Can only include alphanumeric characters, hyphens, underscores, or dots.");
        }

        if (name.StartsWith('.'))
        {
            throw SNSErrors.ParameterValueInvalid("Invalid message attribute name starting with character '.' was found.");
        }

        if (name.EndsWith('.'))
        {
            throw SNSErrors.ParameterValueInvalid("Invalid message attribute name ending with character '.' was found.");
        }

        if (name.Contains("..", StringComparison.Ordinal))
        {
            throw SNSErrors.ParameterValueInvalid("Message attribute name can not have successive '.' character.");
        }
    }
}
