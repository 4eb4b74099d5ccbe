using Oith.Matching.Geo;

namespace Oith.Matching.Engine;

/// <summary>
/// Rounded miles from one place to many, exactly as <see cref="Haversine.RoundedMiles"/> gives them: for places up to about 400
/// miles away by short series, whose error is below 1e-6 miles; where that could decide the rounding, by the function itself.
/// </summary>
internal readonly struct FastDistance(Coordinates from)
{
    private const double RadiansPerStep = Math.PI / 180 / Coordinates.StepsPerDegree;
    private const long StepsOfCircle = 360L * Coordinates.StepsPerDegree;
    private const double SeriesReach = 0.1;
    private const double Guard = 1e-6;

    private readonly Coordinates _from = from;
    private readonly int _latSteps = ProfilePacker.Steps(from.Lat);
    private readonly int _lngSteps = ProfilePacker.Steps(from.Lng);
    private readonly (double Sin, double Cos) _lat = Math.SinCos(double.DegreesToRadians(from.Lat));

    /// <param name="latSteps">Steps of 1e-7 degrees from the equator.</param>
    /// <param name="lngSteps">Steps of 1e-7 degrees from Greenwich.</param>
    public int RoundedMiles(int latSteps, int lngSteps)
    {
        var stepsEast = (long)lngSteps - _lngSteps;
        stepsEast += stepsEast > StepsOfCircle / 2 ? -StepsOfCircle : stepsEast < -StepsOfCircle / 2 ? StepsOfCircle : 0;
        var north = (latSteps - _latSteps) * RadiansPerStep;
        var east = stepsEast * RadiansPerStep;
        if (Math.Abs(north) > SeriesReach || Math.Abs(east) > SeriesReach)
        {
            return Exact(latSteps, lngSteps);
        }

        var n = north * north;
        var e = east * east;
        // sin²(x/2) = (1 - cos x) / 2, and cos(lat + north) by the sum of angles
        var sinNorth = north * (1 - n * (1.0 / 6) * (1 - n * (1.0 / 20) * (1 - n * (1.0 / 42))));
        var halfVersNorth = HalfVers(n);
        var cosOther = _lat.Cos * (1 - 2 * halfVersNorth) - _lat.Sin * sinNorth;
        var h = halfVersNorth + _lat.Cos * cosOther * HalfVers(e);
        // 2 asin(√h)
        var angle = 2 * Math.Sqrt(Math.Max(0, h)) * (1 + h * (1.0 / 6 + h * (3.0 / 40 + h * (15.0 / 336 + h * (105.0 / 3456)))));
        var miles = Haversine.EarthRadius * angle + 0.5;
        var rounded = (int)miles;
        var rest = miles - rounded;
        return rest is > Guard and < 1 - Guard ? rounded : Exact(latSteps, lngSteps);
    }

    // (1 - cos x) / 2 of x squared
    private static double HalfVers(double square) => square * 0.25 * (1 - square * (1.0 / 12) * (1 - square * (1.0 / 30) * (1 - square * (1.0 / 56))));

    private int Exact(int latSteps, int lngSteps) => Haversine.RoundedMiles(
        _from, new Coordinates((double)latSteps / Coordinates.StepsPerDegree, (double)lngSteps / Coordinates.StepsPerDegree));
}
