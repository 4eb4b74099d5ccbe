using CsCheck;
using Oith.Matching.Caching;

namespace Oith.Tests.Matching.Caching;

public sealed class SetAssociativeCacheTests
{
    [Fact]
    public void Entry_Kept_Longest_Ago_Makes_Room()
    {
        var cache = new SetAssociativeCache<Entry>(sets: 1);
        foreach (var (email, at) in (ReadOnlySpan<(string, long)>)[("a", 3), ("b", 1), ("c", 4), ("d", 2), ("e", 5), ("f", 6)])
        {
            cache.Keep(new Entry(email, at));
        }

        Assert.Equal(["a", "c", "e", "f"], new[] { "a", "b", "c", "d", "e", "f" }.Where(email => cache.Find(email) is not null));
    }

    [Fact]
    public void Entry_Takes_The_Place_Of_The_Former_One_Of_Its_Person()
    {
        var cache = new SetAssociativeCache<Entry>(sets: 1);
        foreach (var at in Enumerable.Range(1, 10))
        {
            cache.Keep(new Entry("a", at));
            cache.Keep(new Entry($"other {at % 3}", at));
        }

        Assert.Equal(10, cache.Find("a")?.At);
        Assert.NotNull(cache.Find("other 0"));
        Assert.NotNull(cache.Find("other 1"));
        Assert.NotNull(cache.Find("other 2"));
    }

    [Fact]
    public void What_Is_Found_Is_What_Was_Kept_Last() => Gen.Select(Gen.Int[0, 40], Gen.Long[0, 1000]).Array[0, 200].Sample(steps =>
    {
        var cache = new SetAssociativeCache<Entry>(sets: 4);
        var last = new Dictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var (person, at) in steps)
        {
            var entry = new Entry($"person{person}", at);
            cache.Keep(entry);
            last[entry.Key] = entry;
            Assert.Same(entry, cache.Find(entry.Key));
        }

        Assert.All(last, pair => Assert.True(cache.Find(pair.Key) is not { } found || ReferenceEquals(found, pair.Value)));
    });

    private sealed record Entry(string Key, long At) : ICacheEntry;
}
