using Oith.Matching.Geo;

namespace Oith.Tests.Matching.Geo;

public sealed class GeohashTests
{
    [Theory]
    [InlineData(40.7128, -74.0060, 4, "dr5r")]
    [InlineData(57.64911, 10.40744, 11, "u4pruydqqvj")]
    [InlineData(-90, -180, 4, "0000")]
    [InlineData(90, 180, 4, "zzzz")]
    public void Encode_Gives_The_Known_Code_When_Given_Coordinates(double lat, double lng, int precision, string expected) =>
        Assert.Equal(expected, Geohash.Encode(new Coordinates(lat, lng), precision));

    [Fact]
    public void Bounds_Hold_The_Point_When_It_Was_Encoded()
    {
        var random = new Random(5);
        for (var i = 0; i < 1000; i++)
        {
            var point = new Coordinates(random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180);
            var box = Geohash.Bounds(Geohash.Encode(point));

            Assert.InRange(point.Lat, box.South, box.North);
            Assert.InRange(point.Lng, box.West, box.East);
        }
    }

    [Fact]
    public void Bounds_Name_The_Character_When_It_Is_Outside_The_Alphabet() =>
        Assert.Contains("'a'", Assert.Throws<FormatException>(() => Geohash.Bounds("dra")).Message, StringComparison.Ordinal);

    [Fact]
    public void Around_Holds_Every_Point_When_It_Is_Within_Reach()
    {
        var random = new Random(6);
        for (var i = 0; i < 20_000; i++)
        {
            var center = new Coordinates(random.NextDouble() * 180 - 90, random.NextDouble() * 360 - 180);
            var point = new Coordinates(
                Math.Clamp(center.Lat + (random.NextDouble() - 0.5) * 8, -90, 90), (center.Lng + (random.NextDouble() - 0.5) * 20 + 540) % 360 - 180);
            var miles = Haversine.Miles(center, point);

            Assert.True(
                GeoBox.Around(center, miles + 0.001).Intersects(new GeoBox(point.Lat, point.Lng, point.Lat, point.Lng)),
                $"{point} is {miles} miles from {center} but outside the box.");
        }
    }
}
