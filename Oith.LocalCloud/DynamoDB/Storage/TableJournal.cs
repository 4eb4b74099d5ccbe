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
/// nothing. Put: the encoded item, whose key follows from it. Delete: the key. Streamed: when the change that follows was made, for the
/// table's stream; what the stream shows of it follows from the change. StreamRecord: a whole record of the stream, as compaction writes
/// it. StreamEnd: the number of the stream's last record.
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
        Streamed = 5,
        StreamRecord = 6,
        StreamEnd = 7,
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

    public void Append(TableChange change)
    {
        if (_journal.IsEnabled)
        {
            Append(writer => WriteChange(writer, change));
        }
    }

    public void Append(IReadOnlyList<TableChange> changes)
    {
        if (_journal.IsEnabled)
        {
            Append(writer =>
            {
                foreach (var change in changes)
                {
                    WriteChange(writer, change);
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

    private static void WriteChange(ValueWriter writer, TableChange change)
    {
        var name = change.Table.Name;
        if (change.Table.Stream is { IsEnabled: true })
        {
            Span<byte> streamed = stackalloc byte[StreamJournal.StampLength];
            StreamJournal.WriteStamp(streamed, change.Time, change.IsExpiry);
            WriteEntry(writer, EntryKind.Streamed, name, streamed);
        }

        if (change.Item is { } item)
        {
            WriteEntry(writer, EntryKind.Put, name, item.Encoded);
        }
        else
        {
            WriteEntry(writer, EntryKind.Delete, name, change.Key);
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
        (DateTimeOffset Time, bool IsExpiry)? streamed = null;
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
                    Change(tables[name], KeyEncoding.Of(tables[name].Key, item.Root)!, item, ref streamed);
                    break;
                case EntryKind.Delete:
                    Change(tables[name], payload.ToArray(), null, ref streamed);
                    break;
                case EntryKind.Streamed:
                    streamed = StreamJournal.ReadStamp(payload);
                    break;
                case EntryKind.StreamRecord:
                    tables[name].Stream!.Restore(StreamJournal.ReadRecord(payload));
                    break;
                case EntryKind.StreamEnd:
                    tables[name].Stream!.RestoreEnd(StreamJournal.ReadNumber(payload));
                    break;
                default:
                    throw new InvalidDataException($"The journal of dynamodb has an entry of the unknown kind {(byte)kind}.");
            }
        }
    }

    private static void Change(Table table, byte[] key, Item? item, ref (DateTimeOffset Time, bool IsExpiry)? streamed)
    {
        if (streamed is { } stamp)
        {
            new TableChange(table, key, item, stamp.Time, stamp.IsExpiry).Apply();
            streamed = null;
        }
        else
        {
            table.Set(key, item);
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

            if (table.Stream is not { } stream)
            {
                continue;
            }

            foreach (var record in stream.Records)
            {
                yield return Record(writer => WriteEntry(writer, EntryKind.StreamRecord, table.Name, StreamJournal.Encode(record)));
            }

            yield return Record(writer => WriteEntry(writer, EntryKind.StreamEnd, table.Name, StreamJournal.EncodeNumber(stream.End - 1)));
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
