using System.Globalization;
using System.Numerics;

namespace Oith.LocalCloud.DynamoDB.Values;

/// <summary>
/// Numbers of up to 38 significant digits between 1E-130 and 9.99E+125 in magnitude, as bytes whose order is the numbers' order
/// and whose length is the size that DynamoDB bills. Equal numbers have equal bytes.
/// </summary>
/// <remarks>
/// 1 to 21 bytes, base 100: an exponent byte (128 plus base-100 exponent plus 64; all bits inverted for negative numbers; 0x80
/// alone is zero), then pairs of digits, each plus 1 (101 minus the pair for negative numbers, which end with 102 unless
/// they have 20 pairs). DynamoDB hashes partition keys in this form, so scans run in the order of AWS's.
/// </remarks>
internal static class NumberEncoding
{
    public const int MaximumLength = 22;

    /// <summary>Enough for any number in plain notation: sign, "0.", 130 zeros, 38 digits.</summary>
    public const int MaximumTextLength = 176;

    private const int MaximumDigits = 38;
    private const byte Zero = 0x80;
    private const byte NegativeEnd = 102;
    private const int MaximumPairs = 20;

    public enum ParseResult
    {
        Ok,
        NotNumeric,
        Overflow,
        Underflow,
        TooPrecise,
    }

    /// <summary>Reads text such as <c>-1.50e3</c>.</summary>
    public static ParseResult TryParse(ReadOnlySpan<byte> text, Span<byte> destination, out int written)
    {
        written = 0;
        var position = 0;
        var negative = false;
        if (position < text.Length && text[position] is (byte)'-' or (byte)'+')
        {
            negative = text[position++] == '-';
        }

        // Every digit after the first that is not zero, without the point; exponent: where the point stands from the first digit.
        Span<byte> digits = stackalloc byte[MaximumDigits];
        var count = 0;
        var trailingZeros = 0;
        long exponent = 0;
        var anyDigit = false;
        var pointSeen = false;
        var tooPrecise = false;
        for (; position < text.Length; position++)
        {
            var character = text[position];
            if (character == '.' && !pointSeen)
            {
                pointSeen = true;
                continue;
            }

            if (!char.IsAsciiDigit((char)character))
            {
                break;
            }

            anyDigit = true;
            var digit = (byte)(character - '0');
            if (count == 0 && digit == 0)
            {
                exponent -= pointSeen ? 1 : 0;
                continue;
            }

            exponent += pointSeen ? 0 : 1;
            if (digit == 0)
            {
                trailingZeros++;
                continue;
            }

            var next = count == 0 ? 0 : count + trailingZeros;
            if (next >= MaximumDigits)
            {
                tooPrecise = true;
                trailingZeros = 0;
                continue;
            }

            digits[count..next].Clear();
            digits[next] = digit;
            count = next + 1;
            trailingZeros = 0;
        }

        if (!anyDigit)
        {
            return ParseResult.NotNumeric;
        }

        if (position < text.Length)
        {
            if (text[position] is not ((byte)'e' or (byte)'E'))
            {
                return ParseResult.NotNumeric;
            }

            if (!int.TryParse(text[(position + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var shift))
            {
                return ParseResult.NotNumeric;
            }

            exponent += shift;
        }

        return Encode(negative, digits[..count], exponent, tooPrecise, destination, out written);
    }

    /// <summary>Writes the number in plain notation, never with an exponent, as DynamoDB answers it.</summary>
    /// <returns>The count of characters.</returns>
    public static int Format(ReadOnlySpan<byte> encoded, Span<byte> text)
    {
        if (encoded.Length == 1)
        {
            text[0] = (byte)'0';
            return 1;
        }

        Span<byte> digits = stackalloc byte[2 * MaximumPairs];
        var (negative, count, exponent) = Decode(encoded, digits);
        var length = 0;
        if (negative)
        {
            text[length++] = (byte)'-';
        }

        if (exponent <= 0)
        {
            text[length++] = (byte)'0';
            text[length++] = (byte)'.';
            text.Slice(length, -exponent).Fill((byte)'0');
            length -= exponent;
        }

        for (var index = 0; index < count; index++)
        {
            if (index == exponent && index > 0)
            {
                text[length++] = (byte)'.';
            }

            text[length++] = (byte)('0' + digits[index]);
        }

        if (exponent > count)
        {
            text.Slice(length, exponent - count).Fill((byte)'0');
            length += exponent - count;
        }

        return length;
    }

    public static string ToText(ReadOnlySpan<byte> encoded)
    {
        Span<byte> text = stackalloc byte[MaximumTextLength];
        return System.Text.Encoding.ASCII.GetString(text[..Format(encoded, text)]);
    }

    /// <summary>Adds or subtracts exactly.</summary>
    public static ParseResult Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, bool subtract, Span<byte> destination, out int written)
    {
        var (leftValue, leftExponent) = ToInteger(left);
        var (rightValue, rightExponent) = ToInteger(right);
        var exponent = Math.Min(leftExponent, rightExponent);
        leftValue *= BigInteger.Pow(10, leftExponent - exponent);
        rightValue *= BigInteger.Pow(10, rightExponent - exponent);
        var sum = subtract ? leftValue - rightValue : leftValue + rightValue;

        // At most 256 digits, since both numbers lie between 1E-130 and 1E+126.
        Span<char> text = stackalloc char[300];
        BigInteger.Abs(sum).TryFormat(text, out var length, provider: CultureInfo.InvariantCulture);
        Span<byte> digits = stackalloc byte[300];
        for (var index = 0; index < length; index++)
        {
            digits[index] = (byte)(text[index] - '0');
        }

        exponent += length;
        while (length > 0 && digits[length - 1] == 0)
        {
            length--;
        }

        return Encode(sum.Sign < 0, digits[..length], exponent, length > MaximumDigits, destination, out written);
    }

    public static int FromInt64(long value, Span<byte> destination)
    {
        Span<byte> text = stackalloc byte[20];
        value.TryFormat(text, out var length, provider: CultureInfo.InvariantCulture);
        _ = TryParse(text[..length], destination, out var written);
        return written;
    }

    /// <summary>The value's whole part; long.MaxValue and long.MinValue stand for anything beyond them.</summary>
    public static long ToInt64(ReadOnlySpan<byte> encoded)
    {
        var (value, exponent) = ToInteger(encoded);
        value = exponent >= 0 ? value * BigInteger.Pow(10, exponent) : value / BigInteger.Pow(10, -exponent);
        return (long)BigInteger.Clamp(value, long.MinValue, long.MaxValue);
    }

    public static bool IsNegative(ReadOnlySpan<byte> encoded) => encoded[0] < Zero;

    // value = 0.digits x 10^exponent
    private static ParseResult Encode(
        bool negative, ReadOnlySpan<byte> digits, long exponent, bool tooPrecise, Span<byte> destination, out int written)
    {
        written = 0;
        if (digits.IsEmpty)
        {
            destination[0] = Zero;
            written = 1;
            return ParseResult.Ok;
        }

        if (exponent > 126)
        {
            return ParseResult.Overflow;
        }

        if (exponent < -129)
        {
            return ParseResult.Underflow;
        }

        if (tooPrecise)
        {
            return ParseResult.TooPrecise;
        }

        var shift = (int)(exponent & 1);
        var first = (byte)(((exponent + shift) / 2) - 64);
        destination[0] = negative ? (byte)~first : first;
        var pairs = (digits.Length + shift + 1) / 2;
        for (var pair = 0; pair < pairs; pair++)
        {
            var high = (2 * pair) - shift;
            var value = (high < 0 ? 0 : digits[high] * 10) + (high + 1 < digits.Length ? digits[high + 1] : 0);
            destination[1 + pair] = (byte)(negative ? 101 - value : value + 1);
        }

        written = 1 + pairs;
        if (negative && pairs < MaximumPairs)
        {
            destination[written++] = NegativeEnd;
        }

        return ParseResult.Ok;
    }

    private static (bool Negative, int Count, int Exponent) Decode(ReadOnlySpan<byte> encoded, Span<byte> digits)
    {
        var negative = IsNegative(encoded);
        var exponent = 2 * ((sbyte)(negative ? ~encoded[0] : encoded[0]) + 64);
        var pairs = encoded[1..];
        if (negative && pairs[^1] == NegativeEnd)
        {
            pairs = pairs[..^1];
        }

        var count = 0;
        foreach (var pair in pairs)
        {
            var value = negative ? 101 - pair : pair - 1;
            digits[count++] = (byte)(value / 10);
            digits[count++] = (byte)(value % 10);
        }

        if (digits[0] == 0)
        {
            digits[1..count].CopyTo(digits);
            count--;
            exponent--;
        }

        while (digits[count - 1] == 0)
        {
            count--;
        }

        return (negative, count, exponent);
    }

    private static (BigInteger Value, int Exponent) ToInteger(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length == 1)
        {
            return (BigInteger.Zero, 0);
        }

        Span<byte> digits = stackalloc byte[2 * MaximumPairs];
        var (negative, count, exponent) = Decode(encoded, digits);
        UInt128 value = 0;
        foreach (var digit in digits[..count])
        {
            value = (value * 10) + digit;
        }

        return (negative ? -(BigInteger)value : value, exponent - count);
    }
}
