using System.Collections.Frozen;
using System.Text;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>Whole numbers as English words and as Roman numerals, both ways.</summary>
internal static class NumberWords
{
    private static readonly string[] s_few =
    [
        "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
        "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
    ];

    private static readonly string[] s_ordinals =
    [
        "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
        "Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
    ];

    private static readonly string[] s_tens = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred"];

    private static readonly string[] s_magnitudes = ["Thousand", "Million", "Billion", "Trillion"];

    private static readonly (int Value, string Letters)[] s_roman =
    [
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ];

    private static readonly FrozenDictionary<string, double> s_values = Values();

    /// <summary>All words that a number may be made of, for a pattern.</summary>
    public static IEnumerable<string> Words => s_values.Keys;

    public static string Of(double value, bool isOrdinal) => Of(value, isContinued: false, isOrdinal);

    public static double Parse(string text)
    {
        var segments = new Stack<double>([0]);
        foreach (var word in text.Replace(", ", " ", StringComparison.Ordinal).Replace(" and ", " ", StringComparison.Ordinal).Split(' ', '-', '\t', '\n'))
        {
            if (!s_values.TryGetValue(word, out var value))
            {
                return double.NaN;
            }

            if (value >= 100)
            {
                segments.Push(segments.Pop() * value);
                continue;
            }

            var top = segments.Pop();
            if (top >= 1000)
            {
                segments.Push(top);
                top = 0;
            }

            segments.Push(top + value);
        }

        return segments.Sum();
    }

    public static string Roman(double value)
    {
        var roman = new StringBuilder();
        foreach (var (worth, letters) in s_roman)
        {
            for (; value >= worth; value -= worth)
            {
                roman.Append(letters);
            }
        }

        return roman.ToString();
    }

    public static double ParseRoman(string roman)
    {
        var sum = 0;
        var largest = 1;
        for (var i = roman.Length - 1; i >= 0; i--)
        {
            var value = char.ToUpperInvariant(roman[i]) switch { 'M' => 1000, 'D' => 500, 'C' => 100, 'L' => 50, 'X' => 10, 'V' => 5, 'I' => 1, _ => -1 };
            if (value < 0)
            {
                return double.NaN;
            }

            sum += value < largest ? -value : value;
            largest = Math.Max(largest, value);
        }

        return sum;
    }

    private static string Of(double value, bool isContinued, bool isOrdinal)
    {
        if (value <= 19)
        {
            return (isContinued ? " and " : "") + (isOrdinal ? s_ordinals : s_few)[(int)value];
        }

        if (value < 100)
        {
            var tens = s_tens[((int)value / 10) - 2];
            var rest = value % 10;
            return (isContinued ? " and " : "")
                + (rest > 0 ? $"{tens}-{Of(rest, false, isOrdinal)}" : isOrdinal ? tens[..^1] + "ieth" : tens);
        }

        var magnitude = value < 1000 ? 0 : Math.Min((int)Math.Floor(Math.Log10(value) / 3), s_magnitudes.Length);
        var factor = value < 1000 ? 100 : Math.Pow(10, magnitude * 3);
        var count = Math.Floor(value / factor);
        var remainder = value - (count * factor);
        var words = (isContinued ? ", " : "")
            + (value < 1000 ? $"{s_few[(int)count]} Hundred" : $"{Of(count, false, false)} {s_magnitudes[magnitude - 1]}");
        return remainder > 0 ? words + Of(remainder, true, isOrdinal) : isOrdinal ? words + "th" : words;
    }

    private static FrozenDictionary<string, double> Values()
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var i = 0; i < s_few.Length; i++)
        {
            values[s_few[i].ToLowerInvariant()] = i;
            values[s_ordinals[i].ToLowerInvariant()] = i;
        }

        for (var i = 0; i < s_tens.Length; i++)
        {
            var word = s_tens[i].ToLowerInvariant();
            values[word] = (i + 2) * 10;
            values[word[..^1] + "ieth"] = (i + 2) * 10;
        }

        values["hundredth"] = 100;
        for (var i = 0; i < s_magnitudes.Length; i++)
        {
            var word = s_magnitudes[i].ToLowerInvariant();
            values[word] = Math.Pow(10, (i + 1) * 3);
            values[word + "th"] = values[word];
        }

        return values.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
