using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>What executions work with.</summary>
internal sealed class ExecutionEngine
{
    public ExecutionEngine(IAwsApi api, TimeProvider clock, Arn arns, LocalCloudOptions options, ExecutionKeeper keeper, ExecutionMetrics metrics)
    {
        Api = api;
        Clock = clock;
        Arns = arns;
        Options = options;
        Keeper = keeper;
        Metrics = metrics;
        Tokens = new TaskTokens(clock);
        MapRuns = new MapRuns(this);
    }

    public IAwsApi Api { get; }

    public TimeProvider Clock { get; }

    public Arn Arns { get; }

    public LocalCloudOptions Options { get; }

    public ExecutionKeeper Keeper { get; }

    public ExecutionMetrics Metrics { get; }

    public TaskTokens Tokens { get; }

    public StepActivities Activities { get; } = new();

    public ExecutionStore Executions { get; } = new();

    public MapRuns MapRuns { get; }
}
