using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Versions of state machines, and the aliases that lead to them.</summary>
internal sealed class VersionOperations(ExecutionEngine engine, StateMachineStore machines)
{
    /// <exception cref="AwsServiceException">A description is given for a version that is not published.</exception>
    public static void CheckDescription(AwsCall call, bool publishes)
    {
        if (!publishes && call.OptionalString("versionDescription") is not null)
        {
            throw AwsServiceException.Validation("Version description can only be set when publish is true");
        }
    }

    /// <returns>The new version, or the last one when nothing changed since.</returns>
    public StateMachineVersion Publish(StateMachine machine, string? description)
    {
        lock (machine.Lock)
        {
            if (machine.Versions.LastOrDefault() is { } last && last.Revision.Id == machine.Revision.Id)
            {
                return last;
            }

            var version = new StateMachineVersion(++machine.LastVersion, machine.Revision, description, engine.Clock.GetUtcNow());
            machine.Versions.Add(version);
            return version;
        }
    }

    public ValueTask PublishStateMachineVersion(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var machine = machines.Get(call.Required("stateMachineArn"));
        if (call.OptionalString("revisionId") is { } revisionId && revisionId != machine.Revision.Id)
        {
            throw StepFunctionsErrors.Conflict(
                $"Failed to publish the State Machine version for revision {revisionId}. The current State Machine revision is {machine.Revision.Id}.");
        }

        var version = Publish(machine, call.OptionalString("description"));
        engine.Keeper.MachineChanged(machine);
        output.WriteStartObject();
        output.WriteString("stateMachineVersionArn", machine.VersionArn(version));
        output.WriteTime("creationDate", version.CreationDate);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteStateMachineVersion(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = call.Required("stateMachineVersionArn");
        StateMachineStore.CheckArn(arn);
        if (machines.Find(arn[..arn.LastIndexOf(':')]) is { } machine)
        {
            lock (machine.Lock)
            {
                if (machine.Aliases.Find(alias => alias.Routes.Any(route => route.VersionArn == arn)) is { } user)
                {
                    throw StepFunctionsErrors.Conflict(
                        $"Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{user.Name}]");
                }

                machine.Versions.RemoveAll(version => machine.VersionArn(version) == arn);
            }

            engine.Keeper.MachineChanged(machine);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ListStateMachineVersions(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var machine = machines.Get(call.Required("stateMachineArn"));
        StateMachineVersion[] all;
        lock (machine.Lock)
        {
            all = [.. machine.Versions.OrderByDescending(version => version.Number)];
        }

        var (items, next) = call.Page(all);
        output.WriteStartObject();
        output.WriteStartArray("stateMachineVersions");
        foreach (var version in items)
        {
            output.WriteStartObject();
            output.WriteString("stateMachineVersionArn", machine.VersionArn(version));
            output.WriteTime("creationDate", version.CreationDate);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask CreateStateMachineAlias(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var name = call.Name("name");
        var routes = Routes(call) ?? throw StepFunctionsErrors.Missing("routingConfiguration");
        var machine = machines.Resolve(routes[0].VersionArn).Machine;
        var arn = $"{machine.Arn}:{name}";
        var created = new StateMachineAlias(name, arn, call.OptionalString("description"), routes, engine.Clock.GetUtcNow());
        lock (machine.Lock)
        {
            if (machine.Aliases.Find(alias => alias.Name == name) is { } existing)
            {
                if (!existing.Routes.SequenceEqual(routes) || existing.Description != created.Description)
                {
                    throw StepFunctionsErrors.Conflict("Failed to create alias because an alias with the same name and a different routing configuration already exists.");
                }

                created = existing;
            }
            else
            {
                machine.Aliases.Add(created);
            }
        }

        engine.Keeper.MachineChanged(machine);
        output.WriteStartObject();
        output.WriteString("stateMachineAliasArn", arn);
        output.WriteTime("creationDate", created.CreationDate);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask UpdateStateMachineAlias(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (machine, alias) = Find(call);
        var updated = alias with
        {
            Description = call.OptionalString("description") ?? alias.Description,
            Routes = Routes(call) ?? alias.Routes,
            UpdateDate = engine.Clock.GetUtcNow(),
        };
        lock (machine.Lock)
        {
            machine.Aliases[machine.Aliases.IndexOf(alias)] = updated;
        }

        engine.Keeper.MachineChanged(machine);
        output.WriteStartObject();
        output.WriteTime("updateDate", updated.UpdateDate);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DescribeStateMachineAlias(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (_, alias) = Find(call);
        output.WriteStartObject();
        output.WriteString("stateMachineAliasArn", alias.Arn);
        output.WriteString("name", alias.Name);
        output.WriteOptional("description", alias.Description);
        output.WriteStartArray("routingConfiguration");
        foreach (var (versionArn, weight) in alias.Routes)
        {
            output.WriteStartObject();
            output.WriteString("stateMachineVersionArn", versionArn);
            output.WriteNumber("weight", weight);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteTime("creationDate", alias.CreationDate);
        output.WriteTime("updateDate", alias.UpdateDate);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteStateMachineAlias(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (machine, alias) = Find(call);
        lock (machine.Lock)
        {
            machine.Aliases.Remove(alias);
        }

        engine.Keeper.MachineChanged(machine);
        return ValueTask.CompletedTask;
    }

    public ValueTask ListStateMachineAliases(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var resolved = machines.Resolve(call.Required("stateMachineArn"));
        var versionArn = resolved.Version is null ? null : resolved.Machine.VersionArn(resolved.Version);
        StateMachineAlias[] all;
        lock (resolved.Machine.Lock)
        {
            all = [.. resolved.Machine.Aliases.Where(alias => versionArn is null || alias.Routes.Any(route => route.VersionArn == versionArn))];
        }

        var (items, next) = call.Page(all);
        output.WriteStartObject();
        output.WriteStartArray("stateMachineAliases");
        foreach (var alias in items)
        {
            output.WriteStartObject();
            output.WriteString("stateMachineAliasArn", alias.Arn);
            output.WriteTime("creationDate", alias.CreationDate);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    private (StateMachine Machine, StateMachineAlias Alias) Find(AwsCall call)
    {
        var arn = call.Required("stateMachineAliasArn");
        StateMachineStore.CheckArn(arn);
        var machine = machines.Find(arn[..arn.LastIndexOf(':')]) ?? throw StepFunctionsErrors.ResourceNotFound(arn);
        lock (machine.Lock)
        {
            return (machine, machine.Aliases.Find(alias => alias.Arn == arn) ?? throw StepFunctionsErrors.ResourceNotFound(arn));
        }
    }

    private List<(string VersionArn, int Weight)>? Routes(AwsCall call)
    {
        if (call.Json("routingConfiguration") is not { } given)
        {
            return null;
        }

        var routes = new List<(string, int)>();
        foreach (var route in given.Items)
        {
            var arn = route.Find("stateMachineVersionArn")?.Text ?? "";
            if (machines.Resolve(arn).Version is null || machines.Resolve(arn).Alias is not null)
            {
                throw AwsServiceException.Validation($"Routing configuration must contain state machine version ARNs. Received: [{arn}]");
            }

            routes.Add((arn, (int)(route.Find("weight")?.Number ?? 0)));
        }

        if (routes.Count is 0 or > 2 || routes.Sum(route => route.Item2) != 100)
        {
            throw AwsServiceException.Validation("Sum of routing configuration weights must equal 100, over one or two versions.");
        }

        return routes;
    }
}
