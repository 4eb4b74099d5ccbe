using Oith.Matching.Geo;

namespace Oith.Matching.Engine;

/// <summary>The cells that there are, row by row from the south, each row from the west. Immutable.</summary>
internal sealed class CellDirectory
{
    public static readonly CellDirectory Empty = new([]);

    // A window is widened by this much against rounding at its borders; the distance decides anyway.
    private const double Margin = 1e-6;

    private readonly Cell[] _cells;
    private readonly int[] _rowStarts = new int[CellId.Rows + 1];

    private CellDirectory(Cell[] cells)
    {
        _cells = cells;
        foreach (var cell in cells)
        {
            _rowStarts[CellId.Row(cell.Id) + 1]++;
        }

        for (var row = 0; row < CellId.Rows; row++)
        {
            _rowStarts[row + 1] += _rowStarts[row];
        }
    }

    public ReadOnlySpan<Cell> Cells => _cells;

    public long Bytes => 24 + sizeof(int) * _rowStarts.Length + _cells.Length * (8 + 56 + 80);

    public Cell? Find(int id)
    {
        var row = CellId.Row(id);
        foreach (var cell in Row(row))
        {
            if (cell.Id == id)
            {
                return cell;
            }
        }

        return null;
    }

    /// <param name="added">None of them is there yet.</param>
    public CellDirectory With(params IEnumerable<Cell> added)
    {
        Cell[] cells = [.. _cells, .. added];
        Array.Sort(cells, (one, other) => one.Id.CompareTo(other.Id));
        return new CellDirectory(cells);
    }

    /// <summary>The cells within <paramref name="miles"/>, and perhaps some that are just not.</summary>
    public CellWindow Around(Coordinates center, double miles)
    {
        var box = GeoBox.Around(center, miles);
        var west = CellId.ColumnOf(StepsAt(box.West - Margin));
        var east = CellId.ColumnOf(StepsAt(box.East + Margin));
        // A window that reaches nearly around would end in the column where it begins.
        var isRound = (box.East - box.West + 360) % 360 >= 359 || box.East - box.West >= 359;
        return new CellWindow(
            this, CellId.RowOf(StepsAt(box.South - Margin)), CellId.RowOf(StepsAt(box.North + Margin)),
            isRound ? 0 : west, isRound ? CellId.Columns - 1 : (east - west) & (CellId.Columns - 1));
    }

    internal ReadOnlySpan<Cell> Row(int row) => _cells.AsSpan(_rowStarts[row].._rowStarts[row + 1]);

    private static long StepsAt(double degrees) => (long)Math.Floor(degrees * Coordinates.StepsPerDegree);
}

/// <summary>Rows from south to north, and from the west column on so many more to the east, across the antimeridian where need be.</summary>
internal readonly struct CellWindow(CellDirectory directory, int south, int north, int west, int width)
{
    public int North { get; } = north;

    public int South { get; } = south;

    public ReadOnlySpan<Cell> Row(int row) => directory.Row(row);

    public bool Contains(Cell cell) => ((CellId.Column(cell.Id) - west) & (CellId.Columns - 1)) <= width;
}
