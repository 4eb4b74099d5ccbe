using CsCheck;
using Oith.Matching.Engine;
using Oith.Matching.Geo;

namespace Oith.Tests.Matching.Engine;

public sealed class FastDistanceTests
{
    private static readonly Gen<double> s_offset = Gen.OneOf(Gen.Double[-6, 6], Gen.Double[-0.02, 0.02], Gen.Double[-180, 180]);

    [Fact]
    public void RoundedMiles_Are_Those_Of_The_Rules() =>
        Gen.Select(Gen.Double[-90, 90], Gen.Double[-180, 180], s_offset, s_offset).Sample(
            (lat, lng, north, east) =>
            {
                var from = new Coordinates(lat, lng);
                var to = new Coordinates(Math.Clamp(lat + north, -90, 90), lng + east > 180 ? lng + east - 360 : lng + east < -180 ? lng + east + 360 : lng + east);
                Assert.Equal(
                    Haversine.RoundedMiles(from, to),
                    new FastDistance(from).RoundedMiles(ProfilePacker.Steps(to.Lat), ProfilePacker.Steps(to.Lng)));
            },
            iter: 100_000,
            threads: 1);

    [Fact]
    public void RoundedMiles_Are_Those_Of_The_Rules_When_A_Hair_From_Half_A_Mile()
    {
        var from = new Coordinates(40.7128, -74.006);
        var distance = new FastDistance(from);
        for (var half = 0.5; half < 120; half++)
        {
            var steps = (long)Math.Round(double.RadiansToDegrees(half / Haversine.EarthRadius) * Coordinates.StepsPerDegree);
            for (var step = steps - 3; step <= steps + 3; step++)
            {
                var lat = (int)(ProfilePacker.Steps(from.Lat) + step);
                var to = new Coordinates((double)lat / Coordinates.StepsPerDegree, from.Lng);
                Assert.Equal(Haversine.RoundedMiles(from, to), distance.RoundedMiles(lat, ProfilePacker.Steps(to.Lng)));
            }
        }
    }
}
