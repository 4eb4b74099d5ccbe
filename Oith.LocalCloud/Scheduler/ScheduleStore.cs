using System.Net;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Scheduler;

/// <summary>All groups and schedules; every read and change happens under its lock, every change is kept in the journal first.</summary>
internal sealed class ScheduleStore : IDisposable
{
    private const string GroupKind = "group";
    private const string ScheduleKind = "schedule";

    private readonly SortedDictionary<string, ScheduleGroup> _groups = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Group, string Name), Schedule> _schedules = [];
    private readonly StateJournal _journal;
    private readonly TimeProvider _time;

    public ScheduleStore(JournalFactory journals, Arn arn, TimeProvider time)
    {
        _time = time;
        _journal = new StateJournal(journals.Open("scheduler"));
        _groups[ScheduleGroup.Default] = new ScheduleGroup
        {
            Name = ScheduleGroup.Default,
            Arn = arn.Of("scheduler", "schedule-group/" + ScheduleGroup.Default),
            CreationDate = time.GetUtcNow(),
        };
        foreach (var (name, group) in _journal.Restore(GroupKind, SchedulerJsonContext.Default.ScheduleGroup))
        {
            _groups[name] = group;
        }

        foreach (var (_, schedule) in _journal.Restore(ScheduleKind, SchedulerJsonContext.Default.Schedule))
        {
            Keep(schedule);
        }
    }

    public Lock Lock { get; } = new();

    /// <summary>Raised after a schedule changed, so that the next run is looked at anew.</summary>
    public event Action? Changed;

    public IEnumerable<ScheduleGroup> Groups => _groups.Values;

    public IEnumerable<Schedule> Schedules => _schedules.Values;

    public ScheduleGroup? FindGroup(string name) => _groups.GetValueOrDefault(name);

    /// <exception cref="AwsServiceException">ResourceNotFoundException.</exception>
    public ScheduleGroup GetGroup(string name) => FindGroup(name) ?? throw NotFound($"Schedule group {name} does not exist.");

    public Schedule? Find(string group, string name) => _schedules.GetValueOrDefault((group, name));

    /// <exception cref="AwsServiceException">ResourceNotFoundException.</exception>
    public Schedule Get(string group, string name)
    {
        GetGroup(group);
        return Find(group, name) ?? throw NotFound($"Schedule {name} does not exist.");
    }

    public void Save(ScheduleGroup group)
    {
        _journal.Put(GroupKind, group.Name, group, SchedulerJsonContext.Default.ScheduleGroup);
        _groups[group.Name] = group;
    }

    /// <summary>With its schedules.</summary>
    public void Delete(ScheduleGroup group)
    {
        foreach (var schedule in _schedules.Values.Where(schedule => schedule.GroupName == group.Name).ToList())
        {
            Delete(schedule);
        }

        _journal.Remove(GroupKind, group.Name);
        _groups.Remove(group.Name);
    }

    public void Save(Schedule schedule)
    {
        _journal.Put(ScheduleKind, $"{schedule.GroupName}/{schedule.Name}", schedule, SchedulerJsonContext.Default.Schedule);
        Keep(schedule);
        Changed?.Invoke();
    }

    public void Delete(Schedule schedule)
    {
        _journal.Remove(ScheduleKind, $"{schedule.GroupName}/{schedule.Name}");
        _schedules.Remove((schedule.GroupName, schedule.Name));
        Changed?.Invoke();
    }

    public void Dispose() => _journal.Dispose();

    private void Keep(Schedule schedule)
    {
        schedule.NextRun = schedule.State == "ENABLED" ? schedule.Next(_time.GetUtcNow().AddTicks(-1)) : null;
        _schedules[(schedule.GroupName, schedule.Name)] = schedule;
    }

    private static AwsServiceException NotFound(string message) => new("ResourceNotFoundException", message, HttpStatusCode.NotFound);
}
