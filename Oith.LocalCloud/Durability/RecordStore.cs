using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Durability;

/// <summary>The state of a small service: JSON records by kind and name, kept in the service's journal. Thread-safe.</summary>
internal sealed class RecordStore : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Kind, string Name), JsonObject> _records = [];
    private readonly Journal _journal;

    public RecordStore(JournalFactory journals, string service)
    {
        _journal = journals.Open(service);
        _journal.Replay(line => Apply(JsonNode.Parse(line)!.AsObject()));

        _journal.Rewrite(_records.Select(record => (ReadOnlyMemory<byte>)Line(record.Key.Kind, record.Key.Name, record.Value)));
    }

    /// <summary>A copy of the record, null when there is none.</summary>
    public JsonObject? Find(string kind, string name)
    {
        lock (_lock)
        {
            return (JsonObject?)_records.GetValueOrDefault((kind, name))?.DeepClone();
        }
    }

    /// <summary>Copies of all records of the kind, by name.</summary>
    public List<JsonObject> All(string kind)
    {
        lock (_lock)
        {
            return [.. _records.Where(record => record.Key.Kind == kind).Select(record => (JsonObject)record.Value.DeepClone())];
        }
    }

    /// <summary>Keeps the record; one of the same kind and name is replaced.</summary>
    public void Put(string kind, string name, JsonObject record)
    {
        lock (_lock)
        {
            _journal.Append(_journal.IsEnabled ? Line(kind, name, record) : []);
            _records[(kind, name)] = (JsonObject)record.DeepClone();
        }
    }

    /// <returns>False when there was none.</returns>
    public bool Remove(string kind, string name)
    {
        lock (_lock)
        {
            if (!_records.ContainsKey((kind, name)))
            {
                return false;
            }

            _journal.Append(_journal.IsEnabled ? Line(kind, name, null) : []);
            return _records.Remove((kind, name));
        }
    }

    public void Dispose() => _journal.Dispose();

    private void Apply(JsonObject line)
    {
        var key = (line["Kind"]!.GetValue<string>(), line["Name"]!.GetValue<string>());
        if (line["Record"] is JsonObject record)
        {
            _records[key] = (JsonObject)record.DeepClone();
        }
        else
        {
            _records.Remove(key);
        }
    }

    private static byte[] Line(string kind, string name, JsonObject? record) =>
        JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["Kind"] = kind, ["Name"] = name, ["Record"] = record?.DeepClone() });
}
