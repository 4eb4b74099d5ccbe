using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// Brings everybody of a cell into the index, or brings those up to date who are there. Meanwhile changes are taken in; when it is not
/// completed, a cell that was not held before is not held after.
/// </summary>
internal sealed class CellFill(PackedColumns columns, Cell cell) : IDisposable
{
    private readonly HashSet<string> _doubtful = new(columns.EmailsIn(cell), StringComparer.Ordinal);

    public Cell Cell => cell;

    /// <summary>
    /// To be read once more: who was held at the beginning and was not put (has moved, or was changed after the others were read), and
    /// who is held in another cell.
    /// </summary>
    public IReadOnlyCollection<string> Doubtful => _doubtful;

    /// <summary>Holds these people, except who is held in another cell: has moved, here or away.</summary>
    public void Put(IEnumerable<Profile> people)
    {
        foreach (var person in people)
        {
            if (columns.TryRefresh(person, cell))
            {
                _doubtful.Remove(person.Email);
            }
            else
            {
                _doubtful.Add(person.Email);
            }
        }
    }

    /// <param name="builtAt">When the people were read from the table.</param>
    public void Complete(DateTimeOffset builtAt)
    {
        cell.BuiltAt = builtAt;
        columns.CompleteFill(cell);
    }

    public void Dispose() => columns.EndFill(cell);
}
