using System.Collections.Frozen;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>The integrations that Step Functions has beside those of <c>aws-sdk</c>: which service, which action, which patterns.</summary>
internal static class OptimizedIntegrations
{
    // service: action, with the patterns that it supports in brackets: s(ync), 2 (sync:2), t (waitForTaskToken).
    private static readonly string[] s_table =
    [
        "apigateway: invoke(t)",
        "athena: startQueryExecution(s) stopQueryExecution getQueryExecution getQueryResults",
        "batch: submitJob(s)",
        "bedrock: invokeModel createModelCustomizationJob(s)",
        "codebuild: startBuild(s) stopBuild batchDeleteBuilds batchGetReports startBuildBatch(s) stopBuildBatch retryBuildBatch(s) deleteBuildBatch",
        "databrew: startJobRun(s)",
        "dynamodb: getItem putItem updateItem deleteItem",
        "ecs: runTask(st)",
        "eks: createCluster(s) deleteCluster(s) createFargateProfile(s) deleteFargateProfile(s) createNodegroup(s) deleteNodegroup(s) runJob(s) call",
        "elasticmapreduce: createCluster(s) terminateCluster(s) setClusterTerminationProtection addStep(s) cancelStep modifyInstanceFleetByName "
            + "modifyInstanceGroupByName",
        "emr-containers: createVirtualCluster deleteVirtualCluster(s) startJobRun(s)",
        "emr-serverless: createApplication(s) startApplication(s) stopApplication(s) deleteApplication(s) startJobRun(s) cancelJobRun(s)",
        "events: putEvents(t)",
        "glue: startJobRun(s)",
        "http: invoke",
        "lambda: invoke(t)",
        "mediaconvert: createJob(s)",
        "sagemaker: createEndpoint createEndpointConfig createHyperParameterTuningJob(s) createLabelingJob(s) createModel createProcessingJob(s) "
            + "createTrainingJob(s) createTransformJob(s) updateEndpoint",
        "sns: publish(t)",
        "sqs: sendMessage(t)",
        "states: startExecution(s2t)",
    ];

    // The name in the resource is not always that of the SDK.
    private static readonly FrozenDictionary<string, string> s_sdkNames = new Dictionary<string, string>
    {
        ["states"] = "sfn",
        ["events"] = "eventbridge",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> s_patterns = s_table.SelectMany(Entries)
        .ToFrozenDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    /// <summary>All of them: <c>sqs:sendMessage</c>.</summary>
    public static IEnumerable<string> All => s_patterns.Keys;

    public static bool Exists(string service, string action, TaskPattern pattern) =>
        s_patterns.TryGetValue($"{service}:{action}", out var patterns) && pattern switch
        {
            TaskPattern.Sync => patterns.Contains('s', StringComparison.Ordinal),
            TaskPattern.Sync2 => patterns.Contains('2', StringComparison.Ordinal),
            TaskPattern.WaitForTaskToken => patterns.Contains('t', StringComparison.Ordinal),
            _ => true,
        };

    public static AwsServices ServiceOf(string name) => AwsServices.Of(s_sdkNames.GetValueOrDefault(name, name));

    /// <summary>True when LocalCloud can carry out the service's integrations.</summary>
    public static bool IsEmulated(string name, IAwsApi api) =>
        // API Gateway's management API is no way to call the APIs that it made.
        name != "apigateway" && api.Find(ServiceOf(name).SigningName) is not null;

    private static IEnumerable<KeyValuePair<string, string>> Entries(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        foreach (var entry in line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var bracket = entry.IndexOf('(', StringComparison.Ordinal);
            yield return KeyValuePair.Create(
                $"{line[..colon]}:{(bracket < 0 ? entry : entry[..bracket])}", bracket < 0 ? "" : entry[(bracket + 1)..^1]);
        }
    }
}
