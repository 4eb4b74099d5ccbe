using System.Text.Json.Nodes;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>What a poller reads from a mapping's configuration.</summary>
/// <param name="Filters">A record that matches none of them is passed by; empty: all pass.</param>
/// <param name="MaximumRetries">Null: as long as a stream keeps the record.</param>
/// <param name="OnFailure">Where the account of a batch that is given up goes, null: nowhere.</param>
internal sealed record EventSourceSettings(
    string SourceArn,
    string FunctionArn,
    int BatchSize,
    TimeSpan Window,
    IReadOnlyList<EventPattern> Filters,
    bool ReportsItemFailures,
    int MaximumConcurrency,
    int? MaximumRetries,
    TimeSpan MaximumAge,
    bool IsBisected,
    string? OnFailure)
{
    private const int DefaultConcurrency = 10;

    public static EventSourceSettings Of(EventSourceMapping mapping)
    {
        var configuration = mapping.Configuration;
        return new EventSourceSettings(
            mapping.SourceArn,
            mapping.FunctionArn,
            configuration.Integer("BatchSize")!.Value,
            TimeSpan.FromSeconds(configuration.Integer("MaximumBatchingWindowInSeconds") ?? 0),
            Patterns(configuration),
            configuration.Texts("FunctionResponseTypes").Contains("ReportBatchItemFailures"),
            configuration.Structure("ScalingConfig")?.Integer("MaximumConcurrency") ?? DefaultConcurrency,
            configuration.Integer("MaximumRetryAttempts") is >= 0 and var retries ? retries : null,
            configuration.Integer("MaximumRecordAgeInSeconds") is >= 0 and var age ? TimeSpan.FromSeconds(age) : TimeSpan.FromHours(24),
            configuration.Flag("BisectBatchOnFunctionError") ?? false,
            configuration.Structure("DestinationConfig")?.Structure("OnFailure")?.Text("Destination") is { Length: > 0 } arn ? arn : null);
    }

    /// <exception cref="AwsServiceException">InvalidParameterValueException: a filter is no event pattern.</exception>
    public static IReadOnlyList<EventPattern> Patterns(JsonObject configuration)
    {
        try
        {
            return
            [
                .. (configuration.Structure("FilterCriteria")?.List("Filters") ?? [])
                    .Select(filter => EventPattern.Parse((filter as JsonObject)?.Text("Pattern") ?? "")),
            ];
        }
        catch (AwsServiceException)
        {
            throw LambdaErrors.InvalidParameter("Invalid filter pattern definition.");
        }
    }
}
