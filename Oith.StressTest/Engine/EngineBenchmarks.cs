using BenchmarkDotNet.Attributes;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;
using Oith.Stack.Population;

namespace Oith.StressTest.Engine;

/// <summary>One match, one update, one precomputed deck, one block of 32 records, by the size of the pool.</summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly HashSet<string> s_nobody = [];

    private readonly PackedColumns _columns = new();
    private readonly Search _search = new();
    private readonly Seeker _seeker = new();
    private readonly byte[] _compatibilities = new byte[BlockFilter.Lanes];
    private Bucket _largest = null!;
    private Profile[] _people = [];
    private int _next;

    [Params(25_000, 100_000, 1_000_000)]
    public int Users { get; set; }

    [GlobalSetup]
    public void Load()
    {
        var population = new SyntheticPopulation();
        _columns.EnsureCapacity(Users);
        foreach (var person in population.Take(Users, s_now))
        {
            _columns.Upsert(person);
        }

        _columns.TrimExcess();
        _people = [.. population.Take(10_000, s_now)];
        _largest = _columns.Cells.Cells.ToArray().SelectMany(cell => cell.Buckets.All).MaxBy(bucket => bucket.Count)!;
        _seeker.Prepare(_people[0], _columns.Vocabulary, s_now.AddDays(-14));
    }

    /// <summary>In the engine itself; the service turns the address into an e-mail, one string.</summary>
    [Benchmark]
    public int Match() => Find(1);

    [Benchmark]
    public int Precompute() => Find(100);

    [Benchmark]
    public void Update() => _columns.Upsert(Next());

    [Benchmark]
    public uint FilterBlock()
    {
        ref var hot = ref _largest.Read().Block(0, out var stride);
        return BlockFilter.Run(ref hot, stride, 0, _seeker, 0, ref _compatibilities[0]);
    }

    [Benchmark]
    public (int, int) DecodeBlock()
    {
        var sum = (0, 0);
        for (var slot = 0; slot < BlockFilter.Lanes; slot++)
        {
            var (hot, cold) = _largest.At(slot);
            sum = (sum.Item1 + hot[Plane.Age], sum.Item2 + cold.LatSteps);
        }

        return sum;
    }

    private int Find(int count)
    {
        _search.Run(_columns, Next(), s_nobody, s_now.AddDays(-14), count, null, out var cost);
        return cost.Found;
    }

    private Profile Next() => _people[_next = (_next + 1) % _people.Length];
}
