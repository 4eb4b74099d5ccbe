using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>All alarms; every read and change happens under its lock, every change is kept in the journal first.</summary>
internal sealed class AlarmStore
{
    private const string Kind = "alarm";
    private const int MaximumDeletedHistory = 1000;

    private readonly SortedDictionary<string, Alarm> _alarms = new(StringComparer.Ordinal);
    private readonly List<JsonObject> _deletedHistory = [];
    private readonly StateJournal _journal;

    public AlarmStore(StateJournal journal)
    {
        _journal = journal;
        foreach (var (name, alarm) in journal.Restore(Kind, AlarmJsonContext.Default.Alarm))
        {
            _alarms[name] = alarm;
        }
    }

    public Lock Lock { get; } = new();

    public IEnumerable<Alarm> All => _alarms.Values;

    /// <summary>What happened to alarms, those that were deleted since LocalCloud started among them.</summary>
    public IEnumerable<JsonObject> History => _alarms.Values.SelectMany(alarm => alarm.History).Concat(_deletedHistory);

    public Alarm? Find(string name) => _alarms.GetValueOrDefault(name);

    /// <summary>By name or ARN.</summary>
    public Alarm? FindByReference(string reference) =>
        Find(reference) ?? _alarms.Values.FirstOrDefault(alarm => alarm.Arn == reference);

    public void Save(Alarm alarm)
    {
        _journal.Put(Kind, alarm.Name, alarm, AlarmJsonContext.Default.Alarm);
        _alarms[alarm.Name] = alarm;
    }

    public void Delete(Alarm alarm)
    {
        _journal.Remove(Kind, alarm.Name);
        _alarms.Remove(alarm.Name);
        _deletedHistory.AddRange(alarm.History);
        _deletedHistory.RemoveRange(0, Math.Max(0, _deletedHistory.Count - MaximumDeletedHistory));
    }
}
