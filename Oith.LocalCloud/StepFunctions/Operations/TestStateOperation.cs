using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.StepFunctions.Integrations;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>TestState: runs one state, on request with a mocked answer, and tells what became of the data.</summary>
internal sealed class TestStateOperation(ExecutionEngine engine)
{
    private const string MachineName = "TestState";

    public async ValueTask TestState(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var mock = call.Json("mock");
        var failures = call.Json("stateConfiguration")?.Find("mapIterationFailureCount");
        CheckMock(call, mock, failures);
        var state = FindState(call);
        CheckType(state, mock);
        var input = Parse(call.OptionalString("input") ?? "{}", () => StepFunctionsErrors.InvalidInput("Invalid JSON"));
        var inspection = new StateInspection
        {
            Context = Context(call, state),
            Mock = mock is null ? null : Mock(mock, state),
            RetrierRetryCount = (int)(call.Json("stateConfiguration")?.Find("retrierRetryCount")?.Number ?? 0),
            MapIterationFailureCount = failures is null ? null : (long)failures.Number,
        };
        if (inspection is { Mock.Result: { IsArray: true } mocked, MapIterationFailureCount: { } failed } && failed > mocked.Count)
        {
            throw AwsServiceException.Validation("Map iteration failure count must be less than or equal to the number of Map iterations");
        }

        if (state is not ParallelState)
        {
            inspection.Note("input", input);
        }

        StateResult? result = null;
        StateFailure? failure = null;
        using var execution = CreateExecution(call, state, input);
        var branch = new Branch(execution) { Inspection = inspection };
        branch.Assign(Variables(call));
        branch.Enter(state, input);
        try
        {
            result = await state.ExecuteAsync(branch, input, cancellationToken);
        }
        catch (StateFailedException error)
        {
            failure = error.Failure;
        }
        catch (StateRuntimeException error)
        {
            failure = branch.FailureOf(state, error);
        }

        branch.Assign(result?.Assigned);
        inspection.Variables = branch.Variables;
        Write(output, call, state, input, inspection, result, failure);
    }

    private static AslValue? Variables(AwsCall call)
    {
        if (call.OptionalString("variables") is not { } text)
        {
            return null;
        }

        var variables = Parse(text, () => AwsServiceException.Validation("Invalid variables provided: variables are not valid JSON"));
        return variables.IsObject ? variables : throw AwsServiceException.Validation("Invalid variables provided: variables must be a JSON object");
    }

    private static void CheckMock(AwsCall call, AslValue? mock, AslValue? failures)
    {
        if (mock is null)
        {
            if (failures is not null)
            {
                throw AwsServiceException.Validation("TestState does not support MapIterationFailureCount when a mock is not specified.");
            }

            return;
        }

        if (call.Flag("revealSecrets"))
        {
            throw AwsServiceException.Validation("TestState does not support RevealSecrets when a mock is specified.");
        }

        if (mock.Find("result") is not null && mock.Find("errorOutput") is not null)
        {
            throw AwsServiceException.Validation("A test mock should have only one of the following fields: [result, errorOutput].");
        }
    }

    private static void CheckType(State state, AslValue? mock)
    {
        if (mock is null && state is (MapState or ParallelState))
        {
            throw new AwsServiceException(
                "InvalidDefinition",
                "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]");
        }

        if (mock is not null && state is not RetryingState)
        {
            throw AwsServiceException.Validation($"State type '{state.Type}' is not supported when a mock is specified");
        }
    }

    /// <summary>The definition is one state, or a machine of which stateName names the state.</summary>
    private static State FindState(AwsCall call)
    {
        var definition = call.Required("definition");
        var name = call.OptionalString("stateName");
        if (name is null)
        {
            var value = Parse(definition, () => StepFunctionsErrors.InvalidDefinition([JsonFault.Describe(definition)]));
            return DefinitionParser.ParseState(value, "StateName", out var faults) ?? throw StepFunctionsErrors.InvalidDefinition(faults);
        }

        if (name.Length == 0)
        {
            throw StepFunctionsErrors.Constraint(name, "stateName", "Member must have length greater than or equal to 1");
        }

        var machine = StateMachineOperations.ParseDefinition(definition, isExpress: false);
        return machine.States.All.FirstOrDefault(state => state.Name == name) ?? throw AwsServiceException.Validation("State not found in definition");
    }

    private static AslValue? Context(AwsCall call, State state)
    {
        if (call.OptionalString("context") is not { } text)
        {
            return null;
        }

        var context = Parse(text, () => AwsServiceException.Validation("Invalid Context object provided: Context object is not valid JSON"));
        if (context.Find("Map") is not null)
        {
            throw AwsServiceException.Validation("Invalid Context object provided: 'Map' field is not supported when mocking a Context object");
        }

        foreach (var (name, _) in context.Find("Execution") is { } execution ? execution.Members : [])
        {
            if (name is not ("Id" or "Input" or "Name" or "RoleArn" or "StartTime" or "RedriveCount" or "RedriveTime"))
            {
                throw AwsServiceException.Validation($"Invalid Context object provided: Field '{name}' is not allowed");
            }
        }

        return context.Find("Task") is null || state is TaskState { Resource.WaitsForTaskToken: true }
            ? context
            : throw AwsServiceException.Validation(
                "Invalid Context object provided: Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
                + "service integration pattern");
    }

    private static TaskMock Mock(AslValue mock, State state)
    {
        if (mock.Find("errorOutput") is { } error)
        {
            return new TaskMock(null, new StateFailure(error.Find("error")?.Text, error.Find("cause")?.Text));
        }

        var result = Parse(mock.Find("result")?.Text ?? "", () => AwsServiceException.Validation("Mocked result must be valid JSON"));
        switch (state)
        {
            case MapState { Distributed.Writer.Parameters: not null } when !result.IsObject:
                throw AwsServiceException.Validation("Mocked result must be a JSON object.");
            case ParallelState or MapState when !result.IsArray:
                throw AwsServiceException.Validation("Mocked result must be an array.");
            case ParallelState parallel when result.Count != parallel.Branches.Count:
                throw AwsServiceException.Validation("Mocked result must contain the same number of items as number of Parallel branches.");
            case TaskState { Resource: ServiceTask service } when mock.Find("fieldValidationMode")?.Text is var mode and not "NONE":
                MockShapes.Check(service, result, requiresMembers: mode != "PRESENT");
                break;
        }

        return new TaskMock(result, null);
    }

    private static AslValue Parse(string json, Func<AwsServiceException> refuse)
    {
        try
        {
            return AslValue.ParseAsSent(json);
        }
        catch (JsonException)
        {
            throw refuse();
        }
    }

    private Execution CreateExecution(AwsCall call, State state, AslValue input)
    {
        var definition = new StateMachineDefinition(new StateGroup(state.Name, new Dictionary<string, State>(StringComparer.Ordinal) { [state.Name] = state }), null);
        var now = engine.Clock.GetUtcNow();
        var revision = new StateMachineRevision(Guid.NewGuid().ToString(), "", definition, call.OptionalString("roleArn") ?? "", now);
        var machine = new StateMachine(engine.Arns.Of("states", $"stateMachine:{MachineName}"), MachineName, isExpress: true, revision, now);
        var name = Guid.NewGuid().ToString();
        return new Execution(engine, machine, revision, engine.Arns.Of("states", $"express:{MachineName}:{name}:{name}"), name, input) { IsExpress = true };
    }

    private static void Write(
        Utf8JsonWriter output, AwsCall call, State state, AslValue input, StateInspection inspection, StateResult? result, StateFailure? failure)
    {
        output.WriteStartObject();
        if (result is { } done)
        {
            output.WriteString("output", done.Output.ToText());
            output.WriteOptional("nextState", done.Next);
        }

        var shown = failure ?? inspection.CaughtFailure;
        output.WriteOptional("error", shown?.Error);
        output.WriteOptional("cause", shown?.Cause);
        output.WriteString("status", inspection.CatcherIndex is not null ? "CAUGHT_ERROR"
            : result is not null ? "SUCCEEDED"
            : inspection.RetryDelay is not null ? "RETRIABLE" : "FAILED");
        if (call.OptionalString("inspectionLevel") is "DEBUG" or "TRACE")
        {
            output.WriteStartObject("inspectionData");
            WriteNotes(output, state, input, inspection);
            if (inspection.Variables.Count > 0)
            {
                output.WriteString("variables", inspection.Variables.ToJson());
            }

            WriteErrorDetails(output, inspection);
            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private static void WriteNotes(Utf8JsonWriter output, State state, AslValue input, StateInspection inspection)
    {
        // A Parallel or Map is looked at from outside: its parts are not those of a task.
        if (state is ParallelState)
        {
            output.WriteString("input", input.ToText());
        }

        foreach (var (name, value) in inspection.Notes)
        {
            switch (name)
            {
                case "afterInputPath" or "afterParameters" or "afterArguments" when state is ParallelState:
                case "result" when state is ParallelState or MapState:
                    break;
                case "maxConcurrency" or "toleratedFailureCount" or "toleratedFailurePercentage":
                    output.WriteJson(name, value);
                    break;
                default:
                    output.WriteString(name, value.ToText());
                    break;
            }
        }
    }

    private static void WriteErrorDetails(Utf8JsonWriter output, StateInspection inspection)
    {
        if (inspection.CatcherIndex is null && inspection.RetrierIndex is null)
        {
            return;
        }

        output.WriteStartObject("errorDetails");
        if (inspection.CatcherIndex is { } catcher)
        {
            output.WriteNumber("catchIndex", catcher);
        }

        if (inspection.RetrierIndex is { } retrier)
        {
            output.WriteNumber("retryIndex", retrier);
        }

        if (inspection.RetryDelay is { } delay)
        {
            output.WriteNumber("retryBackoffIntervalSeconds", (int)delay.TotalSeconds);
        }

        output.WriteEndObject();
    }
}
