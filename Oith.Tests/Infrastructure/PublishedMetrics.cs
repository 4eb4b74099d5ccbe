using System.Text.Json.Nodes;

namespace Oith.Tests.Infrastructure;

/// <summary>Whether a metric is one that AWS publishes, by the checked-in table published-metrics.json.</summary>
internal static class PublishedMetrics
{
    private static readonly JsonArray s_table =
        JsonNode.Parse(RepositoryFiles.Read("Oith.Tests", "Infrastructure", "published-metrics.json"))!["metrics"]!.AsArray();

    /// <summary>Null when it is, else what is wrong with it.</summary>
    public static string? Reject(string ns, string name, IEnumerable<string> dimensions, string statistic)
    {
        var entry = s_table.FirstOrDefault(row => row!["namespace"]!.ToString() == ns && row["names"]!.AsArray().Any(n => n!.ToString() == name));
        if (entry is null)
        {
            return $"{ns} {name} is not in the table of published metrics.";
        }

        var wanted = dimensions.Order(StringComparer.Ordinal).ToArray();
        if (!entry["dimensions"]!.AsArray().Any(set => set!.AsArray().Select(d => d!.ToString()).Order(StringComparer.Ordinal).SequenceEqual(wanted)))
        {
            return $"{ns} {name} is not published by {string.Join(" + ", wanted)}.";
        }

        var kind = statistic.StartsWith('p') ? "p" : statistic;
        return entry["statistics"]!.AsArray().Any(s => s!.ToString() == kind) ? null : $"{statistic} of {ns} {name} means nothing.";
    }
}
