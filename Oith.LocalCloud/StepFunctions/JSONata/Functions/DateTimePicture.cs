using System.Text;

namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>How a date and time is written, as XPath has it: <c>[Y0001]-[M01]-[D01]</c>, <c>[FNn], [D1o] [MNn] [Y]</c>.</summary>
internal sealed partial class DateTimePicture
{
    private readonly List<PicturePart> _parts = [];

    private DateTimePicture()
    {
    }

    public static DateTimePicture Parse(string picture)
    {
        var result = new DateTimePicture();
        var start = 0;
        var position = 0;
        while (position < picture.Length)
        {
            if (picture[position] != '[')
            {
                position++;
                continue;
            }

            result.AddLiteral(picture[start..position]);
            if (position + 1 < picture.Length && picture[position + 1] == '[')
            {
                result._parts.Add(PicturePart.OfLiteral("["));
                position += 2;
            }
            else
            {
                var end = picture.IndexOf(']', position);
                if (end < 0)
                {
                    throw new JsonataException("D3135");
                }

                result.Add(PicturePart.Parse(string.Concat(picture[(position + 1)..end].Where(c => !char.IsWhiteSpace(c)))));
                position = end + 1;
            }

            start = position;
        }

        result.AddLiteral(picture[start..]);
        return result;
    }

    /// <param name="millis">Since 1970, in UTC.</param>
    public string Format(double millis, (int Hours, int Minutes) zone)
    {
        var time = CivilTime.Of(millis + (((60 * zone.Hours) + zone.Minutes) * 60_000.0));
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(part.Literal ?? Component(part, time, zone));
        }

        return text.ToString();
    }

    private static string Component(PicturePart part, CivilTime time, (int Hours, int Minutes) zone)
    {
        switch (part.Component)
        {
            case 'Z' or 'z':
                return Zone(part, zone);
            case 'P':
                return part.Names == NameCase.Upper ? (time.Hour >= 12 ? "PM" : "AM") : time.Hour >= 12 ? "pm" : "am";
            case 'C' or 'E':
                return "ISO";
            case 'f':
                return part.Integer!.Format(time.Millisecond);
        }

        double value = PicturePart.Value(part.Component, time);
        if (part.Component == 'Y' && part.YearDigits > 0)
        {
            value %= Math.Pow(10, part.YearDigits);
        }

        return part.Names is { } names ? Name(part, names, (int)value) : part.Integer!.Format(value);
    }

    private static string Name(PicturePart part, NameCase names, int value)
    {
        var name = part.NameOf(value);
        name = names switch
        {
            NameCase.Upper => name.ToUpperInvariant(),
            NameCase.Lower => name.ToLowerInvariant(),
            _ => name,
        };
        return part.MaximumWidth is { } width && name.Length > width ? name[..width] : name;
    }

    private static string Zone(PicturePart part, (int Hours, int Minutes) zone)
    {
        var offset = (zone.Hours * 100) + zone.Minutes;
        if (offset == 0 && part.IsTraditional)
        {
            return "Z";
        }

        var picture = part.Integer!;
        var text = picture.RegularGroup > 0 ? picture.Format(offset) : picture.MandatoryDigits switch
        {
            1 or 2 => picture.Format(zone.Hours) + (zone.Minutes == 0 ? "" : ":" + IntegerPicture.Parse("00").Format(zone.Minutes)),
            3 or 4 => picture.Format(offset),
            var digits => throw new JsonataException("D3134") { Value = digits.ToString(System.Globalization.CultureInfo.InvariantCulture) },
        };
        return (part.Component == 'z' ? "GMT" : "") + (offset >= 0 ? "+" : "") + text;
    }

    private void AddLiteral(string text)
    {
        if (text.Length > 0)
        {
            _parts.Add(PicturePart.OfLiteral(text.Replace("]]", "]", StringComparison.Ordinal)));
        }
    }

    private void Add(PicturePart part)
    {
        // Of two numbers without anything between them the first has as many digits as it must have.
        if (part.IsPaddedInteger && _parts is [.., { Integer: { } previous }])
        {
            previous.ParseWidth = previous.MandatoryDigits;
        }

        _parts.Add(part);
    }
}
