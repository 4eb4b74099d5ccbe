using System.Globalization;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary><c>$base64encode $base64decode</c> and the four functions of URLs.</summary>
internal static class EncodingFunctions
{
    private const string ComponentCharacters = "-_.!~*'()";
    private const string ReservedCharacters = ";/?:@&=+$,#";

    public static IEnumerable<NativeFunction> All() =>
    [
        new("base64encode", 1, "<s-:s>", 1, static (arguments, run) => arguments[0] is { } text
            ? run.Text(Convert.ToBase64String(Encoding.Latin1.GetBytes(text.Text))) : null),
        new("base64decode", 1, "<s-:s>", 1, static (arguments, run) => arguments[0] is { } text ? run.Text(DecodeBase64(text.Text)) : null),
        Function("encodeUrlComponent", text => Encode(text, ComponentCharacters)),
        Function("encodeUrl", text => Encode(text, ComponentCharacters + ReservedCharacters)),
        Function("decodeUrlComponent", text => Decode(text, "")),
        Function("decodeUrl", text => Decode(text, ReservedCharacters)),
    ];

    /// <param name="convert">Gives null for a text that is not well formed.</param>
    private static NativeFunction Function(string name, Func<string, string?> convert) => new(name, 1, "<s-:s>", 1, (arguments, run) =>
        arguments[0] is not { } text ? null : run.Text(convert(text.Text) ?? throw new JsonataException("D3140")
        {
            Token = name,
            Value = JsonataText.Quoted(text.Text),
        }));

    // As Node does: the URL alphabet too, everything else skipped, the end of the data at the padding.
    private static string DecodeBase64(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c == '=')
            {
                break;
            }

            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '-' or '_')
            {
                clean.Append(c switch { '-' => '+', '_' => '/', _ => c });
            }
        }

        var length = clean.Length - (clean.Length % 4 == 1 ? 1 : 0);
        clean.Length = length;
        return Encoding.Latin1.GetString(Convert.FromBase64String(clean.Append('=', (4 - (length % 4)) % 4).ToString()));
    }

    private static string? Encode(string text, string unescaped)
    {
        var encoded = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            if (char.IsAsciiLetterOrDigit(text[i]) || unescaped.Contains(text[i]))
            {
                encoded.Append(text[i++]);
                continue;
            }

            if (Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var consumed) != System.Buffers.OperationStatus.Done)
            {
                return null;
            }

            foreach (var one in bytes[..rune.EncodeToUtf8(bytes)])
            {
                encoded.Append('%').Append(one.ToString("X2", CultureInfo.InvariantCulture));
            }

            i += consumed;
        }

        return encoded.ToString();
    }

    /// <param name="kept">Characters that stay escaped.</param>
    private static string? Decode(string text, string kept)
    {
        var decoded = new StringBuilder(text.Length);
        var bytes = new List<byte>(4);
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '%')
            {
                decoded.Append(text[i++]);
                continue;
            }

            var start = i;
            if (!TryByte(text, ref i, out var first))
            {
                return null;
            }

            bytes.Clear();
            bytes.Add(first);
            var length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
            while (bytes.Count < length)
            {
                if (!TryByte(text, ref i, out var next))
                {
                    return null;
                }

                bytes.Add(next);
            }

            if (Rune.DecodeFromUtf8(bytes.ToArray(), out var rune, out var consumed) != System.Buffers.OperationStatus.Done || consumed != length)
            {
                return null;
            }

            decoded.Append(rune.IsAscii && kept.Contains((char)rune.Value) ? text[start..i] : rune.ToString());
        }

        return decoded.ToString();
    }

    private static bool TryByte(string text, ref int index, out byte value)
    {
        value = 0;
        if (index + 3 > text.Length || text[index] != '%'
            || !byte.TryParse(text.AsSpan(index + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
        {
            return false;
        }

        index += 3;
        return true;
    }
}
