using System.Text.Json.Serialization;

namespace Oith.Matching.Geo;

/// <summary>
/// A place, to 1e-7 degrees (less than half an inch): every copy of a profile, packed or not, then has the very same numbers,
/// and with them the same distances.
/// </summary>
public readonly record struct Coordinates
{
    /// <summary>Steps of one degree.</summary>
    public const int StepsPerDegree = 10_000_000;

    /// <param name="lat">Degrees, -90…90.</param>
    /// <param name="lng">Degrees, -180…180.</param>
    [JsonConstructor]
    public Coordinates(double lat, double lng)
    {
        Lat = Math.Round(lat * StepsPerDegree) / StepsPerDegree;
        Lng = Math.Round(lng * StepsPerDegree) / StepsPerDegree;
    }

    /// <summary>Degrees, -90…90.</summary>
    public double Lat { get; }

    /// <summary>Degrees, -180…180.</summary>
    public double Lng { get; }

    /// <summary>False for what is on no map, such as a latitude of 100 degrees or NaN.</summary>
    [JsonIgnore]
    public bool IsOnEarth => Math.Abs(Lat) <= 90 && Math.Abs(Lng) <= 180;
}
