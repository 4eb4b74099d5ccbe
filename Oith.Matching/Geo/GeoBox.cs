namespace Oith.Matching.Geo;

/// <summary>A rectangle of latitudes and longitudes, in degrees; it crosses the antimeridian when West is greater than East.</summary>
public readonly record struct GeoBox(double South, double West, double North, double East)
{
    /// <summary>The smallest box around everything within <paramref name="miles"/> of <paramref name="center"/>.</summary>
    public static GeoBox Around(Coordinates center, double miles)
    {
        var angle = miles / Haversine.EarthRadius;
        var degrees = double.RadiansToDegrees(angle);
        var south = center.Lat - degrees;
        var north = center.Lat + degrees;
        if (south <= -90 || north >= 90)
        {
            // A pole is within reach, and with it every meridian.
            return new GeoBox(Math.Max(-90, south), -180, Math.Min(90, north), 180);
        }

        // The circle touches its outermost meridian off the center's own parallel, hence the sines.
        var ratio = Math.Sin(angle) / Math.Cos(double.DegreesToRadians(center.Lat));
        if (angle >= Math.PI / 2 || ratio >= 1)
        {
            return new GeoBox(south, -180, north, 180);
        }

        var width = double.RadiansToDegrees(Math.Asin(ratio));
        return new GeoBox(south, Wrap(center.Lng - width), north, Wrap(center.Lng + width));
    }

    /// <summary>True when the two have a point in common, borders included.</summary>
    public bool Intersects(GeoBox other) =>
        South <= other.North && other.South <= North
        && (Spans(other.West) || Spans(other.East) || other.Spans(West));

    private bool Spans(double lng) => West <= East ? lng >= West && lng <= East : lng >= West || lng <= East;

    private static double Wrap(double lng) => lng < -180 ? lng + 360 : lng > 180 ? lng - 360 : lng;
}
