using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.CloudFormation.ResourceTypes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Creates, changes and deletes single resources of one stack, with their events. A failure is an answer, not an exception.</summary>
internal sealed partial class ResourceWorker(
    ProvisionerTable provisioners,
    DynamicReferences dynamicReferences,
    StackStore store,
    Stack stack,
    IReadOnlyList<StackTag> tags,
    IReadOnlyList<StackTag> previousTags,
    StackEventWriter events,
    TimeProvider time,
    ILogger logger)
{
    private const string Initiated = "Resource creation Initiated";
    private const string Replacing = "Requested update requires the creation of a new physical resource; hence creating one.";

    /// <param name="resource">As it is to be: resolved properties, dependencies, policies; no physical id.</param>
    /// <param name="shown">The properties as events show them.</param>
    public async Task<bool> CreateAsync(StackResource resource, JsonObject shown, CancellationToken cancellationToken)
    {
        resource = resource with { Status = StackStatus.CreateInProgress, Timestamp = time.GetUtcNow() };
        events.Resource(resource, shown);
        var (created, fault) = await TryAsync(async () => await provisioners.CreateAsync(await RequestAsync(resource, cancellationToken), cancellationToken));
        if (created is null)
        {
            events.Resource(resource with { Status = StackStatus.CreateFailed, StatusReason = fault, Timestamp = time.GetUtcNow() }, shown);
            return false;
        }

        resource = With(resource, created);
        events.Resource(resource with { StatusReason = Initiated }, shown);
        events.Resource(resource with { Status = StackStatus.CreateComplete, Timestamp = time.GetUtcNow() }, shown);
        return true;
    }

    /// <summary>Changes the resource in place.</summary>
    public async Task<bool> UpdateAsync(StackResource current, StackResource target, JsonObject? shown, CancellationToken cancellationToken)
    {
        target = target with
        {
            PhysicalId = current.PhysicalId,
            Attributes = (JsonObject)current.Attributes.DeepClone(),
            Status = StackStatus.UpdateInProgress,
            Timestamp = time.GetUtcNow(),
        };
        events.Resource(target, shown);
        var (updated, fault) = await TryAsync(async () =>
        {
            var request = await RequestAsync(target, cancellationToken);
            var previous = await dynamicReferences.ResolveAsync(current.Properties, cancellationToken);
            return await provisioners.UpdateAsync(request with { PreviousProperties = previous }, cancellationToken);
        });
        if (updated is null)
        {
            events.Resource(target with { Status = StackStatus.UpdateFailed, StatusReason = fault, Timestamp = time.GetUtcNow() }, shown);
            return false;
        }

        events.Resource(With(target, updated) with { Status = StackStatus.UpdateComplete, Timestamp = time.GetUtcNow() }, shown);
        return true;
    }

    /// <summary>Creates the resource anew beside the current one, which stays until the stack's cleanup.</summary>
    public async Task<bool> ReplaceAsync(StackResource current, StackResource target, JsonObject shown, CancellationToken cancellationToken)
    {
        events.Resource(current with { Status = StackStatus.UpdateInProgress, StatusReason = Replacing, Timestamp = time.GetUtcNow() }, shown);
        var (created, fault) = await TryAsync(async () =>
        {
            RefuseSameName(current, target);
            return await provisioners.CreateAsync(await RequestAsync(target, cancellationToken), cancellationToken);
        });
        if (created is null)
        {
            events.Resource(current with { Status = StackStatus.UpdateFailed, StatusReason = fault, Timestamp = time.GetUtcNow() }, shown);
            return false;
        }

        target = With(target, created) with { Status = StackStatus.UpdateInProgress, StatusReason = Initiated, Timestamp = time.GetUtcNow() };
        events.Resource(target, shown);
        events.Resource(target with { Status = StackStatus.UpdateComplete, StatusReason = null, Timestamp = time.GetUtcNow() }, shown);
        return true;
    }

    /// <param name="isCurrent">It is the stack's resource of that name, not the old one of a replacement.</param>
    /// <param name="policy">The policy that applies: <c>Delete</c>, <c>Retain</c>, <c>Snapshot</c>, <c>RetainExceptOnCreate</c>.</param>
    public async Task<bool> DeleteAsync(StackResource resource, bool isCurrent, string policy, CancellationToken cancellationToken)
    {
        resource = resource with { StatusReason = null };
        if (policy == "Retain")
        {
            events.ResourceEvent(resource with { Status = StackStatus.DeleteSkipped, Timestamp = time.GetUtcNow() });
            Forget(resource, isCurrent);
            return true;
        }

        if (resource.PhysicalId is not null)
        {
            resource = resource with { Status = StackStatus.DeleteInProgress, Timestamp = time.GetUtcNow() };
            Show(resource, isCurrent);
            var (done, fault) = await TryAsync(async () =>
            {
                await provisioners.DeleteAsync(await RequestAsync(resource, cancellationToken), cancellationToken);
                return resource;
            });
            if (done is null)
            {
                Show(resource with { Status = StackStatus.DeleteFailed, StatusReason = fault, Timestamp = time.GetUtcNow() }, isCurrent);
                return false;
            }
        }

        events.ResourceEvent(resource with { Status = StackStatus.DeleteComplete, Timestamp = time.GetUtcNow() });
        Forget(resource, isCurrent);
        return true;
    }

    private void Show(StackResource resource, bool isCurrent)
    {
        if (isCurrent)
        {
            events.Resource(resource);
        }
        else
        {
            events.ResourceEvent(resource);
        }
    }

    private void Forget(StackResource resource, bool isCurrent)
    {
        if (isCurrent)
        {
            store.RemoveResource(stack, resource.LogicalId);
        }
    }

    private static StackResource With(StackResource resource, ProvisionedResource provisioned) =>
        resource with { PhysicalId = provisioned.PhysicalId, Attributes = provisioned.Attributes };

    private static void RefuseSameName(StackResource current, StackResource target)
    {
        var type = ResourceTypeTable.All[target.Type];
        if (type.Identifiers is [var identifier]
            && target.Properties[identifier] is { } name
            && JsonNode.DeepEquals(name, current.Properties[identifier]))
        {
            throw new ProvisioningException(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                + $"Rename {name} and update the stack again.",
                "InvalidRequest");
        }
    }

    private async ValueTask<ResourceRequest> RequestAsync(StackResource resource, CancellationToken cancellationToken)
    {
        var properties = await dynamicReferences.ResolveAsync(resource.Properties, cancellationToken);
        return new ResourceRequest(stack.Name, stack.Id, resource.LogicalId, resource.Type, properties)
        {
            PhysicalId = resource.PhysicalId,
            Attributes = resource.Attributes,
            StackTags = tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
            PreviousStackTags = previousTags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal),
        };
    }

    private async Task<(T? Result, string? Fault)> TryAsync<T>(Func<Task<T>> work) where T : class
    {
        try
        {
            return (await work(), null);
        }
        catch (ProvisioningException error) when (error.HandlerErrorCode == "InvalidRequest")
        {
            return (null, error.Message);
        }
        catch (ProvisioningException error)
        {
            return (null, HandlerMessage(error.Message, error.HandlerErrorCode));
        }
        catch (AwsServiceException error)
        {
            return (null, HandlerMessage($"{error.Message} (Error Code: {error.Code}, Status Code: {(int)error.Status})", "GeneralServiceException"));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFault(error, stack.Name);
            return (null, HandlerMessage($"{error.GetType().Name}: {error.Message}", "InternalFailure"));
        }
    }

    private static string HandlerMessage(string message, string code) =>
        $"Resource handler returned message: \"{message}\" (RequestToken: {Guid.NewGuid()}, HandlerErrorCode: {code})";

    [LoggerMessage(1, LogLevel.Error, "A provisioner of the stack {Stack} failed")]
    private partial void LogFault(Exception error, string stack);
}
