using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>All buses and rules; every read and change happens under its lock, every change is kept in the journal first.</summary>
internal sealed class EventStore : IDisposable
{
    private const string BusKind = "bus";
    private const string RuleKind = "rule";

    private readonly SortedDictionary<string, EventBus> _buses = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Bus, string Name), EventRule> _rules = [];
    private readonly StateJournal _journal;
    private readonly Arn _arn;
    private readonly TimeProvider _time;

    public EventStore(JournalFactory journals, Arn arn, TimeProvider time)
    {
        (_arn, _time) = (arn, time);
        _journal = new StateJournal(journals.Open("events"));
        foreach (var (name, bus) in _journal.Restore(BusKind, EventBridgeJsonContext.Default.EventBus))
        {
            _buses[name] = bus;
        }

        foreach (var (_, rule) in _journal.Restore(RuleKind, EventBridgeJsonContext.Default.EventRule))
        {
            _rules[(rule.EventBusName, rule.Name)] = rule;
            rule.NextRun = rule.IsEnabled ? rule.Schedule?.Next(time.GetUtcNow()) : null;
        }

        if (!_buses.ContainsKey(EventBus.Default))
        {
            _buses[EventBus.Default] = NewBus(EventBus.Default);
        }
    }

    public Lock Lock { get; } = new();

    /// <summary>Raised after a scheduled rule changed, so that its next run is looked at anew.</summary>
    public event Action? ScheduleChanged;

    public IEnumerable<EventBus> Buses => _buses.Values;

    public IEnumerable<EventRule> Rules => _rules.Values;

    public EventBus NewBus(string name) => new()
    {
        Name = name,
        Arn = _arn.Of("events", $"event-bus/{name}"),
        CreationTime = _time.GetUtcNow(),
        LastModifiedTime = _time.GetUtcNow(),
    };

    public string ArnOfRule(string bus, string name) => _arn.Of("events", bus == EventBus.Default ? $"rule/{name}" : $"rule/{bus}/{name}");

    public EventBus? FindBus(string name) => _buses.GetValueOrDefault(name);

    /// <exception cref="AwsServiceException">ResourceNotFoundException.</exception>
    public EventBus GetBus(string name) => FindBus(name) ?? throw new AwsServiceException("ResourceNotFoundException", $"Event bus {name} does not exist.");

    public EventRule? FindRule(string bus, string name) => _rules.GetValueOrDefault((bus, name));

    /// <exception cref="AwsServiceException">ResourceNotFoundException.</exception>
    public EventRule GetRule(string bus, string name)
    {
        GetBus(bus);
        return FindRule(bus, name) ?? throw new AwsServiceException("ResourceNotFoundException", $"Rule {name} does not exist on EventBus {bus}.");
    }

    public void Save(EventBus bus)
    {
        _journal.Put(BusKind, bus.Name, bus, EventBridgeJsonContext.Default.EventBus);
        _buses[bus.Name] = bus;
    }

    public void Delete(EventBus bus)
    {
        _journal.Remove(BusKind, bus.Name);
        _buses.Remove(bus.Name);
    }

    public void Save(EventRule rule)
    {
        _journal.Put(RuleKind, $"{rule.EventBusName}/{rule.Name}", rule, EventBridgeJsonContext.Default.EventRule);
        _rules[(rule.EventBusName, rule.Name)] = rule;
    }

    /// <summary>Saves a rule whose schedule or state may have changed.</summary>
    public void SaveSchedule(EventRule rule)
    {
        Save(rule);
        rule.NextRun = rule.IsEnabled ? rule.Schedule?.Next(_time.GetUtcNow()) : null;
        ScheduleChanged?.Invoke();
    }

    public void Delete(EventRule rule)
    {
        _journal.Remove(RuleKind, $"{rule.EventBusName}/{rule.Name}");
        _rules.Remove((rule.EventBusName, rule.Name));
        ScheduleChanged?.Invoke();
    }

    public void Dispose() => _journal.Dispose();
}
