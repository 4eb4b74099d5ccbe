using System.Text;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Start, stop and look at executions.</summary>
internal sealed class ExecutionOperations(ExecutionEngine engine, StateMachineStore machines) : IDisposable
{
    private const int LongestListToken = 3096;

    private readonly CancellationTokenSource _shutdown = new();
    private bool _isDisposed;

    public ValueTask StartExecution(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var resolved = machines.Resolve(call.Required("stateMachineArn"));
        var input = ReadInput(call);
        var execution = Create(call, resolved, input);
        if (execution.IsExpress)
        {
            engine.Executions.Add(execution);
        }
        else if (!engine.Executions.TryAdd(execution))
        {
            execution = Existing(execution);
            WriteStarted(output, execution);
            return ValueTask.CompletedTask;
        }

        try
        {
            engine.Keeper.Started(execution);
        }
        catch (AwsServiceException)
        {
            // Left in place, it would answer the repeated call and never run.
            engine.Executions.Remove(execution);
            throw;
        }

        Run(execution);
        WriteStarted(output, execution);
        return ValueTask.CompletedTask;
    }

    public async ValueTask StartSyncExecution(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var resolved = machines.Resolve(call.Required("stateMachineArn"));
        if (!resolved.Machine.IsExpress)
        {
            throw StepFunctionsErrors.TypeNotSupported();
        }

        var execution = Create(call, resolved, ReadInput(call));
        engine.Executions.Add(execution);
        await execution.RunAsync(_shutdown.Token);
        output.WriteStartObject();
        output.WriteString("executionArn", execution.Arn);
        output.WriteString("stateMachineArn", execution.Machine.Arn);
        output.WriteString("name", execution.Name);
        WriteOutcome(output, execution);
        output.WriteStartObject("billingDetails");
        output.WriteNumber("billedMemoryUsedInMB", 64);
        var billed = Math.Ceiling(((execution.StopDate ?? execution.StartDate) - execution.StartDate).TotalMilliseconds / 100) * 100;
        output.WriteNumber("billedDurationInMilliseconds", (long)Math.Max(100, billed));
        output.WriteEndObject();
        output.WriteOptional("traceHeader", call.OptionalString("traceHeader"));
        output.WriteEndObject();
    }

    public ValueTask StopExecution(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var execution = Find(call);
        execution.Stop(call.OptionalString("error"), call.OptionalString("cause"));
        output.WriteStartObject();
        output.WriteTime("stopDate", execution.StopDate!.Value);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask DescribeExecution(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var execution = Find(call);
        output.WriteStartObject();
        output.WriteString("executionArn", execution.Arn);
        output.WriteString("stateMachineArn", execution.Machine.Arn);
        output.WriteString("name", execution.Name);
        WriteOutcome(output, execution);
        output.WriteOptional("mapRunArn", execution.MapRun?.Arn);
        output.WriteOptional("stateMachineVersionArn", execution.VersionArn);
        output.WriteOptional("stateMachineAliasArn", execution.AliasArn);
        WriteRedrive(output, execution);
        var redrivability = Redrivability.Of(execution);
        output.WriteString("redriveStatus", redrivability.Status);
        output.WriteOptional("redriveStatusReason", redrivability.Reason);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask ListExecutions(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var (items, next) = call.Page(Listed(call).ToArray(), LongestListToken);
        output.WriteStartObject();
        output.WriteStartArray("executions");
        foreach (var execution in items)
        {
            output.WriteStartObject();
            output.WriteString("executionArn", execution.Arn);
            output.WriteString("stateMachineArn", execution.Machine.Arn);
            output.WriteString("name", execution.Name);
            output.WriteString("status", execution.Status.ToAws());
            output.WriteTime("startDate", execution.StartDate);
            if (execution.StopDate is { } stopDate)
            {
                output.WriteTime("stopDate", stopDate);
            }

            if (execution.MapRun is not null)
            {
                output.WriteString("mapRunArn", execution.MapRun.Arn);
                output.WriteNumber("itemCount", execution.ItemCount);
            }

            output.WriteOptional("stateMachineVersionArn", execution.VersionArn);
            output.WriteOptional("stateMachineAliasArn", execution.AliasArn);
            WriteRedrive(output, execution);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    public ValueTask GetExecutionHistory(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var execution = Find(call);
        var events = execution.History.Snapshot();
        var (items, next) = call.Page(call.Flag("reverseOrder") ? [.. events.Reverse()] : events);
        var includesData = call.Flag("includeExecutionData", byDefault: true);
        output.WriteStartObject();
        output.WriteStartArray("events");
        foreach (var one in items)
        {
            one.WriteTo(output, includesData);
        }

        output.WriteEndArray();
        output.WriteOptional("nextToken", next);
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    /// <summary>The JSONata expressions that an execution has evaluated, with their values, for the console.</summary>
    public ValueTask LocalCloudGetExpressions(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        output.WriteStartObject();
        output.WriteStartArray("expressions");
        foreach (var one in Find(call).Expressions.Snapshot())
        {
            output.WriteStartObject();
            output.WriteNumber("enteredEventId", one.EnteredEventId);
            output.WriteString("field", one.Field);
            output.WriteString("expression", one.Expression);
            output.WriteString("value", one.Value.ToJson());
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    /// <summary>The execution that the call names.</summary>
    /// <exception cref="AwsServiceException">InvalidArn, ExecutionDoesNotExist.</exception>
    public Execution Find(AwsCall call)
    {
        var arn = call.Required("executionArn");
        var resource = Arn.ServiceOf(arn) == "states" ? Arn.ResourceOf(arn) : null;
        if (resource is null)
        {
            throw StepFunctionsErrors.InvalidArn(arn);
        }

        // AWS shows EXPRESS executions in its logs only, but for children of a Map run; the console inside may see them.
        var found = engine.Executions.Find(arn);
        if (!resource.StartsWith("execution:", StringComparison.Ordinal) && !IsInside(call) && found?.MapRun is null)
        {
            throw StepFunctionsErrors.WrongResourceType(arn, resource.Split(':')[0]);
        }

        return found ?? throw StepFunctionsErrors.ExecutionDoesNotExist(arn);
    }

    /// <summary>Lets an execution run; it is not waited for.</summary>
    public void Run(Execution execution, ResumePoint? resumeAt = null) =>
        _ = Task.Run(() => execution.RunAsync(_shutdown.Token, resumeAt), CancellationToken.None);

    /// <summary>Leaves running executions where they are.</summary>
    public void Dispose()
    {
        // The container knows this service by two types and disposes it once for each.
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _shutdown.Cancel();
        _shutdown.Dispose();
    }

    /// <summary>The executions that ListExecutions asks for, the latest first.</summary>
    private IEnumerable<Execution> Listed(AwsCall call)
    {
        var mapRunArn = call.OptionalString("mapRunArn");
        var machineArn = call.OptionalString("stateMachineArn");
        IEnumerable<Execution> found;
        if (mapRunArn is not null)
        {
            var run = engine.MapRuns.Find(mapRunArn) ?? throw StepFunctionsErrors.ResourceNotFound(mapRunArn);
            found = run.Children.Reverse();
        }
        else
        {
            var resolved = machines.Resolve(machineArn ?? throw StepFunctionsErrors.Missing("stateMachineArn"));
            if (resolved.Machine.IsExpress && !IsInside(call))
            {
                throw StepFunctionsErrors.TypeNotSupported();
            }

            found = engine.Executions.Where(execution => execution.MapRun is null && execution.Machine == resolved.Machine
                && (resolved.Version is null || execution.VersionArn == machineArn || execution.AliasArn == machineArn));
        }

        if (StatusFilter(call, mapRunArn) is { } status)
        {
            found = found.Where(execution => execution.Status.ToAws() == status);
        }

        if (RedriveFilter(call) is { } isRedriven)
        {
            found = found.Where(execution => execution.RedriveCount > 0 == isRedriven);
        }

        return found;
    }

    private static string? StatusFilter(AwsCall call, string? mapRunArn)
    {
        var status = call.OptionalString("statusFilter");
        if (status is not (null or "RUNNING" or "SUCCEEDED" or "FAILED" or "TIMED_OUT" or "ABORTED" or "PENDING_REDRIVE"))
        {
            throw StepFunctionsErrors.Constraint(
                status, "statusFilter", "Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]");
        }

        return status != "PENDING_REDRIVE" || mapRunArn is not null ? status : throw AwsServiceException.Validation(
            "The statusFilter PENDING_REDRIVE can only be used with a mapRunArn: only the children of a Map Run wait for their redrive.");
    }

    private static bool? RedriveFilter(AwsCall call) => call.OptionalString("redriveFilter") switch
    {
        null => null,
        "REDRIVEN" => true,
        "NOT_REDRIVEN" => false,
        { } other => throw StepFunctionsErrors.Constraint(other, "redriveFilter", "Member must satisfy enum value set: [REDRIVEN, NOT_REDRIVEN]"),
    };

    private static void WriteRedrive(Utf8JsonWriter output, Execution execution)
    {
        output.WriteNumber("redriveCount", execution.RedriveCount);
        if (execution.RedriveDate is { } date)
        {
            output.WriteTime("redriveDate", date);
        }
    }

    private static bool IsInside(AwsCall call) => call.Protocol == AwsProtocol.InProcess;

    private static AslValue ReadInput(AwsCall call)
    {
        var text = call.OptionalString("input") ?? "{}";
        if (Encoding.UTF8.GetByteCount(text) > State.MaximumPayload)
        {
            throw StepFunctionsErrors.TooLong(text, "input", State.MaximumPayload);
        }

        try
        {
            return AslValue.ParseAsSent(text);
        }
        catch (JsonException error)
        {
            throw StepFunctionsErrors.InvalidInput(error.Message);
        }
    }

    private Execution Create(AwsCall call, ResolvedMachine resolved, AslValue input)
    {
        var name = call.OptionalString("name") is { } given ? CallInput.CheckName(given, "name") : Guid.NewGuid().ToString();
        var machine = resolved.Machine;
        return new Execution(
            engine,
            machine,
            resolved.Revision,
            engine.Arns.Of("states", machine.IsExpress ? $"express:{machine.Name}:{name}:{Guid.NewGuid()}" : $"execution:{machine.Name}:{name}"),
            name,
            input)
        {
            IsExpress = machine.IsExpress,
            VersionArn = resolved.Version is { } version ? machine.VersionArn(version) : null,
            AliasArn = resolved.Alias?.Arn,
            TraceCaller = call.OptionalString("traceHeader") ?? ExecutionTracing.CallerIn(input) ?? call.TraceParent,
        };
    }

    // Starting again under the same name answers as the first start did, as long as that runs and had the same input.
    private Execution Existing(Execution second)
    {
        var first = engine.Executions.Find(second.Arn) ?? second;
        return first.Status == ExecutionStatus.Running && first.Input.JsonEquals(second.Input)
            ? first
            : throw StepFunctionsErrors.ExecutionAlreadyExists(second.Arn);
    }

    private static void WriteStarted(Utf8JsonWriter output, Execution execution)
    {
        output.WriteStartObject();
        output.WriteString("executionArn", execution.Arn);
        output.WriteTime("startDate", execution.StartDate);
        output.WriteEndObject();
    }

    private static void WriteOutcome(Utf8JsonWriter output, Execution execution)
    {
        output.WriteString("status", execution.Status.ToAws());
        output.WriteTime("startDate", execution.StartDate);
        if (execution.StopDate is { } stopDate)
        {
            output.WriteTime("stopDate", stopDate);
        }

        output.WriteString("input", execution.Input.ToText());
        output.WriteIncluded("inputDetails");
        if (execution.Output is { } result)
        {
            output.WriteString("output", result.ToText());
            output.WriteIncluded("outputDetails");
        }

        output.WriteOptional("error", execution.Error);
        output.WriteOptional("cause", execution.Cause);
    }
}
