using System.Text.Json;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Messaging;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// What SQS keeps over a restart. One binary record a change: its kind, the queue's id, then what the kind says. Written
/// under the queue's lock, so a queue's records are in the order of its changes.
/// </summary>
internal sealed class SQSJournal(Journal journal) : IDisposable
{
    [ThreadStatic]
    private static MemoryStream? s_stream;

    private enum Kind : byte
    {
        Queue = 1,
        QueueDeleted,
        Message,
        MessageDeleted,
        Visibility,
        Moved,
        Purged,
        Deduplication,

        /// <summary>A message of a compacted journal, whose deduplication has a record of its own.</summary>
        Kept,
    }

    public void QueueChanged(QueueDefinition definition)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.Queue, definition.Id, writer => Write(writer, definition));
        }
    }

    public void QueueDeleted(Guid queue)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.QueueDeleted, queue, static _ => { });
        }
    }

    public void MessageSent(Guid queue, SQSMessage message)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.Message, queue, writer => Write(writer, message));
        }
    }

    public void MessageDeleted(Guid queue, long number)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.MessageDeleted, queue, writer => writer.Write(number));
        }
    }

    public void VisibilityChanged(Guid queue, SQSMessage message, long visibleAt)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.Visibility, queue, writer =>
            {
                writer.Write(message.Number);
                writer.Write(message.ReceiveCount);
                writer.Write(message.FirstReceiveTimestamp);
                writer.Write(message.ReceivedAt);
                writer.Write(visibleAt);
            });
        }
    }

    /// <summary>One record for both queues: after a crash the message is in exactly one of them.</summary>
    public void MessageMoved(Guid source, long sourceNumber, Guid target, SQSMessage message)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.Moved, target, writer =>
            {
                writer.Write(source.ToByteArray());
                writer.Write(sourceNumber);
                Write(writer, message);
            });
        }
    }

    public void Purged(Guid queue)
    {
        if (journal.IsEnabled)
        {
            Append(Kind.Purged, queue, static _ => { });
        }
    }

    /// <summary>All queues as the journal has them; then the journal holds just these.</summary>
    public IReadOnlyCollection<RestoredQueue> Restore(long now)
    {
        if (!journal.IsEnabled)
        {
            return [];
        }

        var queues = new Dictionary<Guid, RestoredQueue>();
        var deleted = new HashSet<Guid>();
        journal.Replay(record => Apply(queues, deleted, record, now));

        journal.Rewrite(queues.Values.SelectMany(Compact));
        return queues.Values;
    }

    public void Dispose() => journal.Dispose();

    private static void Apply(Dictionary<Guid, RestoredQueue> queues, HashSet<Guid> deleted, byte[] record, long now)
    {
        using var reader = new BinaryReader(new MemoryStream(record));
        var kind = (Kind)reader.ReadByte();
        var id = new Guid(reader.ReadBytes(16));
        if (kind == Kind.Queue)
        {
            var definition = ReadDefinition(reader, id);
            if (queues.TryGetValue(id, out var known))
            {
                known.Definition = definition;
            }
            else
            {
                queues.Add(id, new RestoredQueue(definition));
            }

            return;
        }

        if (queues.TryGetValue(id, out var queue))
        {
            Apply(queues, queue, kind, reader, now);
        }
        else if (!deleted.Contains(id))
        {
            throw new InvalidDataException("it belongs to a queue that is not in the journal");
        }

        if (kind == Kind.QueueDeleted && queues.Remove(id))
        {
            deleted.Add(id);
        }
    }

    private static void Apply(Dictionary<Guid, RestoredQueue> queues, RestoredQueue queue, Kind kind, BinaryReader reader, long now)
    {
        switch (kind)
        {
            case Kind.QueueDeleted:
                break;
            case Kind.Message:
                queue.Add(ReadMessage(reader), now);
                break;
            case Kind.MessageDeleted:
                queue.Messages.Remove(reader.ReadInt64());
                break;
            case Kind.Visibility:
                if (queue.Messages.TryGetValue(reader.ReadInt64(), out var message))
                {
                    message.ReceiveCount = reader.ReadInt32();
                    message.FirstReceiveTimestamp = reader.ReadInt64();
                    message.ReceivedAt = reader.ReadInt64();
                    message.VisibleAt = reader.ReadInt64();
                }

                break;
            case Kind.Moved:
                // Read as a whole before anything changes: the message is in one of the two queues, never in none.
                var source = new Guid(reader.ReadBytes(16));
                var number = reader.ReadInt64();
                var moved = ReadMessage(reader);
                queues.GetValueOrDefault(source)?.Messages.Remove(number);
                queue.Messages[moved.Number] = moved;
                break;
            case Kind.Kept:
                var kept = ReadMessage(reader);
                queue.Messages[kept.Number] = kept;
                break;
            case Kind.Purged:
                queue.Messages.Clear();
                queue.Deduplication.Clear();
                break;
            case Kind.Deduplication:
                queue.Add(new DeduplicationEntry(reader.ReadString(), reader.ReadString(), reader.ReadInt64(), reader.ReadInt64()), now);
                break;
            default:
                throw new InvalidDataException($"its kind {kind} is unknown");
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Compact(RestoredQueue queue)
    {
        var id = queue.Definition.Id;
        yield return Record(Kind.Queue, id, writer => Write(writer, queue.Definition));
        foreach (var entry in queue.Deduplication)
        {
            yield return Record(Kind.Deduplication, id, writer =>
            {
                writer.Write(entry.Key);
                writer.Write(entry.MessageId);
                writer.Write(entry.Number);
                writer.Write(entry.ExpiresAt);
            });
        }

        foreach (var message in queue.Messages.Values)
        {
            yield return Record(Kind.Kept, id, writer => Write(writer, message));
        }
    }

    private static byte[] Record(Kind kind, Guid queue, Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        WriteRecord(stream, kind, queue, write);
        return stream.ToArray();
    }

    private void Append(Kind kind, Guid queue, Action<BinaryWriter> write)
    {
        var stream = s_stream ??= new MemoryStream();
        stream.SetLength(0);
        WriteRecord(stream, kind, queue, write);
        journal.Append(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static void WriteRecord(MemoryStream stream, Kind kind, Guid queue, Action<BinaryWriter> write)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write((byte)kind);
        writer.Write(queue.ToByteArray());
        write(writer);
    }

    private static void Write(BinaryWriter writer, QueueDefinition definition)
    {
        writer.Write(definition.Name);
        writer.Write(definition.Arn);
        writer.Write(JsonSerializer.Serialize(definition.Attributes.Values));
        writer.Write(JsonSerializer.Serialize(definition.Tags));
        writer.Write(definition.CreatedTimestamp);
        writer.Write(definition.LastModifiedTimestamp);
        writer.Write(definition.IsDeduplicatedPerGroup);
    }

    private static QueueDefinition ReadDefinition(BinaryReader reader, Guid id) => new(
        id,
        reader.ReadString(),
        reader.ReadString(),
        QueueAttributes.Create(JsonSerializer.Deserialize<Dictionary<string, string>>(reader.ReadString())!),
        JsonSerializer.Deserialize<Dictionary<string, string>>(reader.ReadString())!,
        reader.ReadInt64(),
        reader.ReadInt64(),
        reader.ReadBoolean());

    private static void Write(BinaryWriter writer, SQSMessage message)
    {
        writer.Write(message.Number);
        writer.Write(message.Id);
        writer.Write(message.Body);
        writer.Write(message.MD5OfBody);
        WriteOptional(writer, message.TraceHeader);
        WriteOptional(writer, message.GroupId);
        WriteOptional(writer, message.DeduplicationId);
        WriteOptional(writer, message.DeadLetterQueueSourceArn);
        writer.Write(message.SentTimestamp);
        writer.Write(message.FirstReceiveTimestamp);
        writer.Write(message.ReceiveCount);
        writer.Write(message.ReceivedAt);
        writer.Write(message.VisibleAt);
        writer.Write((byte)message.Attributes.Items.Length);
        foreach (var attribute in message.Attributes.Items)
        {
            writer.Write(attribute.Name);
            writer.Write(attribute.DataType);
            WriteOptional(writer, attribute.StringValue);
            if (attribute.BinaryValue is { } binary)
            {
                writer.Write(binary.Length);
                writer.Write(binary);
            }
        }

        writer.Write(message.ReceiveCountOnArrival);
    }

    private static SQSMessage ReadMessage(BinaryReader reader) => new()
    {
        Number = reader.ReadInt64(),
        Id = reader.ReadString(),
        Body = reader.ReadString(),
        MD5OfBody = reader.ReadString(),
        TraceHeader = ReadOptional(reader),
        GroupId = ReadOptional(reader),
        DeduplicationId = ReadOptional(reader),
        DeadLetterQueueSourceArn = ReadOptional(reader),
        SentTimestamp = reader.ReadInt64(),
        FirstReceiveTimestamp = reader.ReadInt64(),
        ReceiveCount = reader.ReadInt32(),
        ReceivedAt = reader.ReadInt64(),
        VisibleAt = reader.ReadInt64(),
        Attributes = ReadAttributes(reader),
        // Records of older versions end here.
        ReceiveCountOnArrival = reader.BaseStream.Position < reader.BaseStream.Length ? reader.ReadInt32() : 0,
    };

    private static MessageAttributes ReadAttributes(BinaryReader reader)
    {
        var items = new MessageAttribute[reader.ReadByte()];
        for (var i = 0; i < items.Length; i++)
        {
            var name = reader.ReadString();
            var type = reader.ReadString();
            var text = ReadOptional(reader);
            items[i] = new MessageAttribute(name, type, text, text is null ? reader.ReadBytes(reader.ReadInt32()) : null);
        }

        return items.Length == 0 ? MessageAttributes.None : new MessageAttributes(items);
    }

    private static void WriteOptional(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
        {
            writer.Write(text);
        }
    }

    private static string? ReadOptional(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;
}

/// <summary>A queue as the journal has it.</summary>
internal sealed class RestoredQueue(QueueDefinition definition)
{
    public QueueDefinition Definition { get; set; } = definition;

    /// <summary>By number, so in the order they were sent.</summary>
    public SortedDictionary<long, SQSMessage> Messages { get; } = [];

    public List<DeduplicationEntry> Deduplication { get; } = [];

    public void Add(SQSMessage message, long now)
    {
        Messages[message.Number] = message;
        if (Definition.Attributes.IsFifo)
        {
            Add(
                new DeduplicationEntry(
                    DeduplicationWindow.Key(Definition.IsDeduplicatedPerGroup, message.GroupId!, message.DeduplicationId!),
                    message.Id,
                    message.Number,
                    message.SentTimestamp + DeduplicationWindow.Milliseconds),
                now);
        }
    }

    public void Add(DeduplicationEntry entry, long now)
    {
        if (entry.ExpiresAt > now)
        {
            Deduplication.Add(entry);
        }
    }
}
