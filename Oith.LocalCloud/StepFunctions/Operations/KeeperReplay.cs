using Oith.LocalCloud.Durability;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Reads the journal back at start, and rewrites it with what is still there.</summary>
internal sealed class KeeperReplay(ExecutionEngine engine, StateMachineStore machines)
{
    private readonly Dictionary<string, AslValue> _machines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AslValue> _activities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KeptExecution> _executions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StateMachineRevision> _revisions = new(StringComparer.Ordinal);

    /// <returns>The executions that were running, each with where it stood (null: at its very start).</returns>
    public IReadOnlyList<(Execution Execution, ResumePoint? At)> Restore(Journal journal)
    {
        if (!journal.IsEnabled)
        {
            return [];
        }

        journal.Replay(record => Read(AslValue.Parse(record)));

        foreach (var machine in _machines.Values)
        {
            machines.TryAdd(Machine(machine));
        }

        foreach (var activity in _activities.Values)
        {
            var restored = new StepActivity(Text(activity, "arn"), Text(activity, "name"), KeeperRecords.ReadTime(activity.Find("created")!));
            SetTags(restored.Tags, activity);
            engine.Activities.GetOrAdd(restored.Arn, () => restored);
        }

        journal.Rewrite(_machines.Values.Concat(_activities.Values).Concat(_executions.Values.SelectMany(kept => kept.Records))
            .Select(record => (ReadOnlyMemory<byte>)KeeperRecords.ToBytes(record)));
        return [.. _executions.Values.Select(Execution).OfType<(Execution, ResumePoint?)>()];
    }

    private void Read(AslValue record)
    {
        var arn = Text(record, "arn");
        switch (Text(record, "r"))
        {
            case "machine":
                _machines[arn] = record;
                break;
            case "activity":
                _activities[arn] = record;
                break;
            case "deleted":
                _machines.Remove(arn);
                _activities.Remove(arn);
                break;
            case "started":
                _executions[arn] = new KeptExecution(record);
                break;
            case "event" when _executions.TryGetValue(arn, out var kept):
                // A state done again after a restart writes its events again, under the same ids.
                kept.Events.RemoveAll(one => one.Find("id")!.Number >= record.Find("id")!.Number);
                kept.Events.Add(record);
                break;
            case "entered" when _executions.TryGetValue(arn, out var kept):
                kept.Entered = record;
                break;
            case "redriven" when _executions.TryGetValue(arn, out var kept):
                kept.Redriven = record;
                kept.Ended = null;
                break;
            case "ended" when _executions.TryGetValue(arn, out var kept):
                kept.Ended = record;
                break;
        }
    }

    private StateMachine Machine(AslValue record)
    {
        var isExpress = record.Find("express")!.Boolean;
        var machine = new StateMachine(
            Text(record, "arn"), Text(record, "name"), isExpress, Revision(record.Find("revision")!, isExpress), KeeperRecords.ReadTime(record.Find("created")!))
        {
            LastVersion = (int)record.Find("lastVersion")!.Number,
        };
        foreach (var version in record.Find("versions")!.Items)
        {
            machine.Versions.Add(new StateMachineVersion(
                (int)version.Find("number")!.Number,
                Revision(version.Find("revision")!, isExpress),
                Optional(version, "description"),
                KeeperRecords.ReadTime(version.Find("created")!)));
        }

        foreach (var alias in record.Find("aliases")!.Items)
        {
            machine.Aliases.Add(new StateMachineAlias(
                Text(alias, "name"),
                Text(alias, "arn"),
                Optional(alias, "description"),
                [.. alias.Find("routes")!.Items.ToArray().Select(route => (route.Items[0].Text, (int)route.Items[1].Number))],
                KeeperRecords.ReadTime(alias.Find("created")!))
            {
                UpdateDate = KeeperRecords.ReadTime(alias.Find("updated")!),
            });
        }

        SetTags(machine.Tags, record);
        return machine;
    }

    private (Execution, ResumePoint?)? Execution(KeptExecution kept)
    {
        var started = kept.Started;
        var revision = Revision(started.Find("revision")!, isExpress: false);
        var machine = machines.Find(Text(started, "machine"))
            ?? new StateMachine(Text(started, "machine"), Text(started, "machineName"), isExpress: false, revision, revision.Date);
        var execution = new Execution(engine, machine, revision, Text(started, "arn"), Text(started, "name"), KeeperRecords.ReadSent(started.Find("input")!))
        {
            IsExpress = false,
            StartDate = KeeperRecords.ReadTime(started.Find("started")!),
            VersionArn = Optional(started, "version"),
            AliasArn = Optional(started, "alias"),
            TraceCaller = Optional(started, "trace"),
        };
        foreach (var one in kept.Events)
        {
            execution.History.Restore(Event(one));
        }

        if (kept.Redriven is { } redriven)
        {
            execution.RestoreRedrive((int)redriven.Find("count")!.Number, KeeperRecords.ReadTime(redriven.Find("date")!));
        }

        var point = kept.Entered is null ? null : Point(kept.Entered, kept.Redriven);
        engine.Executions.Add(execution);
        if (kept.Ended is { } ended)
        {
            if (point is not null)
            {
                execution.Progress!.Enter(point);
            }

            execution.Restore(
                ExecutionStatusNames.Parse(Text(ended, "status")),
                ended.Find("hasOutput")!.Boolean ? KeeperRecords.ReadSent(ended.Find("output")!) : null,
                Optional(ended, "error"),
                Optional(ended, "cause"),
                KeeperRecords.ReadTime(ended.Find("stopped")!));
            return null;
        }

        execution.History.TruncateAfter(point?.LastEventId ?? (long?)kept.Redriven?.Find("event")!.Number ?? 0);
        return (execution, point);
    }

    private static ResumePoint Point(AslValue entered, AslValue? redriven)
    {
        var point = new ResumePoint(
            Text(entered, "state"),
            KeeperRecords.ReadSent(entered.Find("input")!),
            (long)entered.Find("event")!.Number,
            KeeperRecords.ReadTime(entered.Find("time")!),
            entered.Find("variables")!);
        var redrivenEvent = (long?)redriven?.Find("event")!.Number ?? 0;
        return redrivenEvent > point.EnteredEventId ? point with { LastEventId = redrivenEvent } : point;
    }

    private StateMachineRevision Revision(AslValue record, bool isExpress)
    {
        var id = Text(record, "id");
        if (!_revisions.TryGetValue(id, out var revision))
        {
            var definition = Text(record, "definition");
            revision = new StateMachineRevision(
                id,
                definition,
                StateMachineOperations.ParseDefinition(definition, isExpress),
                Text(record, "role"),
                KeeperRecords.ReadTime(record.Find("date")!))
            {
                LoggingConfiguration = NotNull(record.Find("logging")),
                TracingConfiguration = NotNull(record.Find("tracing")),
                EncryptionConfiguration = NotNull(record.Find("encryption")),
            };
            _revisions[id] = revision;
        }

        return revision;
    }

    private static HistoryEvent Event(AslValue record) => new(
        (long)record.Find("id")!.Number,
        (long)record.Find("previous")!.Number,
        Text(record, "type"),
        KeeperRecords.ReadTime(record.Find("time")!),
        [.. record.Find("details")!.Items.ToArray().Select(detail => new HistoryDetail(
            detail.Items[0].Text, KeeperRecords.ReadSent(detail.Items[1]), detail.Items[2].Boolean))]);

    private static void SetTags(System.Collections.Concurrent.ConcurrentDictionary<string, string> tags, AslValue record)
    {
        foreach (var (key, value) in record.Find("tags")!.Members)
        {
            tags[key] = value.Text;
        }
    }

    private static string Text(AslValue record, string member) => record.Find(member)!.Text;

    private static string? Optional(AslValue record, string member) => record.Find(member) is { IsString: true } value ? value.Text : null;

    private static AslValue? NotNull(AslValue? value) => value is null or { IsNull: true } ? null : value;

    private sealed class KeptExecution(AslValue started)
    {
        public AslValue Started { get; } = started;

        public List<AslValue> Events { get; } = [];

        public AslValue? Entered { get; set; }

        public AslValue? Redriven { get; set; }

        public AslValue? Ended { get; set; }

        public IEnumerable<AslValue> Records => Events.Prepend(Started).Concat(new[] { Entered, Redriven, Ended }.OfType<AslValue>());
    }
}
