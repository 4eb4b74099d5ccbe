namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>One of the parts of a number's picture, taken to pieces.</summary>
internal sealed class SubPicture
{
    private readonly string _active;
    private readonly string _mantissa;
    private readonly string _integer;
    private readonly string _fraction;
    private readonly string? _exponent;

    private SubPicture(string text, PictureSymbols symbols)
    {
        Text = text;
        bool IsBody(char c) => symbols.IsActive(c) && !PictureSymbols.Is(c, symbols.ExponentSeparator);
        var first = text.ToList().FindIndex(IsBody);
        var last = text.ToList().FindLastIndex(IsBody);
        Prefix = first < 0 ? "" : text[..first];
        Suffix = first < 0 ? "" : text[(last + 1)..];
        _active = text[Prefix.Length..(text.Length - Suffix.Length)];
        var exponent = symbols.ExponentSeparator.Length == 0 ? -1 : text.IndexOf(symbols.ExponentSeparator, Prefix.Length, StringComparison.Ordinal);
        if (exponent < 0 || exponent > text.Length - Suffix.Length)
        {
            _mantissa = _active;
        }
        else
        {
            // The position counts from the start of the whole part, as in the reference.
            _mantissa = _active[..Math.Min(exponent, _active.Length)];
            _exponent = _active[Math.Min(exponent + 1, _active.Length)..];
        }

        var point = _mantissa.IndexOf(symbols.DecimalSeparator, StringComparison.Ordinal);
        _integer = point < 0 ? _mantissa : _mantissa[..point];
        _fraction = point < 0 ? Suffix : _mantissa[(point + 1)..];
    }

    public string Text { get; }

    public string Prefix { get; }

    public string Suffix { get; }

    public int MinimumInteger { get; private set; }

    public int MinimumFraction { get; private set; }

    public int MaximumFraction { get; private set; }

    public int MinimumExponent { get; private set; }

    public int ScalingFactor { get; private set; }

    /// <summary>Where grouping separators stand: digits to the right of each.</summary>
    public IReadOnlyList<int> IntegerGroups { get; private set; } = [];

    /// <summary>Digits to the left of each separator.</summary>
    public IReadOnlyList<int> FractionGroups { get; private set; } = [];

    public int RegularGroup { get; private set; }

    /// <exception cref="JsonataException">The picture breaks one of the rules.</exception>
    public static SubPicture Parse(string text, PictureSymbols symbols)
    {
        var picture = new SubPicture(text, symbols);
        if (picture.Fault(symbols) is { } code)
        {
            throw new JsonataException(code);
        }

        picture.Measure(symbols);
        return picture;
    }

    // Where several rules are broken the last one is told, as in the reference.
    private string? Fault(PictureSymbols symbols)
    {
        var point = Text.IndexOf(symbols.DecimalSeparator, StringComparison.Ordinal);
        var hasPercent = Text.Contains(symbols.Percent, StringComparison.Ordinal);
        var hasPerMille = Text.Contains(symbols.PerMille, StringComparison.Ordinal);
        (bool IsBroken, string Code)[] rules =
        [
            (_exponent is not null && (_exponent.Length == 0 || _exponent.Any(c => !symbols.IsDecimalDigit(c))), "D3093"),
            (_exponent is { Length: > 0 } && (hasPercent || hasPerMille), "D3092"),
            (IsOptionalBeforeMandatory(symbols), "D3091"),
            (IsMandatoryBeforeOptional(symbols), "D3090"),
            (Text.Contains(symbols.GroupingSeparator + symbols.GroupingSeparator, StringComparison.Ordinal), "D3089"),
            (point < 0 && _integer.EndsWith(symbols.GroupingSeparator, StringComparison.Ordinal), "D3088"),
            (point >= 0 && (IsAt(point - 1, symbols.GroupingSeparator) || IsAt(point + 1, symbols.GroupingSeparator)), "D3087"),
            (_active.Any(c => !symbols.IsActive(c)), "D3086"),
            (!_mantissa.Any(symbols.IsAnyDigit), "D3085"),
            (hasPercent && hasPerMille, "D3084"),
            (IsTwice(symbols.PerMille), "D3083"),
            (IsTwice(symbols.Percent), "D3082"),
            (IsTwice(symbols.DecimalSeparator), "D3081"),
        ];
        return Array.Find(rules, rule => rule.IsBroken).Code;
    }

    private bool IsAt(int index, string symbol) => index >= 0 && index < Text.Length && PictureSymbols.Is(Text[index], symbol);

    private bool IsTwice(string symbol) =>
        Text.IndexOf(symbol, StringComparison.Ordinal) != Text.LastIndexOf(symbol, StringComparison.Ordinal);

    private bool IsMandatoryBeforeOptional(PictureSymbols symbols)
    {
        var optional = _integer.IndexOf(symbols.Digit, StringComparison.Ordinal);
        return optional >= 0 && _integer[..optional].Any(symbols.IsDecimalDigit);
    }

    private bool IsOptionalBeforeMandatory(PictureSymbols symbols)
    {
        var optional = _fraction.LastIndexOf(symbols.Digit, StringComparison.Ordinal);
        return optional >= 0 && _fraction[optional..].Any(symbols.IsDecimalDigit);
    }

    private void Measure(PictureSymbols symbols)
    {
        IntegerGroups = Groups(_integer, symbols, toLeft: false);
        FractionGroups = Groups(_fraction, symbols, toLeft: true);
        RegularGroup = Regular(IntegerGroups);
        MinimumInteger = _integer.Count(symbols.IsDecimalDigit);
        ScalingFactor = MinimumInteger;
        MinimumFraction = _fraction.Count(symbols.IsDecimalDigit);
        MaximumFraction = _fraction.Count(symbols.IsAnyDigit);
        if (MinimumInteger == 0 && MaximumFraction == 0)
        {
            if (_exponent is not null)
            {
                MinimumFraction = 1;
                MaximumFraction = 1;
            }
            else
            {
                MinimumInteger = 1;
            }
        }

        if (_exponent is not null && MinimumInteger == 0 && _integer.Contains(symbols.Digit, StringComparison.Ordinal))
        {
            MinimumInteger = 1;
        }

        if (MinimumInteger == 0 && MinimumFraction == 0)
        {
            MinimumFraction = 1;
        }

        MinimumExponent = _exponent?.Count(symbols.IsDecimalDigit) ?? 0;
    }

    private static List<int> Groups(string part, PictureSymbols symbols, bool toLeft)
    {
        var positions = new List<int>();
        for (var i = 0; i < part.Length; i++)
        {
            if (PictureSymbols.Is(part[i], symbols.GroupingSeparator))
            {
                positions.Add((toLeft ? part[..i] : part[i..]).Count(symbols.IsAnyDigit));
            }
        }

        return positions;
    }

    private static int Regular(IReadOnlyList<int> positions)
    {
        if (positions.Count == 0)
        {
            return 0;
        }

        var width = positions.Aggregate(Divisor);
        for (var i = 1; i <= positions.Count; i++)
        {
            if (!positions.Contains(i * width))
            {
                return 0;
            }
        }

        return width;
    }

    private static int Divisor(int a, int b) => b == 0 ? a : Divisor(b, a % b);
}
