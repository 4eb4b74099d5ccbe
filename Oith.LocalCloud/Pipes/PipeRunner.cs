using System.Diagnostics;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Pipes;

/// <summary>
/// A running pipe: one long poll at a time takes batches from the queue, and up to <see cref="MaximumConcurrency"/> batches are
/// with the target at once. The queue itself keeps the order: while a message of a FIFO group is in flight it gives out none after it.
/// </summary>
internal sealed partial class PipeRunner(
    PipeSettings pipe, IAwsApi api, PipeEnrichment enrichment, PipeTarget target, LocalCloudOptions options, TimeProvider time, ILogger<PipeRunner> logger)
    : IAsyncDisposable
{
    private const int MaximumConcurrency = 64;

    private static readonly ActivitySource s_source = new("Oith.LocalCloud.Pipes");
    private static readonly TimeSpan s_shortestBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _slots = new(MaximumConcurrency, MaximumConcurrency);
    private Task _loop = Task.CompletedTask;
    private string _queueUrl = "";
    private long _backOffTicks;

    /// <exception cref="AwsServiceException">The source queue is not there.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var answer = await api.InvokeAsync("sqs", "GetQueueUrl", new JsonObject { ["QueueName"] = pipe.QueueName }, cancellationToken);
        _queueUrl = answer["QueueUrl"]!.GetValue<string>();
        _loop = Task.Run(() => ReceiveAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Stops receiving and lets the batches in flight end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        for (var slot = 0; slot < MaximumConcurrency; slot++)
        {
            await _slots.WaitAsync(CancellationToken.None);
        }

        _stop.Dispose();
        _slots.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var holdsSlot = false;
            try
            {
                await _slots.WaitAsync(cancellationToken);
                holdsSlot = true;
                if (Interlocked.Read(ref _backOffTicks) is > 0 and var ticks)
                {
                    await Task.Delay(TimeSpan.FromTicks(ticks), time, cancellationToken);
                }

                var batch = await QueueBatches.ReceiveAsync(api, _queueUrl, pipe.BatchSize, pipe.BatchingWindow, time, cancellationToken);
                if (batch.Count > 0)
                {
                    holdsSlot = false;
                    _ = Task.Run(() => ProcessAsync(batch), CancellationToken.None);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The pipe stops.
            }
            catch (Exception error)
            {
                LogReceiveFailed(error, pipe.Name);
                BackOff();
            }
            finally
            {
                if (holdsSlot)
                {
                    _slots.Release();
                }
            }
        }
    }

    private async Task ProcessAsync(List<JsonObject> batch)
    {
        try
        {
            var events = batch.ConvertAll(message => PipeEvents.Of(message, pipe.SourceArn, options.Region));
            using var activity = s_source.StartActivity($"pipe {pipe.Name}", ActivityKind.Consumer, TraceContext.Parse(TraceParentOf(events[0])));
            activity?.SetTag("messaging.system", "aws_sqs").SetTag("messaging.destination.name", pipe.QueueName).SetTag("messaging.batch.message_count", events.Count);
            var passing = events.FindAll(pipeEvent => PipeEvents.Passes(pipeEvent, pipe.Filters));
            var failed = passing.Count == 0 ? null : await InvokeTargetAsync(passing, activity?.Id ?? TraceParentOf(events[0]), activity);
            await DeleteAsync(events.FindAll(pipeEvent => failed?.Contains(pipeEvent["messageId"]!.GetValue<string>()) != true));
        }
        catch (Exception error)
        {
            LogFault(error, pipe.Name);
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <returns>Ids of the messages that stay in the queue; they come again when their visibility timeout ends.</returns>
    private async Task<IReadOnlySet<string>> InvokeTargetAsync(List<JsonObject> events, string? traceParent, Activity? activity)
    {
        try
        {
            var failed = pipe.EnrichmentArn is null
                ? await target.InvokeAsync(pipe, events, ForTarget(events), traceParent, CancellationToken.None)
                : await InvokeEnrichedAsync(pipe.EnrichmentArn, events, traceParent);
            Interlocked.Exchange(ref _backOffTicks, 0);
            if (failed.Count > 0)
            {
                LogPartialFailure(pipe.Name, failed.Count, events.Count);
            }

            return failed;
        }
        catch (Exception error) when (error is PipeTargetException or AwsServiceException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            LogBatchFailed(pipe.Name, events.Count, error.Message);
            if (error is AwsServiceException answer && PipeTarget.IsThrottle(answer))
            {
                BackOff();
            }

            return events.Select(pipeEvent => pipeEvent["messageId"]!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        }
    }

    private async Task<IReadOnlySet<string>> InvokeEnrichedAsync(string enrichmentArn, List<JsonObject> events, string? traceParent)
    {
        var now = time.GetUtcNow();
        var answers = await enrichment.InvokeAsync(
            enrichmentArn, events.Select(pipeEvent => PipeEvents.Transform(pipeEvent, pipe.EnrichmentTemplate, pipe, now)), traceParent, CancellationToken.None);
        // An answer that is no object has no members for a template or a parameter to read.
        var enriched = answers.Select(answer => answer as JsonObject ?? new JsonObject { ["value"] = answer?.DeepClone() }).ToList();
        var inputs = answers.Select((answer, index) => answer is JsonObject ? PipeEvents.Transform(enriched[index], pipe.InputTemplate, pipe, now) : answer).ToList();
        return inputs.Count == 0 ? new HashSet<string>() : await target.InvokeAsync(pipe, enriched, inputs, traceParent, CancellationToken.None);
    }

    private List<JsonNode?> ForTarget(List<JsonObject> events)
    {
        var now = time.GetUtcNow();
        return events.ConvertAll(pipeEvent => PipeEvents.Transform(pipeEvent, pipe.InputTemplate, pipe, now));
    }

    private async Task DeleteAsync(List<JsonObject> events)
    {
        foreach (var chunk in events.Chunk(QueueBatches.MaximumReceive))
        {
            if (chunk.Length == 1)
            {
                await api.InvokeAsync(
                    "sqs", "DeleteMessage", new JsonObject { ["QueueUrl"] = _queueUrl, ["ReceiptHandle"] = chunk[0]["receiptHandle"]!.DeepClone() }, CancellationToken.None);
                continue;
            }

            var entries = chunk.Select((pipeEvent, index) => (JsonNode?)new JsonObject
            {
                ["Id"] = index.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["ReceiptHandle"] = pipeEvent["receiptHandle"]!.DeepClone(),
            });
            await api.InvokeAsync("sqs", "DeleteMessageBatch", new JsonObject { ["QueueUrl"] = _queueUrl, ["Entries"] = new JsonArray([.. entries]) }, CancellationToken.None);
        }
    }

    /// <summary>The sender's trace: the message attribute that OITH sends, or the system attribute that AWS's SDKs send.</summary>
    private static string? TraceParentOf(JsonObject pipeEvent) =>
        pipeEvent["messageAttributes"]?["traceparent"]?["stringValue"]?.GetValue<string>() ?? pipeEvent["attributes"]?["AWSTraceHeader"]?.GetValue<string>();

    private void BackOff()
    {
        var next = Math.Clamp(Interlocked.Read(ref _backOffTicks) * 2, s_shortestBackOff.Ticks, s_longestBackOff.Ticks);
        Interlocked.Exchange(ref _backOffTicks, next);
    }

    [LoggerMessage(1, LogLevel.Warning, "Pipe {Pipe} could not receive from its queue")]
    private partial void LogReceiveFailed(Exception error, string pipe);

    [LoggerMessage(2, LogLevel.Warning, "Pipe {Pipe}: the target failed at a batch of {Count}: {Reason}")]
    private partial void LogBatchFailed(string pipe, int count, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Pipe {Pipe}: the target failed at {Failed} of {Count} events")]
    private partial void LogPartialFailure(string pipe, int failed, int count);

    [LoggerMessage(4, LogLevel.Error, "Pipe {Pipe} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string pipe);
}
