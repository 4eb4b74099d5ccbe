namespace Oith.Matching.Geo;

/// <summary>Great-circle distance on a sphere.</summary>
public static class Haversine
{
    /// <summary>Radius of the earth in miles, as the rules fix it.</summary>
    public const double EarthRadius = 3959;

    /// <summary>Miles, not rounded.</summary>
    public static double Miles(Coordinates from, Coordinates to)
    {
        var halfLat = double.DegreesToRadians(to.Lat - from.Lat) / 2;
        var halfLng = double.DegreesToRadians(to.Lng - from.Lng) / 2;
        var sinLat = Math.Sin(halfLat);
        var sinLng = Math.Sin(halfLng);
        var a = sinLat * sinLat
            + Math.Cos(double.DegreesToRadians(from.Lat)) * Math.Cos(double.DegreesToRadians(to.Lat)) * sinLng * sinLng;
        // Rounding can carry a past 1 for antipodes, where the arc sine would be NaN.
        return 2 * EarthRadius * Math.Asin(Math.Sqrt(Math.Min(1, a)));
    }

    /// <summary>Miles, rounded half up: the distance that people see and that rules compare.</summary>
    public static int RoundedMiles(Coordinates from, Coordinates to) => (int)Math.Floor(Miles(from, to) + 0.5);
}
