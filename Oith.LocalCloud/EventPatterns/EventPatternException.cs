using System.Runtime.InteropServices;
using System.Text.Json;

namespace Oith.LocalCloud.EventPatterns;

/// <summary>What is wrong in a pattern, and how far AWS's parser had read when it found that.</summary>
internal sealed class EventPatternException : Exception
{
    private readonly JsonElement _element;
    private readonly bool _isRead;

    private EventPatternException(string reason, JsonElement element, bool isRead)
        : base(reason) => (_element, _isRead) = (element, isRead);

    /// <summary>The number of bytes read; null when AWS does not tell.</summary>
    public int? Position { get; private set; }

    /// <summary>Found at an element: behind its opening bracket or quote, behind the whole of a number or literal.</summary>
    public static EventPatternException At(JsonElement element, string reason) =>
        new(reason, element, element.ValueKind is not (JsonValueKind.String or JsonValueKind.Object or JsonValueKind.Array));

    /// <summary>Found behind an element.</summary>
    public static EventPatternException After(JsonElement element, string reason) => new(reason, element, isRead: true);

    /// <summary>Without a place.</summary>
    public static EventPatternException Nowhere(string reason) => new(reason, default, isRead: false);

    /// <param name="text">What the element's document was parsed from.</param>
    public void Locate(ReadOnlySpan<byte> text)
    {
        if (_element.ValueKind != JsonValueKind.Undefined)
        {
            var raw = JsonMarshal.GetRawUtf8Value(_element);
            text.Overlaps(raw, out var start);
            Position = start + (_isRead ? raw.Length : 1);
        }
    }
}
