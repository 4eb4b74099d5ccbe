using System.Globalization;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Writes the events of one operation on a stack, and with them the new statuses.</summary>
/// <param name="superseded">Cancelled once another operation of the stack has begun: this one then writes no further status.</param>
internal sealed class StackEventWriter(StackStore store, Stack stack, TimeProvider time, string? token, CancellationToken superseded = default)
{
    public bool IsSuperseded => superseded.IsCancellationRequested;

    /// <exception cref="OperationCanceledException">The operation is superseded.</exception>
    public void StackStatus(string status, string? reason = null, Action<Stack>? change = null)
    {
        superseded.ThrowIfCancellationRequested();
        if (!Stacks.StackStatus.IsInProgress(status))
        {
            FinishChangeSet(status);
        }

        var stackEvent = new StackEvent(
            Guid.NewGuid().ToString(), stack.Name, stack.Id, "AWS::CloudFormation::Stack", time.GetUtcNow(), status, reason, null, token);
        store.Change(stack, changed =>
        {
            // Here once more: the next operation writes its own status inside the same lock, after it has cancelled.
            superseded.ThrowIfCancellationRequested();
            changed.Status = status;
            changed.StatusReason = reason;
            change?.Invoke(changed);
        }, stackEvent);
    }

    /// <summary>Keeps the resource as it now is, with an event that says so.</summary>
    public void Resource(StackResource resource, JsonObject? shownProperties = null)
    {
        store.SetResource(stack, resource);
        ResourceEvent(resource, shownProperties);
    }

    public void ResourceEvent(StackResource resource, JsonObject? shownProperties = null) =>
        store.AddEvent(stack, new StackEvent(
            FreeId(resource), resource.LogicalId, resource.PhysicalId, resource.Type, resource.Timestamp, resource.Status, resource.StatusReason,
            shownProperties?.ToJsonString(), token));

    /// <summary><c>Work-CREATE_IN_PROGRESS-2026-11-30T04:00:00.000Z</c>, by which clients know what they have read already.</summary>
    private string FreeId(StackResource resource) => store.Read(() =>
    {
        // AWS takes long enough for a resource that no two events of it fall into one millisecond; here they do.
        for (var time = resource.Timestamp; ; time = time.AddMilliseconds(1))
        {
            var id = $"{resource.LogicalId}-{resource.Status}-{time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}";
            if (!stack.Events.Exists(stackEvent => stackEvent.Id == id))
            {
                return id;
            }
        }
    });

    // Before the stack's own end, so that whoever waits for that finds the change set at its end too.
    private void FinishChangeSet(string status)
    {
        if (store.Read(() => stack.ChangeSets.Find(changeSet => changeSet.ExecutionStatus == "EXECUTE_IN_PROGRESS")) is { } changeSet)
        {
            var isComplete = status is Stacks.StackStatus.CreateComplete or Stacks.StackStatus.UpdateComplete;
            store.SetChangeSet(stack, changeSet with { ExecutionStatus = isComplete ? "EXECUTE_COMPLETE" : "EXECUTE_FAILED" });
        }
    }
}
