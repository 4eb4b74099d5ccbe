using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Pipes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>
/// Gives messages of a queue to a function. What the function has dealt with is deleted; what it failed at comes again when its visibility
/// timeout ends. A FIFO queue keeps its order itself: while a message of a group is in flight it gives out none after it.
/// </summary>
internal sealed class QueuePoller(EventSourceSettings settings, IAwsApi api, LocalCloudOptions options, TimeProvider time, ILogger<QueuePoller> logger)
    : EventSourcePoller(settings, api, time, logger)
{
    private readonly SemaphoreSlim _slots = new(settings.MaximumConcurrency, settings.MaximumConcurrency);
    private string? _queueUrl;
    private int _throttles;

    protected override async Task PollAsync(CancellationToken cancellationToken)
    {
        _queueUrl ??= (await Api.InvokeAsync("sqs", "GetQueueUrl", new JsonObject { ["QueueName"] = Arn.ResourceOf(Settings.SourceArn) }, cancellationToken))
            ["QueueUrl"]!.GetValue<string>();
        var queueUrl = _queueUrl;
        await _slots.WaitAsync(cancellationToken);
        var holdsSlot = true;
        try
        {
            if (Volatile.Read(ref _throttles) is > 0 and var throttles)
            {
                await Task.Delay(BackOff(throttles), Time, cancellationToken);
            }

            var messages = await QueueBatches.ReceiveAsync(Api, queueUrl, Settings.BatchSize, Settings.Window, Time, cancellationToken);
            var batch = messages.ConvertAll(message => PipeEvents.Of(message, Settings.SourceArn, options.Region));
            if (batch.Count > 0)
            {
                holdsSlot = false;
                _ = Task.Run(() => ProcessAsync(queueUrl, batch), CancellationToken.None);
            }
        }
        finally
        {
            if (holdsSlot)
            {
                _slots.Release();
            }
        }
    }

    protected override async Task EndAsync()
    {
        for (var slot = 0; slot < Settings.MaximumConcurrency; slot++)
        {
            await _slots.WaitAsync(CancellationToken.None);
        }

        _slots.Dispose();
    }

    private async Task ProcessAsync(string queueUrl, List<JsonObject> batch)
    {
        try
        {
            var passing = batch.FindAll(record => PipeEvents.Passes(record, Settings.Filters));
            var failed = passing.Count == 0 ? new HashSet<string>() : await FailuresAsync(passing);
            await DeleteAsync(queueUrl, batch.FindAll(record => !failed.Contains(IdOf(record))));
            Volatile.Write(ref _throttles, 0);
        }
        catch (AwsServiceException error)
        {
            // The messages come again: the function is throttled, or it or the queue is gone.
            Interlocked.Increment(ref _throttles);
            EventSourceLog.BatchNotTaken(Logger, Settings.FunctionArn, batch.Count, error.Message);
        }
        catch (Exception error)
        {
            EventSourceLog.BatchFault(Logger, error, Settings.FunctionArn);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<IReadOnlySet<string>> FailuresAsync(List<JsonObject> records)
    {
        var ids = records.Select(IdOf).ToHashSet(StringComparer.Ordinal);
        var run = await InvokeAsync(records, CancellationToken.None);
        return run.Error is not null ? ids
            : Settings.ReportsItemFailures ? BatchResponse.Failures(run.Payload, ids)
            : new HashSet<string>();
    }

    private async Task DeleteAsync(string queueUrl, List<JsonObject> records)
    {
        foreach (var chunk in records.Chunk(QueueBatches.MaximumReceive))
        {
            var entries = chunk.Select((record, index) => (JsonNode?)new JsonObject
            {
                ["Id"] = index.ToString(CultureInfo.InvariantCulture),
                ["ReceiptHandle"] = record["receiptHandle"]!.DeepClone(),
            });
            await Api.InvokeAsync(
                "sqs", "DeleteMessageBatch", new JsonObject { ["QueueUrl"] = queueUrl, ["Entries"] = new JsonArray([.. entries]) }, CancellationToken.None);
        }
    }

    private static string IdOf(JsonObject record) => record["messageId"]!.GetValue<string>();
}
