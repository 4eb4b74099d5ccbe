using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Oith.Tests.Conformance;

/// <summary>Counts passes by category and holds the differences against the list of the known ones.</summary>
internal sealed class AslReport(string section)
{
    private readonly ConcurrentDictionary<string, (int Passed, int Run)> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _differences = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _seen = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _notRun = new(StringComparer.Ordinal);

    public void Add(string category, string id, string? difference)
    {
        _seen[id] = 0;
        _counts.AddOrUpdate(
            category,
            _ => (difference is null ? 1 : 0, 1),
            (_, count) => (count.Passed + (difference is null ? 1 : 0), count.Run + 1));
        if (difference is not null)
        {
            _differences[id] = difference;
        }
    }

    public void NotRun(string category) => _notRun.AddOrUpdate(category, 1, (_, count) => count + 1);

    /// <summary>Prints the table and fails on a difference that is not listed, or a listed one that is gone.</summary>
    public void Check()
    {
        var table = new StringBuilder();
        foreach (var (category, (passed, run)) in _counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            table.AppendLine($"{category,-28} {passed,5} of {run}");
        }

        foreach (var (category, count) in _notRun.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            table.AppendLine($"{category,-28} {count,5} not run: LocalCloud has no such service");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(table.ToString());
        var known = KnownFailing();
        var unexpected = _differences.Where(pair => !known.ContainsKey(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"DIFFERS  {pair.Key}\n    {pair.Value}");
        var mended = known.Keys.Where(id => _seen.ContainsKey(id) && !_differences.ContainsKey(id)).Select(id => $"LISTED AS FAILING, BUT AS AWS'S  {id}");
        var faults = unexpected.Concat(mended).ToArray();
        Assert.True(faults.Length == 0, $"{table}\n{string.Join('\n', faults)}");
    }

    private Dictionary<string, string> KnownFailing()
    {
        var path = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "Conformance", "asl-known-failing.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.GetProperty(section).Deserialize<Dictionary<string, string>>()!;
    }
}
