using System.Collections.Concurrent;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>All tables, in memory and in the journal. Every change of an item or a table passes here.</summary>
/// <remarks>
/// Each table has one lock. It is held while one item is read or changed and recorded, which takes microseconds; a transaction
/// holds the locks of all its tables, taken in the order of <see cref="Table.Ordinal"/>.
/// </remarks>
internal sealed class TableStore
{
    private readonly ConcurrentDictionary<string, Table> _tables = new(StringComparer.Ordinal);
    private readonly Lock _tablesLock = new();
    private readonly TableJournal _journal;
    private long _ordinal;

    private readonly TimeProvider _time;

    public TableStore(TableJournal journal, TimeProvider time)
    {
        _journal = journal;
        _time = time;
        journal.Restore(_tables);
        _ordinal = _tables.IsEmpty ? 0 : _tables.Values.Max(table => table.Ordinal) + 1;
    }

    public IEnumerable<Table> Tables => _tables.Values;

    public Table? Find(string name) => _tables.GetValueOrDefault(name);

    /// <exception cref="Wire.AwsServiceException">ResourceNotFoundException as item operations word it.</exception>
    public Table ForItems(string name) => Find(name) ?? throw (IsName(name)
        ? DynamoDBError.TableNotFound()
        : DynamoDBError.Constraint("tableName", name, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));

    /// <exception cref="Wire.AwsServiceException">ResourceNotFoundException as table operations word it.</exception>
    public Table ForDefinition(string name) => Find(name) ?? throw DynamoDBError.TableNotFound(name);

    /// <returns>The new table; null when the name is taken.</returns>
    public Table? Create(TableDefinition definition)
    {
        lock (_tablesLock)
        {
            if (_tables.ContainsKey(definition.Name))
            {
                return null;
            }

            _journal.AppendTable(definition);
            return _tables[definition.Name] = new Table(definition, _ordinal++);
        }
    }

    /// <summary>Changes a definition under the table's lock.</summary>
    public void Redefine(Table table, Func<TableDefinition, TableDefinition> change)
    {
        lock (table.Lock)
        {
            CheckAlive(table);
            var definition = change(table.Definition);
            _journal.AppendTable(definition);
            table.Redefine(definition);
        }
    }

    public void Drop(Table table)
    {
        lock (_tablesLock)
        {
            lock (table.Lock)
            {
                CheckAlive(table);
                _journal.AppendDrop(table.Name);
                table.IsDeleted = true;
                _tables.TryRemove(table.Name, out _);
            }
        }
    }

    /// <summary>Sets or (null) removes one item. The caller holds the table's lock.</summary>
    public void Commit(Table table, byte[] key, Item? item, Span<int> indexWrites = default)
    {
        var change = new TableChange(table, key, item, _time.GetUtcNow(), IsExpiry: false);
        _journal.Append(change);
        change.Apply(indexWrites);
    }

    /// <summary>Removes one item whose time to live is over. The caller holds the table's lock.</summary>
    public void Expire(Table table, byte[] key)
    {
        var change = new TableChange(table, key, null, _time.GetUtcNow(), IsExpiry: true);
        _journal.Append(change);
        change.Apply();
    }

    /// <summary>Sets and removes items as one. The caller holds the locks of all tables.</summary>
    public void Commit(IReadOnlyList<(Table Table, byte[] Key, Item? Item)> changes)
    {
        var now = _time.GetUtcNow();
        var committed = changes.Select(change => new TableChange(change.Table, change.Key, change.Item, now, IsExpiry: false)).ToArray();
        _journal.Append(committed);
        foreach (var change in committed)
        {
            change.Apply();
        }
    }

    /// <summary>Call first under a table's lock.</summary>
    /// <exception cref="Wire.AwsServiceException">ResourceNotFoundException: the table was deleted meanwhile.</exception>
    public static void CheckAlive(Table table)
    {
        if (table.IsDeleted)
        {
            throw DynamoDBError.TableNotFound();
        }
    }

    private static bool IsName(string name) => name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-');
}
