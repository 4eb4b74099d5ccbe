using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Create, change and look at state machines.</summary>
internal sealed class StateMachineOperations(ExecutionEngine engine, StateMachineStore machines, VersionOperations versions)
{
    private const int LongestDefinition = 1024 * 1024;

    public async ValueTask CreateStateMachine(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var name = call.Name("name");
        var isExpress = MachineType(call) == "EXPRESS";
        var roleArn = Role(call.Required("roleArn"));
        var publishes = call.Flag("publish");
        VersionOperations.CheckDescription(call, publishes);
        var revision = Revision(call.Required("definition"), isExpress, roleArn) with
        {
            LoggingConfiguration = await LoggingAsync(call, cancellationToken),
            TracingConfiguration = call.Json("tracingConfiguration"),
            EncryptionConfiguration = call.Json("encryptionConfiguration"),
        };
        var arn = engine.Arns.Of("states", $"stateMachine:{name}");
        var machine = new StateMachine(arn, name, isExpress, revision, revision.Date);
        TagOperations.Set(machine.Tags, call.Json("tags"));
        if (!machines.TryAdd(machine))
        {
            // Creating the same again answers as the first time.
            machine = machines.Get(arn);
            if (!machine.Revision.IsSameAs(revision) || machine.IsExpress != isExpress)
            {
                throw StepFunctionsErrors.MachineAlreadyExists(arn);
            }
        }

        var version = publishes ? versions.Publish(machine, call.OptionalString("versionDescription")) : null;
        engine.Keeper.MachineChanged(machine);
        output.WriteStartObject();
        output.WriteString("stateMachineArn", arn);
        output.WriteTime("creationDate", machine.CreationDate);
        output.WriteOptional("stateMachineVersionArn", version is null ? null : machine.VersionArn(version));
        output.WriteEndObject();
    }

    public async ValueTask UpdateStateMachine(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = call.Required("stateMachineArn");
        var machine = machines.Get(arn);
        var definition = call.OptionalString("definition");
        var roleArn = call.OptionalString("roleArn");
        var logging = await LoggingAsync(call, cancellationToken);
        var tracing = call.Json("tracingConfiguration");
        var encryption = call.Json("encryptionConfiguration");
        if (definition is null && roleArn is null && logging is null && tracing is null && encryption is null)
        {
            throw new AwsServiceException(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration, or the TracingConfiguration must be specified");
        }

        var publishes = call.Flag("publish");
        VersionOperations.CheckDescription(call, publishes);
        StateMachineVersion? version = null;
        StateMachineRevision updated;
        lock (machine.Lock)
        {
            var current = machine.Revision;
            updated = Revision(definition ?? current.DefinitionText, machine.IsExpress, roleArn is null ? current.RoleArn : Role(roleArn)) with
            {
                LoggingConfiguration = logging ?? current.LoggingConfiguration,
                TracingConfiguration = tracing ?? current.TracingConfiguration,
                EncryptionConfiguration = encryption ?? current.EncryptionConfiguration,
            };
            machine.Revision = updated;
        }

        if (publishes)
        {
            version = versions.Publish(machine, call.OptionalString("versionDescription"));
        }

        engine.Keeper.MachineChanged(machine);
        output.WriteStartObject();
        output.WriteTime("updateDate", updated.Date);
        output.WriteString("revisionId", updated.Id);
        output.WriteOptional("stateMachineVersionArn", version is null ? null : machine.VersionArn(version));
        output.WriteEndObject();
    }

    public ValueTask DescribeStateMachine(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = call.Required("stateMachineArn");
        var resolved = machines.Resolve(arn);
        output.WriteStartObject();
        output.WriteString("stateMachineArn", arn);
        output.WriteString("name", resolved.Machine.Name);
        output.WriteString("status", "ACTIVE");
        output.WriteString("type", resolved.Machine.Type);
        output.WriteTime("creationDate", resolved.Version?.CreationDate ?? resolved.Machine.CreationDate);
        output.WriteOptional("description", resolved.Version?.Description);
        WriteRevision(output, resolved.Revision);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DescribeStateMachineForExecution(AwsCall call, Utf8JsonWriter output, Execution execution)
    {
        output.WriteStartObject();
        output.WriteString("stateMachineArn", execution.Machine.Arn);
        output.WriteString("name", execution.Machine.Name);
        output.WriteTime("updateDate", execution.Revision.Date);
        output.WriteOptional("mapRunArn", execution.MapRun?.Arn);
        output.WriteOptional("label", execution.MapRun?.Label);
        WriteRevision(output, execution.Revision);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DeleteStateMachine(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var arn = call.Required("stateMachineArn");
        StateMachineStore.CheckArn(arn);
        if (machines.Find(arn) is { } machine)
        {
            engine.Keeper.MachineDeleted(arn);
            machines.Remove(arn);
            engine.Executions.Forget(machine);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ListStateMachines(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (items, next) = call.Page(machines.All.ToArray());
        output.WriteStartObject();
        output.WriteStartArray("stateMachines");
        foreach (var machine in items)
        {
            output.WriteStartObject();
            output.WriteString("stateMachineArn", machine.Arn);
            output.WriteString("name", machine.Name);
            output.WriteString("type", machine.Type);
            output.WriteTime("creationDate", machine.CreationDate);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask ValidateStateMachineDefinition(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var faults = DefinitionParser.Validate(call.Required("definition"), MachineType(call) == "EXPRESS");
        var limit = call.Number("maxResults") is { } asked and > 0 ? asked : 100;
        output.WriteStartObject();
        output.WriteString("result", faults.Count == 0 ? "OK" : "FAIL");
        output.WriteStartArray("diagnostics");
        foreach (var fault in faults.Take(limit))
        {
            output.WriteStartObject();
            output.WriteString("severity", "ERROR");
            output.WriteString("code", fault.Code);
            output.WriteString("message", fault.Message);
            output.WriteOptional("location", fault.Location);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteBoolean("truncated", faults.Count > limit);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    /// <summary>A revision of a definition that was accepted before.</summary>
    /// <exception cref="AwsServiceException">InvalidDefinition.</exception>
    public static StateMachineDefinition ParseDefinition(string text, bool isExpress) =>
        DefinitionParser.Parse(text, isExpress, out var faults) ?? throw StepFunctionsErrors.InvalidDefinition(faults);

    private static string MachineType(AwsCall call) => call.OptionalString("type") switch
    {
        null or "" => "STANDARD",
        { } type and ("STANDARD" or "EXPRESS") => type,
        { } other => throw StepFunctionsErrors.Constraint(other, "type", "Member must satisfy enum value set: [STANDARD, EXPRESS]"),
    };

    private static string Role(string arn) => Arn.ServiceOf(arn) == "iam" ? arn : throw new AwsServiceException("InvalidArn", $"Invalid Role Arn: '{arn}'");

    private StateMachineRevision Revision(string definition, bool isExpress, string roleArn)
    {
        if (definition.Length is 0 or > LongestDefinition)
        {
            throw definition.Length == 0
                ? StepFunctionsErrors.Constraint("", "definition", "Member must have length greater than or equal to 1")
                : StepFunctionsErrors.TooLong(definition, "definition", LongestDefinition);
        }

        return new StateMachineRevision(
            Guid.NewGuid().ToString(), definition, ParseDefinition(definition, isExpress), roleArn, engine.Clock.GetUtcNow());
    }

    private async Task<AslValue?> LoggingAsync(AwsCall call, CancellationToken cancellationToken)
    {
        if (call.Json("loggingConfiguration") is not { } logging)
        {
            return null;
        }

        var level = logging.Find("level")?.Text ?? "OFF";
        var destinations = logging.Find("destinations") ?? AslValue.EmptyArray;
        if (level == "OFF" && destinations.Count == 0)
        {
            return logging;
        }

        if (destinations.Count != 1 || destinations.Items[0].Find("cloudWatchLogsLogGroup")?.Find("logGroupArn") is not { Text.Length: > 0 } group)
        {
            throw StepFunctionsErrors.InvalidLogging("Must specify exactly one Log Destination.");
        }

        await CheckLogGroupAsync(group.Text, cancellationToken);
        return logging;
    }

    // Where LocalCloud has no log groups there is nothing to check against.
    private async Task CheckLogGroupAsync(string arn, CancellationToken cancellationToken)
    {
        if (engine.Api.Find("logs") is null)
        {
            return;
        }

        var name = Arn.ResourceOf(arn)?.Replace("log-group:", "", StringComparison.Ordinal).Split(':')[0] ?? "";
        var found = await engine.Api.InvokeAsync("logs", "DescribeLogGroups", new JsonObject { ["logGroupNamePrefix"] = name }, cancellationToken);
        if (found["logGroups"] is not JsonArray groups || groups.All(group => group?["logGroupName"]?.GetValue<string>() != name))
        {
            throw StepFunctionsErrors.InvalidLogging("Log Destination not found.");
        }
    }

    private static void WriteRevision(Utf8JsonWriter output, StateMachineRevision revision)
    {
        output.WriteString("definition", revision.DefinitionText);
        output.WriteString("roleArn", revision.RoleArn);
        output.WriteString("revisionId", revision.Id);
        output.WriteJson("loggingConfiguration", revision.LoggingConfiguration
            ?? AslValue.Object(("level", AslValue.Of("OFF")), ("includeExecutionData", AslValue.False)));
        output.WriteJson("tracingConfiguration", revision.TracingConfiguration ?? AslValue.Object(("enabled", AslValue.False)));
        output.WriteJson("encryptionConfiguration", revision.EncryptionConfiguration ?? AslValue.Object(("type", AslValue.Of("AWS_OWNED_KEY"))));
        var references = revision.Definition.VariableReferences.ToArray();
        if (references.Length > 0)
        {
            output.WriteStartObject("variableReferences");
            foreach (var (state, variables) in references)
            {
                output.WriteStartArray(state);
                foreach (var variable in variables)
                {
                    output.WriteStringValue(variable);
                }

                output.WriteEndArray();
            }

            output.WriteEndObject();
        }
    }
}
