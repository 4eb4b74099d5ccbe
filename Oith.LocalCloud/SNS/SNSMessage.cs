using System.Text.Json.Nodes;

namespace Oith.LocalCloud.SNS;

/// <summary>One message attribute as its publisher gave it.</summary>
/// <param name="Value">The text; of a Binary attribute in Base64.</param>
internal readonly record struct SNSAttribute(string Name, string DataType, string Value)
{
    public bool IsBinary => DataType == "Binary" || DataType.StartsWith("Binary.", StringComparison.Ordinal);
}

/// <summary>A publish, checked already.</summary>
/// <param name="Bodies">The message's text by protocol when it was given so (MessageStructure json), else null.</param>
internal sealed record SNSMessage(string Body, JsonObject? Bodies, string? Subject, IReadOnlyList<SNSAttribute> Attributes)
{
    public string Id { get; } = Guid.NewGuid().ToString();

    public required DateTimeOffset Timestamp { get; init; }

    public string? GroupId { get; init; }

    public string? DeduplicationId { get; init; }

    /// <summary>Of a FIFO topic's message.</summary>
    public string? SequenceNumber { get; init; }

    /// <summary>W3C trace context or X-Ray header of the publisher.</summary>
    public string? TraceParent { get; init; }

    /// <summary>What a subscriber of that protocol gets.</summary>
    public string BodyFor(string protocol) =>
        Bodies is null ? Body : (Bodies[protocol] as JsonValue ?? Bodies["default"])!.GetValue<string>();
}
