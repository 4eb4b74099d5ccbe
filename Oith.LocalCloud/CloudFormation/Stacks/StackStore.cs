using System.Text.Json;
using System.Text.Json.Serialization;
using Oith.LocalCloud.Durability;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>All stacks, deleted ones as well. Every reading and changing of a stack happens inside its lock; every change is kept.</summary>
internal sealed class StackStore : IDisposable
{
    private const int DeletedKept = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Stack> _stacks = new(StringComparer.Ordinal);
    private readonly Journal _journal;

    public StackStore(JournalFactory journals, TimeProvider time)
    {
        _journal = journals.Open("cloudformation");
        _journal.Replay(record => Apply(JsonSerializer.Deserialize(record, StackJsonContext.Default.StackRecord)!));

        if (_journal.IsEnabled)
        {
            foreach (var stack in _stacks.Values.Where(stack => StackStatus.IsInProgress(stack.Status)))
            {
                stack.Status = StackStatus.Interrupted(stack.Status);
                stack.StatusReason = "LocalCloud was stopped during the operation.";
                stack.LastUpdatedTime = time.GetUtcNow();
            }

            _journal.Rewrite(_stacks.Values.SelectMany(Records).Select(record => (ReadOnlyMemory<byte>)Serialize(record)));
        }
    }

    public T Read<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    /// <summary>The stack of that id, or the living one of that name.</summary>
    public Stack? Find(string nameOrId)
    {
        lock (_lock)
        {
            return _stacks.GetValueOrDefault(nameOrId) ?? _stacks.Values.FirstOrDefault(stack => stack.Name == nameOrId && !stack.IsDeleted);
        }
    }

    /// <summary>All stacks, the newest first.</summary>
    public IReadOnlyList<Stack> All()
    {
        lock (_lock)
        {
            return [.. _stacks.Values.OrderByDescending(stack => stack.CreationTime)];
        }
    }

    /// <summary>The living stack that exports the name, with the output.</summary>
    public (Stack Stack, StackOutput Output)? FindExport(string name)
    {
        lock (_lock)
        {
            foreach (var stack in _stacks.Values.Where(stack => !stack.IsDeleted))
            {
                if (stack.Outputs.FirstOrDefault(output => output.ExportName == name) is { } output)
                {
                    return (stack, output);
                }
            }

            return null;
        }
    }

    /// <summary>The names of the living stacks that import the export.</summary>
    public IReadOnlyList<string> ImportersOf(string exportName)
    {
        lock (_lock)
        {
            return [.. _stacks.Values.Where(stack => !stack.IsDeleted && stack.Imports.Contains(exportName)).Select(stack => stack.Name)];
        }
    }

    /// <summary>Adds a stack unless <paramref name="refuse"/> throws.</summary>
    public void Add(Stack stack, Action refuse)
    {
        lock (_lock)
        {
            refuse();
            Append(new StackRecord { StackId = stack.Id, Stack = stack });
            _stacks.Add(stack.Id, stack);
        }
    }

    public void Remove(Stack stack)
    {
        lock (_lock)
        {
            Append(new StackRecord { StackId = stack.Id });
            _stacks.Remove(stack.Id);
        }
    }

    /// <param name="stackEvent">Told along with the change, so that nobody's event comes between.</param>
    public void Change(Stack stack, Action<Stack> change, StackEvent? stackEvent = null)
    {
        lock (_lock)
        {
            change(stack);
            Append(new StackRecord { StackId = stack.Id, Stack = stack });
            if (stackEvent is not null)
            {
                Keep(new StackRecord { StackId = stack.Id, Event = stackEvent });
            }

            if (stack.IsDeleted)
            {
                ForgetOldest();
            }
        }
    }

    // AWS shows a deleted stack for 90 days; what is created and deleted by the thousand fills the memory before.
    private void ForgetOldest()
    {
        foreach (var oldest in _stacks.Values.Where(stack => stack.IsDeleted).OrderByDescending(stack => stack.LastUpdatedTime ?? stack.CreationTime).Skip(DeletedKept).ToList())
        {
            _stacks.Remove(oldest.Id);
            Append(new StackRecord { StackId = oldest.Id });
        }
    }

    public void SetResource(Stack stack, StackResource resource)
    {
        lock (_lock)
        {
            Keep(new StackRecord { StackId = stack.Id, Resource = resource });
        }
    }

    public void RemoveResource(Stack stack, string logicalId)
    {
        lock (_lock)
        {
            Keep(new StackRecord { StackId = stack.Id, RemovedResource = logicalId });
        }
    }

    public void AddEvent(Stack stack, StackEvent stackEvent)
    {
        lock (_lock)
        {
            Keep(new StackRecord { StackId = stack.Id, Event = stackEvent });
        }
    }

    /// <summary>Adds the change set, or replaces the one of the same id.</summary>
    public void SetChangeSet(Stack stack, ChangeSet changeSet)
    {
        lock (_lock)
        {
            Keep(new StackRecord { StackId = stack.Id, ChangeSet = changeSet });
        }
    }

    public void RemoveChangeSet(Stack stack, string id)
    {
        lock (_lock)
        {
            Keep(new StackRecord { StackId = stack.Id, RemovedChangeSet = id });
        }
    }

    public void Dispose() => _journal.Dispose();

    private static IEnumerable<StackRecord> Records(Stack stack) =>
    [
        new StackRecord { StackId = stack.Id, Stack = stack },
        .. stack.Resources.Values.Select(resource => new StackRecord { StackId = stack.Id, Resource = resource }),
        .. stack.Events.Select(stackEvent => new StackRecord { StackId = stack.Id, Event = stackEvent }),
        .. stack.ChangeSets.Select(changeSet => new StackRecord { StackId = stack.Id, ChangeSet = changeSet }),
    ];

    private void Keep(StackRecord record)
    {
        Append(record);
        Apply(record);
    }

    private void Append(StackRecord record)
    {
        if (_journal.IsEnabled)
        {
            _journal.Append(Serialize(record));
        }
    }

    private static byte[] Serialize(StackRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, StackJsonContext.Default.StackRecord);

    private void Apply(StackRecord record)
    {
        var known = _stacks.GetValueOrDefault(record.StackId);
        switch (record)
        {
            case { Stack: { } stack }:
                if (known is not null)
                {
                    foreach (var (id, resource) in known.Resources)
                    {
                        stack.Resources[id] = resource;
                    }

                    stack.Events.AddRange(known.Events);
                    stack.ChangeSets.AddRange(known.ChangeSets);
                }

                _stacks[stack.Id] = stack;
                break;
            case { Resource: { } resource }:
                known!.Resources[resource.LogicalId] = resource;
                break;
            case { RemovedResource: { } logicalId }:
                known!.Resources.Remove(logicalId);
                break;
            case { Event: { } stackEvent }:
                known!.Events.Add(stackEvent);
                break;
            case { ChangeSet: { } changeSet }:
                var index = known!.ChangeSets.FindIndex(other => other.Id == changeSet.Id);
                if (index < 0)
                {
                    known.ChangeSets.Add(changeSet);
                }
                else
                {
                    known.ChangeSets[index] = changeSet;
                }

                break;
            case { RemovedChangeSet: { } changeSetId }:
                known!.ChangeSets.RemoveAll(other => other.Id == changeSetId);
                break;
            default:
                _stacks.Remove(record.StackId);
                break;
        }
    }
}

/// <summary>One change in the journal: exactly one member beside the id is set, none when the stack is gone without a trace.</summary>
internal sealed record StackRecord
{
    public required string StackId { get; init; }

    public Stack? Stack { get; init; }

    public StackResource? Resource { get; init; }

    public string? RemovedResource { get; init; }

    public StackEvent? Event { get; init; }

    public ChangeSet? ChangeSet { get; init; }

    public string? RemovedChangeSet { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StackRecord))]
internal sealed partial class StackJsonContext : JsonSerializerContext;
