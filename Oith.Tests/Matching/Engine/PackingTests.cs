using System.Runtime.CompilerServices;
using Oith.Matching.Compatibility;
using Oith.Matching.Engine;
using Oith.Matching.Geo;
using Oith.Matching.Profiles;

namespace Oith.Tests.Matching.Engine;

public sealed class PackingTests
{
    [Fact]
    public void Record_Has_26_Bytes() => Assert.Equal(26, Unsafe.SizeOf<HotBytes>() + Unsafe.SizeOf<ColdBytes>());

    [Theory]
    [InlineData(0, 0, 0u, 0, 0u)]
    [InlineData(1_757_813, 3_515_625, (1u << 30) - 1, 127, uint.MaxValue)]
    [InlineData(1_048_577, 2_097_153, 0x2AAAAAAAu, 85, 0x80000001u)]
    public void ColdBytes_Keep_Every_Bit(int lat, int lng, uint lastSeen, int maxDistance, uint id)
    {
        var cold = new ColdBytes(lat, lng, lastSeen, maxDistance, id);

        Assert.Equal((lat, lng, lastSeen, maxDistance, id), (cold.LatSteps, cold.LngSteps, cold.LastSeen, cold.MaxDistanceCode, cold.Id));
    }

    [Theory]
    [InlineData(40.7128, -74.006)]
    [InlineData(90, 180)]
    [InlineData(-90, -180)]
    [InlineData(0, 0)]
    [InlineData(-1e-7, -1e-7)]
    [InlineData(40.78125, -73.828125)]
    [InlineData(40.7812499, -73.8281251)]
    [InlineData(45, 45)]
    public void Cell_Has_The_Name_Of_The_Geohash(double lat, double lng)
    {
        var cell = CellId.Of(ProfilePacker.Steps(lat), ProfilePacker.Steps(lng));

        Assert.Equal(Geohash.Encode(new Coordinates(lat, lng)), CellId.Name(cell));
    }

    [Fact]
    public void Interest_Points_Are_Exact_When_Any_Count_Meets_Any()
    {
        for (var mine = 0; mine <= InterestCodes.MaxCount; mine++)
        {
            for (var theirs = 0; theirs <= InterestCodes.MaxCount; theirs++)
            {
                for (var shared = 0; shared <= Math.Min(mine, theirs); shared++)
                {
                    var seeker = Person("a@x", mine, 0);
                    var candidate = Person("b@x", theirs, mine - shared);
                    var index = new PackedCandidateIndex();
                    index.Upsert(candidate);
                    var top = new Candidate[1];

                    var search = index.FindTop(seeker, new HashSet<string>(), OddPeople.SeenSince, top);

                    Assert.Equal(1, search.Found);
                    Assert.Equal(CompatibilityScore.Of(seeker, candidate), top[0].Compatibility);
                }
            }
        }
    }

    private static Profile Person(string email, int interests, int firstInterest) => new()
    {
        Email = email,
        Coordinates = new Coordinates(40, -74),
        LastSeen = OddPeople.Now,
        Interests = [.. Enumerable.Range(firstInterest, interests).Select(i => $"interest {i}")],
    };
}
