using Oith.Matching.Geo;

namespace Oith.Matching.Engine;

/// <summary>A geohash cell of precision 4 as a number: 10 bits of row from the south pole, then 10 bits of column from the antimeridian.</summary>
internal static class CellId
{
    public const int Rows = 1024;
    public const int Columns = 1024;

    /// <summary>Where people without coordinates are: never searched.</summary>
    public const int Nowhere = -1;

    private const long StepsOfHalfCircle = 180L * Coordinates.StepsPerDegree;
    private const string Alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";

    public static int Of(int latSteps, int lngSteps) => RowOf(latSteps) * Columns + ColumnOf(lngSteps);

    public static int Row(int cell) => cell / Columns;

    public static int Column(int cell) => cell % Columns;

    // The north pole and the antimeridian belong to the last row and column, as in geohash.
    public static int RowOf(long latSteps) =>
        (int)Math.Clamp((latSteps + StepsOfHalfCircle / 2) * Rows / StepsOfHalfCircle, 0, Rows - 1);

    public static int ColumnOf(long lngSteps) =>
        (int)Math.Clamp((lngSteps + StepsOfHalfCircle) * Columns / (2 * StepsOfHalfCircle), 0, Columns - 1);

    /// <summary>The step at or just south of the cell's south border.</summary>
    public static int SouthSteps(int cell) => (int)(Row(cell) * StepsOfHalfCircle / Rows - StepsOfHalfCircle / 2);

    /// <summary>The step at or just west of the cell's west border.</summary>
    public static int WestSteps(int cell) => (int)(Column(cell) * 2 * StepsOfHalfCircle / Columns - StepsOfHalfCircle);

    /// <summary>The cell of a geohash prefix; false for a text that is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out int cell)
    {
        cell = Nowhere;
        if (name.Length != Geohash.PrefixPrecision)
        {
            return false;
        }

        int row = 0, column = 0;
        for (var i = 0; i < name.Length; i++)
        {
            var value = Alphabet.IndexOf(name[i], StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }

            for (var bit = 4; bit >= 0; bit--)
            {
                ref var number = ref ((5 * i + 4 - bit) & 1) == 0 ? ref column : ref row;
                number = number << 1 | value >> bit & 1;
            }
        }

        cell = row * Columns + column;
        return true;
    }

    /// <summary>The geohash prefix: bits of longitude and latitude in turn.</summary>
    public static string Name(int cell) => string.Create(Geohash.PrefixPrecision, cell, static (text, cell) =>
    {
        int row = Row(cell), column = Column(cell);
        var bits = 0;
        for (var i = 9; i >= 0; i--)
        {
            bits = bits << 2 | (column >> i & 1) << 1 | row >> i & 1;
        }

        for (var i = 0; i < text.Length; i++)
        {
            text[i] = Alphabet[bits >> (15 - 5 * i) & 31];
        }
    });
}
