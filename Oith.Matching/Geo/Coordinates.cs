namespace Oith.Matching.Geo;

/// <param name="Lat">Degrees, -90…90.</param>
/// <param name="Lng">Degrees, -180…180.</param>
public readonly record struct Coordinates(double Lat, double Lng);
