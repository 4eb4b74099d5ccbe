using System.Text.Json.Nodes;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Pipes;

/// <summary>What a pipe's runner needs of its definition, checked.</summary>
/// <param name="QueueName">The source, an SQS queue of this account.</param>
/// <param name="Filters">A message that matches none of them is deleted unseen; empty: all pass.</param>
/// <param name="EnrichmentArn">Null: the events go to the target at once.</param>
/// <param name="EnrichmentTemplate">Null: the enrichment gets the events as they are.</param>
/// <param name="InputTemplate">Null: the target gets the event as it is.</param>
internal sealed record PipeSettings(
    string Name,
    string Arn,
    string SourceArn,
    string QueueName,
    int BatchSize,
    TimeSpan BatchingWindow,
    IReadOnlyList<EventPattern> Filters,
    string? EnrichmentArn,
    string? EnrichmentTemplate,
    string TargetArn,
    string? InputTemplate,
    JsonObject TargetParameters)
{
    private const int MaximumBatchSize = 10_000;
    private const int MaximumFifoBatchSize = 10;
    private const int MaximumWindowSeconds = 300;

    /// <exception cref="AwsServiceException">ValidationException naming what is wrong or not supported.</exception>
    public static PipeSettings Parse(string name, string arn, JsonObject definition)
    {
        var source = definition.RequiredText("Source");
        var target = definition.RequiredText("Target");
        if (Wire.Arn.ServiceOf(source) != "sqs" || Wire.Arn.ResourceOf(source) is not { } queueName)
        {
            throw AwsServiceException.Validation($"LocalCloud supports pipes from SQS queues only, not from {source}.");
        }

        var enrichment = definition.Text("Enrichment") is { Length: > 0 } given ? given : null;
        var enrichmentParameters = definition.Structure("EnrichmentParameters") ?? [];
        if (enrichment is not null)
        {
            PipeEnrichment.Check(enrichment, enrichmentParameters);
        }

        var sourceParameters = definition.Structure("SourceParameters") ?? [];
        sourceParameters.AllowOnly("SourceParameters", "SqsQueueParameters", "FilterCriteria");
        var queue = sourceParameters.Structure("SqsQueueParameters") ?? [];
        queue.AllowOnly("SqsQueueParameters", "BatchSize", "MaximumBatchingWindowInSeconds");
        var isFifo = queueName.EndsWith(".fifo", StringComparison.Ordinal);
        var batchSize = Within(queue.Integer("BatchSize") ?? 10, "BatchSize", 1, isFifo ? MaximumFifoBatchSize : MaximumBatchSize);
        var window = Within(queue.Integer("MaximumBatchingWindowInSeconds") ?? 0, "MaximumBatchingWindowInSeconds", 0, MaximumWindowSeconds);
        var parameters = definition.Structure("TargetParameters") ?? [];
        PipeTarget.Check(target, parameters);
        return new PipeSettings(
            name,
            arn,
            source,
            queueName,
            batchSize,
            TimeSpan.FromSeconds(window),
            [.. (sourceParameters.Structure("FilterCriteria")?.List("Filters") ?? [])
                .Select(filter => EventPattern.Parse(filter!.AsObject().RequiredText("Pattern")))],
            enrichment,
            Template(enrichmentParameters),
            target,
            Template(parameters),
            parameters);
    }

    private static string? Template(JsonObject parameters) => parameters.Text("InputTemplate") is { Length: > 0 } template ? template : null;

    private static int Within(int value, string name, int minimum, int maximum) => value >= minimum && value <= maximum
        ? value
        : throw AwsServiceException.Validation($"{name} must be between {minimum} and {maximum}, not {value}.");
}
