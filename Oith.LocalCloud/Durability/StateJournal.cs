using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Oith.LocalCloud.Durability;

/// <summary>
/// A journal of named things of a service (functions, rules, alarms), where only the last state of each counts:
/// <c>{"kind":"rule","key":"default/nightly","value":{…}}</c>, without a value when it was deleted.
/// </summary>
internal sealed class StateJournal : IDisposable
{
    private readonly Journal _journal;
    private readonly Dictionary<(string Kind, string Key), JsonElement> _restored = [];

    /// <summary>Reads the kept state and compacts the journal to it.</summary>
    public StateJournal(Journal journal)
    {
        _journal = journal;
        journal.Replay(Apply);
        if (journal.IsEnabled)
        {
            journal.Rewrite(_restored.Select(pair => Record(pair.Key.Kind, pair.Key.Key, pair.Value.WriteTo)));
        }
    }

    /// <summary>What was kept of one kind; each kind is read once, at start.</summary>
    public IReadOnlyList<(string Key, T Value)> Restore<T>(string kind, JsonTypeInfo<T> type)
    {
        var kept = _restored.Where(pair => pair.Key.Kind == kind).ToList();
        foreach (var (name, _) in kept)
        {
            _restored.Remove(name);
        }

        return [.. kept.Select(pair => (pair.Key.Key, pair.Value.Deserialize(type)!))];
    }

    /// <summary>Keeps the state of one thing before the change is acknowledged.</summary>
    public void Put<T>(string kind, string key, T value, JsonTypeInfo<T> type)
    {
        if (_journal.IsEnabled)
        {
            _journal.Append(Record(kind, key, writer => JsonSerializer.Serialize(writer, value, type)).Span);
        }
    }

    public void Remove(string kind, string key)
    {
        if (_journal.IsEnabled)
        {
            _journal.Append(Record(kind, key, null).Span);
        }
    }

    public void Dispose() => _journal.Dispose();

    private void Apply(byte[] record)
    {
        using var document = JsonDocument.Parse(record);
        var name = (document.RootElement.GetProperty("kind").GetString()!, document.RootElement.GetProperty("key").GetString()!);
        if (document.RootElement.TryGetProperty("value", out var value))
        {
            _restored[name] = value.Clone();
        }
        else
        {
            _restored.Remove(name);
        }
    }

    private static ReadOnlyMemory<byte> Record(string kind, string key, Action<Utf8JsonWriter>? value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("kind", kind);
        writer.WriteString("key", key);
        if (value is not null)
        {
            writer.WritePropertyName("value");
            value(writer);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
