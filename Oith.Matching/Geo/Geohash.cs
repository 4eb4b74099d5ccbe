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
}
