using Oith.Matching.Geo;

namespace Oith.Stack.Population;

/// <summary>A city that the synthetic people live around; all have the same share of them.</summary>
public sealed record City(string Name, Coordinates Centre)
{
    internal static readonly City[] All =
    [
        new("New York", new Coordinates(40.7128, -74.0060)),
        new("Los Angeles", new Coordinates(34.0522, -118.2437)),
        new("Chicago", new Coordinates(41.8781, -87.6298)),
        new("Houston", new Coordinates(29.7604, -95.3698)),
        new("Phoenix", new Coordinates(33.4484, -112.0740)),
        new("Philadelphia", new Coordinates(39.9526, -75.1652)),
        new("San Antonio", new Coordinates(29.4241, -98.4936)),
        new("San Diego", new Coordinates(32.7157, -117.1611)),
        new("Dallas", new Coordinates(32.7767, -96.7970)),
        new("San Jose", new Coordinates(37.3382, -121.8863)),
        new("Austin", new Coordinates(30.2672, -97.7431)),
        new("Jacksonville", new Coordinates(30.3322, -81.6557)),
        new("Fort Worth", new Coordinates(32.7555, -97.3308)),
        new("Columbus", new Coordinates(39.9612, -82.9988)),
        new("San Francisco", new Coordinates(37.7749, -122.4194)),
        new("Charlotte", new Coordinates(35.2271, -80.8431)),
        new("Indianapolis", new Coordinates(39.7684, -86.1581)),
        new("Seattle", new Coordinates(47.6062, -122.3321)),
        new("Denver", new Coordinates(39.7392, -104.9903)),
        new("Boston", new Coordinates(42.3601, -71.0589)),
        new("Nashville", new Coordinates(36.1627, -86.7816)),
        new("Miami", new Coordinates(25.7617, -80.1918)),
        new("Atlanta", new Coordinates(33.7490, -84.3880)),
        new("Portland", new Coordinates(45.5152, -122.6784)),
        new("Las Vegas", new Coordinates(36.1699, -115.1398)),
    ];
}
