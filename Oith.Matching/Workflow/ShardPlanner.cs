using Oith.Matching.Engine;

namespace Oith.Matching.Workflow;

/// <summary>Cuts cells, in the order of their geohash, into shards of about the same population: neighbours mostly stay together.</summary>
internal static class ShardPlanner
{
    public static List<CellRange> Cut(IReadOnlyList<CellPopulation> cells, int shards)
    {
        var ranges = new List<CellRange>();
        if (cells.Count == 0)
        {
            return ranges;
        }

        var share = Math.Max(1, (int)Math.Ceiling(cells.Sum(cell => (long)cell.Count) / (double)Math.Max(1, shards)));
        var from = cells[0].Cell;
        long people = 0;
        for (var i = 0; i < cells.Count; i++)
        {
            people += cells[i].Count;
            if (people >= share || i == cells.Count - 1)
            {
                ranges.Add(new CellRange(from, cells[i].Cell));
                people = 0;
                from = i < cells.Count - 1 ? cells[i + 1].Cell : from;
            }
        }

        return ranges;
    }
}
