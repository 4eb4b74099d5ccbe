using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.StepFunctions.Operations;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions;

/// <summary>AWS Step Functions.</summary>
internal sealed class StepFunctionsService : IAwsService, IHostedService, IDisposable
{
    private readonly Journal _journal;
    private readonly IReadOnlyList<(Execution Execution, ResumePoint? At)> _interrupted;
    private readonly FrozenDictionary<string, Operation> _operations;
    private readonly ExecutionOperations _executions;

    public StepFunctionsService(IAwsApi api, TimeProvider clock, Arn arns, LocalCloudOptions options, JournalFactory journals, IMeterFactory meters)
    {
        _journal = journals.Open("states");
        var engine = new ExecutionEngine(api, clock, arns, options, new ExecutionKeeper(_journal), new ExecutionMetrics(meters));
        var store = new StateMachineStore();
        var versions = new VersionOperations(engine, store);
        var machines = new StateMachineOperations(engine, store, versions);
        var activities = new ActivityOperations(engine);
        var tags = new TagOperations(engine, store);
        var mapRuns = new MapRunOperations(engine);
        _executions = new ExecutionOperations(engine, store);
        _interrupted = new KeeperReplay(engine, store).Restore(_journal);
        _operations = new Dictionary<string, Operation>
        {
            ["CreateStateMachine"] = machines.CreateStateMachine,
            ["UpdateStateMachine"] = machines.UpdateStateMachine,
            ["DescribeStateMachine"] = machines.DescribeStateMachine,
            ["DescribeStateMachineForExecution"] = (call, output, _) => machines.DescribeStateMachineForExecution(call, output, _executions.Find(call)),
            ["DeleteStateMachine"] = machines.DeleteStateMachine,
            ["ListStateMachines"] = machines.ListStateMachines,
            ["ValidateStateMachineDefinition"] = machines.ValidateStateMachineDefinition,
            ["PublishStateMachineVersion"] = versions.PublishStateMachineVersion,
            ["DeleteStateMachineVersion"] = versions.DeleteStateMachineVersion,
            ["ListStateMachineVersions"] = versions.ListStateMachineVersions,
            ["CreateStateMachineAlias"] = versions.CreateStateMachineAlias,
            ["UpdateStateMachineAlias"] = versions.UpdateStateMachineAlias,
            ["DescribeStateMachineAlias"] = versions.DescribeStateMachineAlias,
            ["DeleteStateMachineAlias"] = versions.DeleteStateMachineAlias,
            ["ListStateMachineAliases"] = versions.ListStateMachineAliases,
            ["StartExecution"] = _executions.StartExecution,
            ["StartSyncExecution"] = _executions.StartSyncExecution,
            ["StopExecution"] = _executions.StopExecution,
            ["RedriveExecution"] = new RedriveOperation(engine, _executions).RedriveExecution,
            ["DescribeExecution"] = _executions.DescribeExecution,
            ["ListExecutions"] = _executions.ListExecutions,
            ["GetExecutionHistory"] = _executions.GetExecutionHistory,
            ["LocalCloudGetExpressions"] = _executions.LocalCloudGetExpressions,
            ["DescribeMapRun"] = mapRuns.DescribeMapRun,
            ["ListMapRuns"] = mapRuns.ListMapRuns,
            ["UpdateMapRun"] = mapRuns.UpdateMapRun,
            ["CreateActivity"] = activities.CreateActivity,
            ["DescribeActivity"] = activities.DescribeActivity,
            ["DeleteActivity"] = activities.DeleteActivity,
            ["ListActivities"] = activities.ListActivities,
            ["GetActivityTask"] = activities.GetActivityTask,
            ["SendTaskSuccess"] = activities.SendTaskSuccess,
            ["SendTaskFailure"] = activities.SendTaskFailure,
            ["SendTaskHeartbeat"] = activities.SendTaskHeartbeat,
            ["TestState"] = new TestStateOperation(engine).TestState,
            ["TagResource"] = tags.TagResource,
            ["UntagResource"] = tags.UntagResource,
            ["ListTagsForResource"] = tags.ListTagsForResource,
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private delegate ValueTask Operation(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken);

    public AwsServiceDescription Description { get; } = new("states") { JsonTargetPrefix = "AWSStepFunctions" };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken) =>
        _operations.TryGetValue(call.Operation, out var operation)
            ? operation(call, output, cancellationToken)
            : throw AwsServiceException.UnknownOperation("states", call.Operation);

    /// <summary>Lets executions of an earlier process go on, now that the services which they call are there.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (execution, at) in _interrupted)
        {
            _executions.Run(execution, at);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _executions.Dispose();
        _journal.Dispose();
    }
}
