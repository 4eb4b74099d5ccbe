using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>The operations on change sets.</summary>
internal sealed partial class ChangeSetApi(
    StackStore store, StackRequests requests, StackApi stacks, StackOperations operations, Arn arn, LocalCloudOptions options, TimeProvider time)
{
    private const string NoChanges = "The submitted information didn't contain changes. Submit different information to create a change set.";

    public async ValueTask<JsonObject> CreateAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var stackName = input.StackName();
        var name = input.Required("ChangeSetName");
        if (!NamePattern.IsMatch(name))
        {
            throw TemplateErrors.Validation(
                $"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular "
                + "expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
        }

        var isCreation = input.Text("ChangeSetType") == "CREATE";
        var stack = FindFor(stackName, name, isCreation);
        var (template, definition) = await requests.ReadAsync(input, stack?.Name ?? stackName, stack, checkCapabilities: true, cancellationToken);
        if (stack is null)
        {
            stack = stacks.New(stackName, StackStatus.ReviewInProgress);
            store.Add(stack, () => stacks.RefuseExisting(stackName));
            new StackEventWriter(store, stack, time, null).StackStatus(StackStatus.ReviewInProgress, "User Initiated");
        }

        var plan = new ChangePlan(store, stack, template, definition, options, showsValues: false);
        if (!isCreation)
        {
            stacks.RefuseChangedTypes(stack, template);
        }

        var isEmpty = !isCreation && plan.IsEmpty;
        var changeSet = new ChangeSet(arn.Of("cloudformation", $"changeSet/{name}/{Guid.NewGuid()}"), name, stack.Id)
        {
            CreationTime = time.GetUtcNow(),
            Definition = definition,
            Description = input.Text("Description"),
            Status = isEmpty ? "FAILED" : "CREATE_COMPLETE",
            StatusReason = isEmpty ? NoChanges : null,
            ExecutionStatus = isEmpty ? "UNAVAILABLE" : "AVAILABLE",
            OnStackFailure = input.Text("OnStackFailure"),
            Changes = plan.Changes,
            ChangesWithValues = new ChangePlan(store, stack, template, definition, options, showsValues: true).Changes,
        };
        store.SetChangeSet(stack, changeSet);
        return new JsonObject { ["Id"] = changeSet.Id, ["StackId"] = stack.Id };
    }

    public JsonObject Describe(JsonObject input)
    {
        var (stack, changeSet) = Find(input);
        var definition = changeSet.Definition;
        var result = Summary(stack, changeSet);
        StackDescriptions.AddUnlessEmpty(result, "Parameters", StackDescriptions.Parameters(definition));
        result["NotificationARNs"] = StackDescriptions.Texts(definition.NotificationARNs);
        result["RollbackConfiguration"] = definition.RollbackConfiguration?.DeepClone() ?? new JsonObject();
        result["Capabilities"] = StackDescriptions.Texts(definition.Capabilities);
        StackDescriptions.AddUnlessEmpty(result, "Tags", StackDescriptions.Tags(definition.Tags));
        StackDescriptions.Set(result, "OnStackFailure", changeSet.OnStackFailure);
        var changes = StackPages.Cut("Changes", [.. (input.IsTrue("IncludePropertyValues") ? changeSet.ChangesWithValues : changeSet.Changes).Select(change => change!.DeepClone())], input.Text("NextToken"));
        foreach (var (name, value) in changes.ToList())
        {
            changes.Remove(name);
            result[name] = value;
        }

        return result;
    }

    public JsonObject Execute(JsonObject input)
    {
        var (stack, changeSet) = Find(input);
        if (changeSet.ExecutionStatus != "AVAILABLE")
        {
            throw new AwsServiceException(
                "InvalidChangeSetStatus", $"ChangeSet [{changeSet.Id}] cannot be executed in its current status of [{changeSet.Status}]");
        }

        var isCreation = stack.Status == StackStatus.ReviewInProgress;
        if (!isCreation)
        {
            StackApi.RefuseUnlessUpdatable(stack);
        }

        foreach (var other in store.Read(() => stack.ChangeSets.Where(other => other.Id != changeSet.Id && other.ExecutionStatus == "AVAILABLE").ToList()))
        {
            store.SetChangeSet(stack, other with { ExecutionStatus = "OBSOLETE" });
        }

        store.SetChangeSet(stack, changeSet with { ExecutionStatus = "EXECUTE_IN_PROGRESS" });
        var disableRollback = input.IsTrue("DisableRollback") || changeSet.OnStackFailure == "DO_NOTHING";
        store.Change(stack, changed =>
        {
            changed.ChangeSetId = changeSet.Id;
            changed.LastUpdatedTime = time.GetUtcNow();
            changed.DisableRollback = disableRollback;
        });
        var token = input.Text("ClientRequestToken");
        if (isCreation)
        {
            operations.StartCreate(stack, changeSet.Definition, disableRollback ? "DO_NOTHING" : changeSet.OnStackFailure ?? "ROLLBACK", token);
        }
        else
        {
            operations.StartUpdate(stack, changeSet.Definition, disableRollback, null, token);
        }

        return [];
    }

    public JsonObject Delete(JsonObject input)
    {
        var name = input.Required("ChangeSetName");
        if (input.Text("StackName") is { } stackName)
        {
            var stack = store.RequireBracketed(stackName);
            store.RemoveChangeSet(stack, store.Read(() => stack.ChangeSets.Find(other => other.Id == name || other.Name == name)?.Id) ?? name);
        }
        else if (!name.StartsWith("arn:", StringComparison.Ordinal))
        {
            throw TemplateErrors.Validation("StackName must be specified if ChangeSetName is not specified as an ARN.");
        }
        else if (FindById(store, name) is var (stack, changeSet))
        {
            store.RemoveChangeSet(stack, changeSet.Id);
        }

        return [];
    }

    public JsonObject List(JsonObject input)
    {
        var stack = store.RequireBracketed(input.StackName());
        var summaries = store.Read(() => stack.ChangeSets.Select(JsonNode? (changeSet) => Summary(stack, changeSet)).ToList());
        return StackPages.Cut("Summaries", summaries, input.Text("NextToken"));
    }

    /// <exception cref="AwsServiceException">ValidationError without a stack, ChangeSetNotFound without the change set.</exception>
    public static (Stack Stack, ChangeSet ChangeSet) Find(StackStore store, string name, string? stackName, string withoutStackName)
    {
        if (name.StartsWith("arn:", StringComparison.Ordinal))
        {
            return FindById(store, name) ?? throw NotFound(name);
        }

        var stack = store.RequireBracketed(stackName ?? throw TemplateErrors.Validation(withoutStackName));
        return (stack, store.Read(() => stack.ChangeSets.Find(changeSet => changeSet.Name == name)) ?? throw NotFound(name));
    }

    private (Stack Stack, ChangeSet ChangeSet) Find(JsonObject input) => Find(
        store, input.Required("ChangeSetName"), input.Text("StackName"), "StackName must be specified if ChangeSetName is not specified as an ARN.");

    private static (Stack Stack, ChangeSet ChangeSet)? FindById(StackStore store, string id)
    {
        foreach (var stack in store.All())
        {
            if (store.Read(() => stack.ChangeSets.Find(changeSet => changeSet.Id == id)) is { } changeSet)
            {
                return (stack, changeSet);
            }
        }

        return null;
    }

    private static AwsServiceException NotFound(string name) =>
        new("ChangeSetNotFound", $"ChangeSet [{name}] does not exist", System.Net.HttpStatusCode.NotFound);

    private Stack? FindFor(string stackName, string changeSetName, bool isCreation)
    {
        var stack = store.Find(stackName);
        if (isCreation)
        {
            return stack is null or { Status: StackStatus.ReviewInProgress }
                ? stack
                : throw TemplateErrors.Validation(
                    $"Stack [{stackName}] already exists and cannot be created again with the changeSet [{changeSetName}].");
        }

        stack = store.RequireBracketed(stackName);
        if (stack.Status != StackStatus.ReviewInProgress)
        {
            StackApi.RefuseUnlessUpdatable(stack);
        }

        return store.Read(() => stack.ChangeSets.Exists(changeSet => changeSet.Name == changeSetName))
            ? throw new AwsServiceException("AlreadyExistsException", $"ChangeSet [{changeSetName}] already exists")
            : stack;
    }

    private static JsonObject Summary(Stack stack, ChangeSet changeSet)
    {
        var result = new JsonObject
        {
            ["StackId"] = stack.Id,
            ["StackName"] = stack.Name,
            ["ChangeSetId"] = changeSet.Id,
            ["ChangeSetName"] = changeSet.Name,
            ["ExecutionStatus"] = changeSet.ExecutionStatus,
            ["Status"] = changeSet.Status,
        };
        StackDescriptions.Set(result, "StatusReason", changeSet.StatusReason);
        result["CreationTime"] = StackDescriptions.Time(changeSet.CreationTime);
        StackDescriptions.Set(result, "Description", changeSet.Description);
        result["IncludeNestedStacks"] = false;
        return result;
    }

    [GeneratedRegex("^[a-zA-Z][-a-zA-Z0-9]{0,127}$")]
    private static partial Regex NamePattern { get; }
}
