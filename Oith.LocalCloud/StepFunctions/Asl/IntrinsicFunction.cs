using System.Buffers.Text;
using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>The intrinsic functions of the States Language.</summary>
internal sealed class IntrinsicFunction
{
    private const int MaximumRange = 1000;
    private const int MaximumText = 10_000;

    // No result longer than a state's payload leaves the state; what is cut out of a longer one may be built from this much.
    private const int MaximumArgumentBytes = 4 * State.MaximumPayload;

    private readonly Func<AslValue[], AslExpression[], AslValue> _apply;

    private IntrinsicFunction(int minimum, int maximum, Func<AslValue[], AslExpression[], AslValue> apply)
    {
        MinimumArguments = minimum;
        MaximumArguments = maximum;
        _apply = apply;
    }

    public static FrozenDictionary<string, IntrinsicFunction> All { get; } = new Dictionary<string, IntrinsicFunction>
    {
        ["States.Array"] = new(0, int.MaxValue, (values, _) => AslValue.Array(values)),
        ["States.ArrayPartition"] = new(2, 2, (values, _) => ArrayPartition(List(values, 0), Whole(values, 1))),
        ["States.ArrayContains"] = new(2, 2, (values, _) => AslValue.Of(IndexOf(List(values, 0).Items, values[1]) >= 0)),
        ["States.ArrayRange"] = new(3, 3, (values, _) => ArrayRange(Whole(values, 0), Whole(values, 1), Whole(values, 2))),
        ["States.ArrayGetItem"] = new(2, 2, (values, _) => ArrayGetItem(List(values, 0), Whole(values, 1))),
        ["States.ArrayLength"] = new(1, 1, (values, _) => AslValue.Of(List(values, 0).Count)),
        ["States.ArrayUnique"] = new(1, 1, (values, _) => ArrayUnique(List(values, 0))),
        ["States.Base64Encode"] = new(1, 1, (values, _) => AslValue.Of(Convert.ToBase64String(Encoding.UTF8.GetBytes(ShortText(values, 0))))),
        ["States.Base64Decode"] = new(1, 1, (values, _) => Base64Decode(ShortText(values, 0))),
        ["States.Hash"] = new(2, 2, (values, _) => Hash(values[0].IsString ? values[0].Text : values[0].ToJson(), Text(values, 1))),
        ["States.JsonMerge"] = new(3, 3, (values, _) => JsonMerge(values)),
        ["States.StringToJson"] = new(1, 1, (values, _) => StringToJson(Text(values, 0))),
        ["States.JsonToString"] = new(1, 1, (values, _) => AslValue.Of(values[0].ToJson())),
        ["States.MathRandom"] = new(2, 3, (values, _) => MathRandom(values)),
        ["States.MathAdd"] = new(2, 2, (values, _) => AslValue.Of(Whole(values, 0) + Whole(values, 1))),
        ["States.StringSplit"] = new(2, 2, (values, _) => StringSplit(Text(values, 0), Text(values, 1))),
        ["States.UUID"] = new(0, 0, (_, _) => AslValue.Of(Guid.NewGuid().ToString())),
        ["States.Format"] = new(1, int.MaxValue, Format),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public int MinimumArguments { get; }

    public int MaximumArguments { get; }

    /// <exception cref="IntrinsicException">The arguments are not what the function takes.</exception>
    public AslValue Apply(AslValue[] values, AslExpression[] arguments) => AslValue.Array(values).IsWithin(MaximumArgumentBytes)
        ? _apply(values, arguments)
        : throw new IntrinsicException($"The arguments are longer than {MaximumArgumentBytes} bytes.");

    private static AslValue List(AslValue[] values, int index) =>
        values[index].IsArray ? values[index] : throw Refused(index, "a JSON array");

    private static string Text(AslValue[] values, int index) =>
        values[index].IsString ? values[index].Text : throw Refused(index, "a string");

    private static string ShortText(AslValue[] values, int index)
    {
        var text = Text(values, index);
        return text.Length <= MaximumText ? text : throw new IntrinsicException($"Argument {index + 1} must not be longer than {MaximumText} characters.");
    }

    // AWS rounds a fraction half up, also below zero: -1.5 is -1.
    private static long Whole(AslValue[] values, int index) => values[index].Kind == AslKind.Number
        ? long.TryParse(values[index].Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            ? whole
            : (long)Math.Floor(values[index].Number + 0.5)
        : throw Refused(index, "a number");

    private static IntrinsicException Refused(int index, string wanted) => new($"Argument {index + 1} must be {wanted}.");

    private static int IndexOf(ReadOnlySpan<AslValue> items, AslValue value)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].JsonEquals(value))
            {
                return i;
            }
        }

        return -1;
    }

    private static AslValue ArrayPartition(AslValue list, long size)
    {
        if (size <= 0)
        {
            throw new IntrinsicException("The chunk size must be a positive integer.");
        }

        return AslValue.Array([.. list.Items.ToArray().Chunk((int)Math.Min(size, int.MaxValue)).Select(chunk => AslValue.Array(chunk))]);
    }

    private static AslValue ArrayRange(long first, long last, long step)
    {
        if (step == 0)
        {
            throw new IntrinsicException("The increment must not be zero.");
        }

        var items = new List<AslValue>();
        for (var value = first; step > 0 ? value <= last : value >= last; value += step)
        {
            if (items.Count == MaximumRange)
            {
                throw new IntrinsicException($"The range must not contain more than {MaximumRange} elements.");
            }

            items.Add(AslValue.Of(value));
        }

        return AslValue.Array([.. items]);
    }

    private static AslValue ArrayGetItem(AslValue list, long index) => index >= 0 && index < list.Count
        ? list.Items[(int)index]
        : throw new IntrinsicException($"The index {index} is out of the bounds of the array of length {list.Count}.");

    private static AslValue ArrayUnique(AslValue list)
    {
        var seen = new HashSet<AslValue>(JsonEquality.Instance);
        return AslValue.Array([.. list.Items.ToArray().Where(seen.Add)]);
    }

    private static AslValue Base64Decode(string text) => Base64.IsValid(text)
        ? AslValue.Of(Encoding.UTF8.GetString(Convert.FromBase64String(text)))
        : throw new IntrinsicException("Argument 1 must be a valid Base64 string.");

    private static AslValue Hash(string text, string algorithm)
    {
        if (text.Length > MaximumText)
        {
            throw new IntrinsicException($"Argument 1 must not be longer than {MaximumText} characters.");
        }

        var data = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5350, CA5351 // The definition chooses the algorithm; MD5 and SHA-1 are AWS's offer for checksums.
        var hash = algorithm switch
        {
            "MD5" => MD5.HashData(data),
            "SHA-1" => SHA1.HashData(data),
            "SHA-256" => SHA256.HashData(data),
            "SHA-384" => SHA384.HashData(data),
            "SHA-512" => SHA512.HashData(data),
            _ => throw new IntrinsicException("Argument 2 must be one of: MD5, SHA-1, SHA-256, SHA-384, SHA-512."),
        };
#pragma warning restore CA5350, CA5351
        return AslValue.Of(Convert.ToHexStringLower(hash));
    }

    private static AslValue JsonMerge(AslValue[] values)
    {
        if (!values[0].IsObject || !values[1].IsObject)
        {
            throw Refused(values[0].IsObject ? 1 : 0, "a JSON object");
        }

        if (values[2].Kind != AslKind.Boolean || values[2].Boolean)
        {
            throw new IntrinsicException("Argument 3 must be false: only shallow merging is supported.");
        }

        var merged = values[0];
        foreach (var (name, value) in values[1].Members)
        {
            merged = merged.With(name, value);
        }

        return merged;
    }

    private static AslValue StringToJson(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return AslValue.Null;
        }

        try
        {
            return AslValue.Parse(text);
        }
        catch (JsonException)
        {
            throw new IntrinsicException("Argument 1 must be a valid JSON string.");
        }
    }

    private static AslValue MathRandom(AslValue[] values)
    {
        var first = Whole(values, 0);
        var last = Whole(values, 1);
        if (first >= last || first < int.MinValue || last > int.MaxValue)
        {
            throw new IntrinsicException("The start must be less than the end.");
        }

        return AslValue.Of(values.Length == 3
            ? new Random((int)Whole(values, 2)).NextInt64(first, last)
            : first + RandomNumberGenerator.GetInt32((int)Math.Min(last - first, int.MaxValue)));
    }

    // The delimiter is a set of characters, and empty parts are dropped.
    private static AslValue StringSplit(string text, string delimiters) => AslValue.Array(
        [.. text.Split(delimiters.ToCharArray(), StringSplitOptions.RemoveEmptyEntries).Select(AslValue.Of)]);

    private static AslValue Format(AslValue[] values, AslExpression[] arguments)
    {
        // A literal template is read with its escapes, so that \{ is a brace and {} a place.
        var template = arguments[0] is LiteralExpression literal ? literal.Text : Text(values, 0);
        var text = new StringBuilder();
        var next = 1;
        for (var i = 0; i < template.Length; i++)
        {
            if (template[i] == '\\' && i + 1 < template.Length)
            {
                text.Append(template[++i]);
            }
            else if (template[i] == '{' && i + 1 < template.Length && template[i + 1] == '}')
            {
                if (next == values.Length)
                {
                    throw new IntrinsicException("The number of placeholders does not match the number of arguments.");
                }

                text.Append(JavaText.Of(values[next++]));
                i++;
            }
            else
            {
                text.Append(template[i]);
            }
        }

        return next == values.Length
            ? AslValue.Of(text.ToString())
            : throw new IntrinsicException("The number of placeholders does not match the number of arguments.");
    }
}
