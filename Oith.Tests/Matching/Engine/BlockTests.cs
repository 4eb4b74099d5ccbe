using CsCheck;
using Oith.Matching.Candidates;
using Oith.Matching.Changes;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Stack.Population;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Engine;

public sealed class BlockTests
{
    private static readonly HashSet<string> s_nobody = [];

    [Fact]
    public void People_Match_As_Before_When_They_Went_Through_Blocks() =>
        Gen.Select(OddPeople.Person.Array[1, 100], OddPeople.Person.Array[1, 40]).Sample(
            (people, others) =>
            {
                people = [.. people.DistinctBy(person => person.Email)];
                // The reader has met other words in another order: its codes are not the writer's.
                var reader = Filled(others.Select(other => other with { Email = $"{other.Email} of before" }));
                foreach (var other in others)
                {
                    reader.Remove($"{other.Email} of before");
                }

                foreach (var person in ThroughBlocks(Filled(people)))
                {
                    reader.Upsert(person);
                }

                var top = new Candidate[7];
                foreach (var seeker in people)
                {
                    var search = reader.FindTop(seeker, s_nobody, OddPeople.SeenSince, top);
                    Assert.Equal(PlainReference.FindTop(people, seeker, s_nobody, OddPeople.SeenSince, 7), top.Take(search.Found));
                }
            },
            iter: 300,
            threads: 1);

    [Fact]
    public void Block_Is_Refused_When_Any_Byte_Of_It_Changed()
    {
        var (cell, words, block, version) = AnyBlock();
        for (var at = 0; at < block.Length; at++)
        {
            block[at] ^= 0x10;
            Assert.False(BlockDecoder.TryDecode(block, cell, version, words, []), $"Byte {at} of {block.Length}");
            block[at] ^= 0x10;
        }

        Assert.True(BlockDecoder.TryDecode(block, cell, version, words, []));
    }

    [Fact]
    public void Block_Is_Refused_When_It_Is_Cut_Off_Or_Of_Another_Layout_Cell_Or_Version()
    {
        var (cell, words, block, version) = AnyBlock();
        for (var length = 0; length < block.Length; length++)
        {
            Assert.False(BlockDecoder.TryDecode(block.AsSpan(0, length), cell, version, words, []));
        }

        Assert.False(BlockDecoder.TryDecode(block, cell + 1, version, words, []));
        Assert.False(BlockDecoder.TryDecode(block, cell, version + 1, words, []));
        Assert.True(BlockHeader.TryRead(block, out var header));
        BlockHeader.Seal(block, header);
        Assert.True(BlockDecoder.TryDecode(block, cell, version, words, []));
        BitConverter.TryWriteBytes(block.AsSpan(4), BlockHeader.CurrentLayout - 1);
        Assert.False(BlockDecoder.TryDecode(block, cell, version, words, []));
    }

    [Fact]
    public void Manifest_Is_Refused_When_Any_Byte_Of_It_Changed()
    {
        var manifest = new CellManifest(
            OddPeople.Now, new FeedPosition(new() { [29_000_000] = 7 }), [1, 0, 3], VocabularyWords.Of(new Oith.Matching.Engine.Vocabulary()));
        var bytes = manifest.Encode();
        Assert.Equal(manifest.Blocks, CellManifest.Decode(bytes)!.Blocks);
        Assert.Equal(manifest.Position.Read, CellManifest.Decode(bytes)!.Position.Read);
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x10;
            Assert.Null(CellManifest.Decode(bytes));
            bytes[at] ^= 0x10;
        }

        Assert.Null(CellManifest.Decode(bytes.AsSpan(0, 11)));
        Assert.Null(CellManifest.Decode(bytes.AsSpan(0, bytes.Length - 1)));
    }

    [Fact]
    public void Only_Changed_Buckets_Are_Encoded_When_The_Others_Are_Known()
    {
        var people = new SyntheticPopulation().Take(3000, OddPeople.Now).ToArray();
        var index = Filled(people);
        var cell = index.HeldCells.MaxBy(cell => cell.Count)!;
        var versions = cell.Buckets.All.ToDictionary(bucket => bucket, bucket => bucket.Version);
        var changed = people.First(person => ProfilePacker.CellOf(person) == cell.Id);

        index.Upsert(changed with { Age = 77 });
        var snapshot = index.Encode(cell, bucket => versions[bucket] == bucket.Version, 2)!;

        Assert.Single(snapshot.Buckets, part => part.Block is not null);
    }

    [Fact]
    public void Memory_Is_Given_Back_When_Cells_Come_And_Go()
    {
        var people = new SyntheticPopulation().Take(20_000, OddPeople.Now).ToArray();
        var index = Filled(people);
        var (bytes, emails) = (index.IndexBytes, index.EmailBytes);
        for (var round = 0; round < 20; round++)
        {
            Assert.NotEmpty(index.Shrink(0, -1));
            Assert.Equal(0, index.Count);
            Assert.InRange(index.EmailBytes, 0, 1 << 16);
            foreach (var cell in index.Cells())
            {
                Assert.True(CellId.TryParse(cell.Cell, out var id));
                using var fill = index.BeginFill(id);
                fill.Put(people.Where(person => ProfilePacker.CellOf(person) == id));
                fill.Complete(OddPeople.Now);
            }
        }

        Assert.Equal(people.Length, index.Count);
        Assert.InRange(index.IndexBytes, 0, bytes * 1.1);
        Assert.InRange(index.EmailBytes, 0, emails + (1 << 17));
    }

    [Fact]
    public void Who_Is_Held_In_Another_Cell_Stays_There_Until_Read_Once_More()
    {
        var moved = NextMatchTests.Person("bob@example.com", "male");
        var before = moved with { Coordinates = new(34.05, -118.24) };
        var seeker = NextMatchTests.Couple()[0];
        var index = Filled([moved]);
        var top = new Candidate[1];

        // Told of the move already, as it brings in what was packed before and cannot be followed up.
        using (var fill = index.BeginFill(ProfilePacker.CellOf(before)))
        {
            fill.Put([before]);
            Assert.Equal([moved.Email], fill.Doubtful);
        }

        Assert.Equal(1, index.FindTop(seeker, s_nobody, OddPeople.SeenSince, top).Found);
        Assert.Equal(moved.Email, top[0].Email);
    }

    [Fact]
    public void Search_Says_So_When_A_Cell_Within_Reach_Is_Not_Held()
    {
        var people = new SyntheticPopulation().Take(2_000, OddPeople.Now).ToArray();
        var index = Filled(people);
        var top = new Candidate[1];
        Assert.Equal(0, index.FindTop(people[0], s_nobody, OddPeople.SeenSince, top).Cold);

        index.Shrink(0, -1);

        var search = index.FindTop(people[0], s_nobody, OddPeople.SeenSince, top);
        Assert.True(search.Cold > 0);
        Assert.Equal(search.Cold, index.ColdCells(people[0], null).Count);
        Assert.Equal(people.Count(person => person.Coordinates is not null), index.Cells().Sum(cell => cell.Count));
    }

    private static List<Profile> ThroughBlocks(PackedCandidateIndex index)
    {
        var people = new List<Profile>();
        foreach (var cell in index.HeldCells)
        {
            var snapshot = index.Encode(cell, _ => false, 5)!;
            Assert.All(
                snapshot.Buckets, part => Assert.True(BlockDecoder.TryDecode(part.Block, cell.Id, 5, snapshot.Vocabulary, people)));
        }

        return people;
    }

    private static (int Cell, VocabularyWords Words, byte[] Block, ulong Version) AnyBlock()
    {
        var people = new SyntheticPopulation().Take(40, OddPeople.Now)
            .Select((person, i) => person with { Coordinates = new(40.7, -74), Age = i % 9 == 0 ? 1000 : person.Age });
        var index = Filled(people);
        var cell = index.HeldCells.Single();
        var snapshot = index.Encode(cell, _ => false, 5)!;
        return (cell.Id, snapshot.Vocabulary, snapshot.Buckets.MaxBy(part => part.Block!.Length).Block!, 5);
    }

    private static PackedCandidateIndex Filled(IEnumerable<Profile> people)
    {
        var index = new PackedCandidateIndex();
        foreach (var person in people)
        {
            index.Upsert(person);
        }

        return index;
    }
}
