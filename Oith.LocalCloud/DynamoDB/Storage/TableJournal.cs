using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>
/// Keeps tables and items. A record is a sequence of entries that belong together: a whole transaction is one record, so that it
/// is kept whole or not at all.
/// </summary>
/// <remarks>
/// Entry: a kind byte, the table's name, a payload, both with their length before them. Table: its definition as JSON. Drop:
/// nothing. Put: the encoded item, whose key follows from it. Delete: the key.
/// </remarks>
internal sealed class TableJournal(JournalFactory factory) : IDisposable
{
    private readonly Journal _journal = factory.Open("dynamodb");

    private enum EntryKind : byte
    {
        Table = 1,
        Drop = 2,
        Put = 3,
        Delete = 4,
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>Builds the tables from the records and writes them back without what is past.</summary>
    public void Restore(IDictionary<string, Table> tables)
    {
        if (!_journal.IsEnabled)
        {
            return;
        }

        var ordinal = 0L;
        _journal.Replay(record => Restore(record, tables, ref ordinal));

        _journal.Rewrite(Compacted(tables));
    }

    public void Append(Table table, byte[] key, Item? item)
    {
        if (_journal.IsEnabled)
        {
            Append(writer => WriteChange(writer, table, key, item));
        }
    }

    public void Append(IEnumerable<(Table Table, byte[] Key, Item? Item)> changes)
    {
        if (_journal.IsEnabled)
        {
            Append(writer =>
            {
                foreach (var (table, key, item) in changes)
                {
                    WriteChange(writer, table, key, item);
                }
            });
        }
    }

    public void AppendTable(TableDefinition definition)
    {
        if (_journal.IsEnabled)
        {
            Append(writer => WriteEntry(writer, EntryKind.Table, definition.Name, Serialize(definition)));
        }
    }

    public void AppendDrop(string table)
    {
        if (_journal.IsEnabled)
        {
            Append(writer => WriteEntry(writer, EntryKind.Drop, table, []));
        }
    }

    private void Append(Action<ValueWriter> write)
    {
        var writer = ValueWriter.Rent();
        try
        {
            write(writer);
            _journal.Append(writer.Written);
        }
        finally
        {
            writer.Return();
        }
    }

    private static void WriteChange(ValueWriter writer, Table table, byte[] key, Item? item)
    {
        if (item is null)
        {
            WriteEntry(writer, EntryKind.Delete, table.Name, key);
        }
        else
        {
            WriteEntry(writer, EntryKind.Put, table.Name, item.Encoded);
        }
    }

    private static void WriteEntry(ValueWriter writer, EntryKind kind, string table, ReadOnlySpan<byte> payload)
    {
        writer.WriteByte((byte)kind);
        Span<byte> name = stackalloc byte[Encoding.UTF8.GetMaxByteCount(table.Length)];
        writer.WriteBytes(name[..Encoding.UTF8.GetBytes(table, name)]);
        writer.WriteBytes(payload);
    }

    private static void Restore(byte[] record, IDictionary<string, Table> tables, ref long ordinal)
    {
        var position = 0;
        while (position < record.Length)
        {
            var kind = (EntryKind)record[position++];
            var name = Encoding.UTF8.GetString(AttributeValue.ReadBytes(record, ref position));
            var payload = AttributeValue.ReadBytes(record, ref position);
            switch (kind)
            {
                case EntryKind.Table:
                    var definition = JsonSerializer.Deserialize(payload, TableDefinitionContext.Default.TableDefinition)!;
                    if (tables.TryGetValue(name, out var existing))
                    {
                        existing.Redefine(definition);
                    }
                    else
                    {
                        tables[name] = new Table(definition, ordinal++);
                    }

                    break;
                case EntryKind.Drop:
                    tables.Remove(name);
                    break;
                case EntryKind.Put:
                    var item = new Item(payload.ToArray());
                    tables[name].Set(KeyEncoding.Of(tables[name].Key, item.Root)!, item);
                    break;
                case EntryKind.Delete:
                    tables[name].Set(payload.ToArray(), null);
                    break;
                default:
                    throw new InvalidDataException($"The journal of dynamodb has an entry of the unknown kind {(byte)kind}.");
            }
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Compacted(IDictionary<string, Table> tables)
    {
        foreach (var table in tables.Values)
        {
            yield return Record(writer => WriteEntry(writer, EntryKind.Table, table.Name, Serialize(table.Definition)));
            for (var cursor = table.Items.Range(null, null); cursor.MoveNext();)
            {
                var item = cursor.Item;
                yield return Record(writer => WriteEntry(writer, EntryKind.Put, table.Name, item.Encoded));
            }
        }
    }

    private static byte[] Record(Action<ValueWriter> write)
    {
        var writer = ValueWriter.Rent();
        try
        {
            write(writer);
            return writer.ToArray();
        }
        finally
        {
            writer.Return();
        }
    }

    private static byte[] Serialize(TableDefinition definition) =>
        JsonSerializer.SerializeToUtf8Bytes(definition, TableDefinitionContext.Default.TableDefinition);
}
