using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>What Step Functions adds to JSONata: <c>$partition $range $hash $random $uuid $parse</c>.</summary>
internal static class StepFunctionsFunctions
{
    private const int LargestRange = 1000;

    public static IEnumerable<NativeFunction> All() =>
    [
        new("partition", 2, "<an:a<a>>", 2, static (arguments, run) => arguments[0] is { } array ? Partition(array, arguments[1]!.Number, run) : null),
        new("range", 3, "<nnn:a<n>>", 3, static (arguments, run) =>
            arguments is [{ } first, { } last, { } delta] ? Range(first.Number, last.Number, delta.Number, run) : null),
        new("hash", 2, "<x-s?:s>", 2, static (arguments, run) => arguments[0] is { } data
            ? AslValue.Of(Hash(StringFunctions.Text(data, run), arguments[1]?.Text ?? "SHA-256")) : null),
        new("random", 1, "<n?:n>", 1, static (arguments, _) => AslValue.OfJavaScript(Random(arguments[0]))),
        new("uuid", 0, "<:s>", 0, static (_, _) => AslValue.Of(Guid.NewGuid().ToString())),
        new("parse", 1, "<s-:x>", 1, static (arguments, run) => arguments[0] is { } text ? Parse(text.Text, run) : null),
    ];

    private static AslValue Partition(AslValue array, double size, JsonataRun run)
    {
        if (!(size >= 1))
        {
            throw new JsonataException("D3100", "The second argument of the partition function must be a positive integer") { Index = 2 };
        }

        var width = (int)Math.Min(Math.Floor(size), int.MaxValue);
        var chunks = default(SequenceBuilder);
        for (var start = 0L; start < array.Count; start += width)
        {
            chunks.Add(run.Array(array.Items[(int)start..(int)Math.Min(start + width, array.Count)].ToArray()));
        }

        return chunks.ToArray(run);
    }

    private static AslValue Range(double first, double last, double delta, JsonataRun run)
    {
        if (delta is 0 or double.NaN)
        {
            throw new JsonataException("D3100", "The third argument of the range function must not be zero") { Index = 3 };
        }

        var count = Math.Floor((last - first) / delta) + 1;
        if (count > LargestRange)
        {
            throw new JsonataException("D2014", $"The size of the sequence allocated by the range function must not exceed {LargestRange}");
        }

        var items = new AslValue[(int)Math.Max(0, count)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = AslValue.OfJavaScript(first + (i * delta));
        }

        // AWS gives a single number without its array.
        return run.Array(items, ArrayTraits.Sequence);
    }

    private static string Hash(string data, string algorithm)
    {
        var bytes = Encoding.UTF8.GetBytes(data);
#pragma warning disable CA5350, CA5351 // The definition chooses the algorithm; MD5 and SHA-1 are AWS's offer for checksums.
        return Convert.ToHexStringLower(algorithm switch
        {
            "MD5" => MD5.HashData(bytes),
            "SHA-1" => SHA1.HashData(bytes),
            "SHA-256" => SHA256.HashData(bytes),
            "SHA-384" => SHA384.HashData(bytes),
            "SHA-512" => SHA512.HashData(bytes),
            _ => throw new JsonataException("D3100", $"The hash algorithm {algorithm} is not one of MD5, SHA-1, SHA-256, SHA-384, SHA-512") { Index = 2 },
        });
#pragma warning restore CA5350, CA5351
    }

    // With a seed the number that Java's generator gives first, so that it is the same every time.
    private static double Random(AslValue? seed)
    {
        if (seed is null)
        {
            return RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
        }

        const long Multiplier = 0x5DEECE66D;
        const long Mask = (1L << 48) - 1;
        var state = ((long)seed.Number ^ Multiplier) & Mask;
        long Next(int bits)
        {
            state = ((state * Multiplier) + 0xB) & Mask;
            return state >> (48 - bits);
        }

        return ((Next(26) << 27) + Next(27)) / (double)(1L << 53);
    }

    private static AslValue Parse(string text, JsonataRun run)
    {
        run.ChargeText(text.Length * 4L);
        try
        {
            var value = AslValue.Parse(text);
            return value.Depth <= JsonataRun.MaximumValueDepth ? value : throw JsonataException.TooLarge;
        }
        catch (JsonException error)
        {
            throw new JsonataException("D3121", "The argument of the parse function is not valid JSON: " + error.Message) { Index = 1 };
        }
    }
}
