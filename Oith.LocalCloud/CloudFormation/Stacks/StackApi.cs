using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>The operations that change whole stacks.</summary>
internal sealed class StackApi(StackStore store, StackRequests requests, StackOperations operations, Arn arn, LocalCloudOptions options, TimeProvider time)
{
    public async ValueTask<JsonObject> CreateStackAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var name = input.StackName();
        var (_, definition) = await requests.ReadAsync(input, name, null, checkCapabilities: true, cancellationToken);
        var onFailure = OnFailure(input);
        if (input.Text("StackPolicyBody") is { } policy)
        {
            StackPolicy.Parse(policy);
        }

        var existing = store.Find(name);
        var stack = existing is { Status: StackStatus.ReviewInProgress } ? existing : New(name, StackStatus.CreateInProgress);
        if (stack == existing)
        {
            foreach (var changeSet in store.Read(() => stack.ChangeSets.ToList()))
            {
                store.SetChangeSet(stack, changeSet with { ExecutionStatus = "OBSOLETE" });
            }
        }
        else
        {
            store.Add(stack, () => RefuseExisting(name));
        }

        store.Change(stack, changed =>
        {
            changed.DisableRollback = onFailure == "DO_NOTHING";
            changed.EnableTerminationProtection = input.IsTrue("EnableTerminationProtection");
            changed.StackPolicy = input.Text("StackPolicyBody");
        });
        operations.StartCreate(stack, definition, onFailure, input.Text("ClientRequestToken"));
        return new JsonObject { ["StackId"] = stack.Id };
    }

    public async ValueTask<JsonObject> UpdateStackAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var name = input.StackName();
        var stack = store.RequireBracketed(name);
        RefuseUnlessUpdatable(stack);
        var (template, definition) = await requests.ReadAsync(input, stack.Name, stack, checkCapabilities: true, cancellationToken);
        RefuseChangedTypes(stack, template);
        if (stack.Status is not (StackStatus.CreateFailed or StackStatus.UpdateFailed)
            && new ChangePlan(store, stack, template, definition, options, showsValues: false).IsEmpty)
        {
            throw TemplateErrors.Validation("No updates are to be performed.");
        }

        if (input.Text("StackPolicyBody") is { } policy)
        {
            StackPolicy.Parse(policy);
            store.Change(stack, changed => changed.StackPolicy = policy);
        }

        operations.StartUpdate(
            stack, definition, input.IsTrue("DisableRollback"), input.Text("StackPolicyDuringUpdateBody"), input.Text("ClientRequestToken"));
        return new JsonObject { ["StackId"] = stack.Id };
    }

    public ValueTask<JsonObject> DeleteStackAsync(JsonObject input, CancellationToken cancellationToken)
    {
        // A stack that does not exist is deleted already.
        if (store.Find(input.StackName()) is { IsDeleted: false } stack)
        {
            if (stack.EnableTerminationProtection)
            {
                throw TemplateErrors.Validation($"Stack [{stack.Name}] cannot be deleted while TerminationProtection is enabled");
            }

            var retained = input.TextList("RetainResources");
            if (retained.Count > 0 && stack.Status != StackStatus.DeleteFailed)
            {
                throw TemplateErrors.Validation(
                    $"Invalid operation on stack [{stack.Id}]. RetainResources can only be specified when the stack is in DELETE_FAILED state");
            }

            if (stack.Status == StackStatus.ReviewInProgress)
            {
                store.Change(stack, changed =>
                {
                    changed.Status = StackStatus.DeleteComplete;
                    changed.DeletionTime = time.GetUtcNow();
                });
            }
            else if (ExportInUse(stack) is { } inUse)
            {
                operations.RefuseDelete(stack, inUse, input.Text("ClientRequestToken"));
            }
            else
            {
                operations.StartDelete(stack, retained, input.Text("ClientRequestToken"));
            }
        }

        return ValueTask.FromResult<JsonObject>([]);
    }

    public ValueTask<JsonObject> ContinueUpdateRollbackAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var stack = store.RequireBracketed(input.StackName());
        operations.StartContinueRollback(stack, [.. input.TextList("ResourcesToSkip")], input.Text("ClientRequestToken"), () =>
        {
            if (stack.Status != StackStatus.UpdateRollbackFailed)
            {
                throw TemplateErrors.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not continue rollback.");
            }
        });
        return ValueTask.FromResult<JsonObject>([]);
    }

    public ValueTask<JsonObject> RollbackStackAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var stack = store.RequireBracketed(input.StackName());
        var status = stack.Status;
        switch (status)
        {
            case StackStatus.CreateFailed:
                operations.StartRollback(stack, input.Text("ClientRequestToken"), RefuseOtherStatus);
                break;
            case StackStatus.UpdateFailed:
                operations.StartContinueRollback(stack, [], input.Text("ClientRequestToken"), RefuseOtherStatus);
                break;
            default:
                throw NotRolledBack();
        }

        return ValueTask.FromResult(new JsonObject { ["StackId"] = stack.Id });

        void RefuseOtherStatus()
        {
            if (stack.Status != status)
            {
                throw NotRolledBack();
            }
        }

        AwsServiceException NotRolledBack() =>
            TemplateErrors.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be rolled back.");
    }

    /// <summary>A new stack, not yet in the store.</summary>
    public Stack New(string name, string status) => new()
    {
        Id = arn.Of("cloudformation", $"stack/{name}/{Guid.NewGuid()}"),
        Name = name,
        CreationTime = time.GetUtcNow(),
        Status = status,
    };

    /// <exception cref="AwsServiceException">AlreadyExistsException.</exception>
    public void RefuseExisting(string name)
    {
        if (store.Find(name) is { IsDeleted: false })
        {
            throw new AwsServiceException("AlreadyExistsException", $"Stack [{name}] already exists");
        }
    }

    public static void RefuseUnlessUpdatable(Stack stack)
    {
        if (!StackStatus.IsUpdatable(stack.Status))
        {
            throw TemplateErrors.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be updated.");
        }
    }

    public void RefuseChangedTypes(Stack stack, Template template)
    {
        var changed = store.Read(() => stack.Resources.Values
            .Where(resource => template.Resources.TryGetValue(resource.LogicalId, out var declared) && declared.Type != resource.Type)
            .Select(resource => resource.LogicalId)
            .ToList());
        if (changed.Count > 0)
        {
            throw TemplateErrors.Validation(
                "Update of resource type is not permitted. The new template modifies resource type of the following resources: "
                + $"[{string.Join(", ", changed)}]");
        }
    }

    private string? ExportInUse(Stack stack)
    {
        foreach (var export in store.Read(() => stack.Outputs.Where(output => output.ExportName is not null).ToList()))
        {
            var importers = store.ImportersOf(export.ExportName!);
            if (importers.Count > 0)
            {
                return $"Export {export.ExportName} cannot be deleted as it is in use by {string.Join(" and ", importers)}";
            }
        }

        return null;
    }

    private static string OnFailure(JsonObject input)
    {
        if (input.ContainsKey("OnFailure") && input.ContainsKey("DisableRollback"))
        {
            throw TemplateErrors.Validation("You can specify either DisableRollback or OnFailure, but not both.");
        }

        return input.IsTrue("DisableRollback") ? "DO_NOTHING" : input.Text("OnFailure") ?? "ROLLBACK";
    }
}
