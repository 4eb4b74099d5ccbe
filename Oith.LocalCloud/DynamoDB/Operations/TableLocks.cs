using Oith.LocalCloud.DynamoDB.Storage;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>The locks of several tables, taken in one order for all and released on dispose.</summary>
internal readonly ref struct TableLocks : IDisposable
{
    private readonly Table[] _tables;

    public TableLocks(IEnumerable<Table> tables)
    {
        _tables = [.. tables.Distinct().OrderBy(table => table.Ordinal)];
        foreach (var table in _tables)
        {
            table.Lock.Enter();
        }

        foreach (var table in _tables)
        {
            if (table.IsDeleted)
            {
                Dispose();
                TableStore.CheckAlive(table);
            }
        }
    }

    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Lock.Exit();
        }
    }
}
