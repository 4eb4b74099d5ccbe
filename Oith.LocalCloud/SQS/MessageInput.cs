using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>Reads and checks a message as SendMessage and the entries of SendMessageBatch give it.</summary>
internal static class MessageInput
{
    private const int MaximumAttributes = 10;

    // Alphanumeric and punctuation, as AWS lists it for group and deduplication ids.
    private static readonly SearchValues<char> s_idCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    private static readonly SearchValues<char> s_invalidBodyCharacters = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Except([0x9, 0xA, 0xD]).Select(code => (char)code), '\uFFFE', '\uFFFF']);

    /// <param name="input">The operation's input, or one batch entry.</param>
    /// <param name="traceHeader">The X-Ray header of the request, null without one.</param>
    /// <exception cref="AwsServiceException">What AWS refuses it with.</exception>
    public static OutgoingMessage Read(JsonElement input, QueueAttributes queue, string? traceHeader)
    {
        var body = input.Text("MessageBody");
        if (string.IsNullOrEmpty(body))
        {
            throw SQSErrors.MissingParameter("MessageBody");
        }

        CheckContent(body);
        var groupId = input.Text("MessageGroupId");
        CheckId(groupId, "MessageGroupId");
        var deduplicationId = input.Text("MessageDeduplicationId");
        CheckId(deduplicationId, "MessageDeduplicationId");
        var delay = input.Integer("DelaySeconds");
        CheckForType(queue, groupId, deduplicationId, delay);
        var attributes = ReadAttributes(input, "MessageAttributes", "user");
        var systemAttributes = ReadAttributes(input, "MessageSystemAttributes", "system");
        foreach (var attribute in systemAttributes.Items)
        {
            if (attribute.Name != "AWSTraceHeader" || attribute.DataType != "String")
            {
                throw SQSErrors.InvalidParameter(
                    $"Message (system) attribute '{attribute.Name}' is invalid. The only supported one is AWSTraceHeader of type String.");
            }

            traceHeader = attribute.StringValue;
        }

        return Digest(body, attributes) with
        {
            TraceHeader = traceHeader,
            MD5OfSystemAttributes = systemAttributes.MD5,
            GroupId = groupId,
            DeduplicationId = deduplicationId,
            DelaySeconds = delay,
        };
    }

    private static OutgoingMessage Digest(string body, MessageAttributes attributes)
    {
        var length = Encoding.UTF8.GetByteCount(body);
        byte[]? rented = null;
        var bytes = length <= 1024 ? stackalloc byte[length] : (rented = ArrayPool<byte>.Shared.Rent(length)).AsSpan(0, length);
        try
        {
            Encoding.UTF8.GetBytes(body, bytes);
            Span<byte> digest = stackalloc byte[16];
            CryptographicOperations.HashData(HashAlgorithmName.MD5, bytes, digest);
            return new OutgoingMessage(body, Convert.ToHexStringLower(digest), attributes, length + attributes.Size);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static void CheckForType(QueueAttributes queue, string? groupId, string? deduplicationId, int? delay)
    {
        if (delay is < 0 or > 900)
        {
            throw SQSErrors.InvalidValue(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
        }

        if (!queue.IsFifo)
        {
            if (deduplicationId is not null)
            {
                throw SQSErrors.InvalidValue(
                    deduplicationId, "MessageDeduplicationId", "The request includes a parameter that is not valid for this queue type.");
            }

            return;
        }

        if (delay > 0)
        {
            throw SQSErrors.InvalidValue(delay, "DelaySeconds", "The request include parameter that is not valid for this queue type.");
        }

        if (groupId is null)
        {
            throw SQSErrors.MissingParameter("MessageGroupId");
        }

        if (deduplicationId is null && !queue.IsContentDeduplicated)
        {
            throw MissingDeduplicationId();
        }
    }

    public static AwsServiceException MissingDeduplicationId() => SQSErrors.InvalidParameter(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");

    /// <summary>Refuses an id of a group, of a deduplication or of a receive attempt that AWS does not take.</summary>
    public static void CheckId(string? id, string parameter)
    {
        if (id is not null && (id.Length is 0 or > 128 || id.AsSpan().ContainsAnyExcept(s_idCharacters)))
        {
            throw SQSErrors.InvalidValue(
                id, parameter, $"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
        }
    }

    private static void CheckContent(string text)
    {
        if (text.AsSpan().ContainsAny(s_invalidBodyCharacters))
        {
            throw SQSErrors.InvalidMessageContents();
        }
    }

    private static MessageAttributes ReadAttributes(JsonElement input, string member, string kind)
    {
        if (!input.TryGetProperty(member, out var map) || map.ValueKind == JsonValueKind.Null)
        {
            return MessageAttributes.None;
        }

        if (map.ValueKind != JsonValueKind.Object)
        {
            throw SQSInput.Mistyped(member, "STRUCTURE_VALUE");
        }

        var items = new List<MessageAttribute>();
        foreach (var property in map.EnumerateObject())
        {
            items.Add(ReadAttribute(property, kind));
        }

        if (items.Count == 0)
        {
            return MessageAttributes.None;
        }

        if (items.Count > MaximumAttributes)
        {
            throw SQSErrors.InvalidParameter($"Number of message attributes [{items.Count}] exceeds the allowed maximum [{MaximumAttributes}].");
        }

        items.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return new MessageAttributes([.. items]);
    }

    private static MessageAttribute ReadAttribute(JsonProperty property, string kind)
    {
        var name = property.Name;
        CheckAttributeName(name, kind);
        var type = property.Value.Text("DataType");
        if (string.IsNullOrEmpty(type))
        {
            throw SQSErrors.InvalidParameter($"The message ({kind}) attribute '{name}' must contain non-empty message attribute type.");
        }

        var dot = type.IndexOf('.', StringComparison.Ordinal);
        var baseType = dot < 0 ? type : type[..dot];
        if (baseType is not ("String" or "Number" or "Binary"))
        {
            throw SQSErrors.InvalidParameter(
                $"The type of message ({kind}) attribute '{name}' is invalid. You must use only the following supported type prefixes: "
                + "Binary, Number, String.");
        }

        if (Encoding.UTF8.GetByteCount(type) > 256)
        {
            throw SQSErrors.InvalidParameter($"Message ({kind}) attribute types must be shorter than 256 Bytes");
        }

        if (baseType == "Binary")
        {
            var binary = property.Value.TryGetProperty("BinaryValue", out var value) && value.TryGetBytesFromBase64(out var bytes) ? bytes : [];
            return binary.Length > 0 ? new MessageAttribute(name, type, null, binary) : throw EmptyValue(name, kind, baseType);
        }

        var text = property.Value.Text("StringValue");
        if (string.IsNullOrEmpty(text))
        {
            throw EmptyValue(name, kind, baseType);
        }

        CheckContent(text);
        return baseType == "Number" && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? throw SQSErrors.InvalidParameter($"Can't cast the value of message ({kind}) attribute '{name}' to a number.")
            : new MessageAttribute(name, type, text, null);
    }

    private static void CheckAttributeName(string name, string kind)
    {
        if (Encoding.UTF8.GetByteCount(name) > 256)
        {
            throw SQSErrors.InvalidParameter($"Message ({kind}) attribute names must be shorter than 256 Bytes");
        }

        if (name.Length == 0 || !name.All(static character => char.IsLetterOrDigit(character) || character is '_' or '-' or '.'))
        {
            throw SQSErrors.InvalidParameter(
                $"Message ({kind}) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ");
        }

        if (name.StartsWith("AWS.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Amazon.", StringComparison.OrdinalIgnoreCase)
            || name[0] == '.' || name[^1] == '.')
        {
            throw SQSErrors.InvalidParameter(
                "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. "
                + "Additionally, they cannot start or end with '.'.");
        }
    }

    private static AwsServiceException EmptyValue(string name, string kind, string type) =>
        SQSErrors.InvalidParameter($"Message ({kind}) attribute '{name}' must contain a non-empty value of type '{type}'.");
}
