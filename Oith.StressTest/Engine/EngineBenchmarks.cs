using BenchmarkDotNet.Attributes;
using Oith.AppHost.Population;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;

namespace Oith.StressTest.Engine;

/// <summary>One match, one update, one precomputed deck, by the size of the pool.</summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly HashSet<string> s_nobody = [];

    private readonly PackedColumns _columns = new();
    private readonly Search _search = new();
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
    }

    /// <summary>In the engine itself; the service turns the address into an e-mail, one string.</summary>
    [Benchmark]
    public int Match() => Find(1);

    [Benchmark]
    public int Precompute() => Find(100);

    [Benchmark]
    public void Update() => _columns.Upsert(Next());

    private int Find(int count)
    {
        _search.Run(_columns, Next(), s_nobody, s_now.AddDays(-14), count, null, out var cost);
        return cost.Found;
    }

    private Profile Next() => _people[_next = (_next + 1) % _people.Length];
}
