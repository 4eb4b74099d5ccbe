namespace Oith.Matching.Geo;

/// <summary>Geohash as G. Niemeyer defined it: bits of longitude and latitude in turn, five a character.</summary>
public static class Geohash
{
    /// <summary>Precision of the prefix that profiles are sharded by: a cell of about 24 by 12 miles at the equator.</summary>
    public const int PrefixPrecision = 4;

    private const string Alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";

    /// <returns><paramref name="precision"/> characters: <c>dr5r</c> for New York at precision 4.</returns>
    public static string Encode(Coordinates coordinates, int precision = PrefixPrecision)
    {
        double south = -90, north = 90, west = -180, east = 180;
        return string.Create(precision, coordinates, (text, point) =>
        {
            var isLng = true;
            for (var i = 0; i < text.Length; i++)
            {
                var value = 0;
                for (var bit = 0; bit < 5; bit++)
                {
                    ref var low = ref isLng ? ref west : ref south;
                    ref var high = ref isLng ? ref east : ref north;
                    var middle = (low + high) / 2;
                    value <<= 1;
                    if ((isLng ? point.Lng : point.Lat) >= middle)
                    {
                        value |= 1;
                        low = middle;
                    }
                    else
                    {
                        high = middle;
                    }

                    isLng = !isLng;
                }

                text[i] = Alphabet[value];
            }
        });
    }

    /// <summary>The rectangle that a geohash of any precision stands for.</summary>
    /// <exception cref="FormatException">A character outside the geohash alphabet.</exception>
    public static GeoBox Bounds(string geohash)
    {
        double south = -90, north = 90, west = -180, east = 180;
        var isLng = true;
        foreach (var character in geohash)
        {
            var value = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (value < 0)
            {
                throw new FormatException($"'{character}' of '{geohash}' is no geohash character.");
            }

            for (var bit = 4; bit >= 0; bit--)
            {
                ref var low = ref isLng ? ref west : ref south;
                ref var high = ref isLng ? ref east : ref north;
                ref var moved = ref (value >> bit & 1) == 1 ? ref low : ref high;
                moved = (low + high) / 2;
                isLng = !isLng;
            }
        }

        return new GeoBox(south, west, north, east);
    }
}
