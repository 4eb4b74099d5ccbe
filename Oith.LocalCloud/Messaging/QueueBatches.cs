using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Messaging;

/// <summary>Receives batches from a queue, as what AWS runs in front of a target does: Pipes and Lambda's event source mappings.</summary>
internal static class QueueBatches
{
    /// <summary>The most messages of one ReceiveMessage or DeleteMessageBatch.</summary>
    public const int MaximumReceive = 10;

    private const int LongPollSeconds = 20;

    /// <summary>Waits for a message, and then up to <paramref name="window"/> for a full batch.</summary>
    /// <returns>The items of ReceiveMessage's Messages; none when the long poll ended without any.</returns>
    public static async Task<List<JsonObject>> ReceiveAsync(
        IAwsApi api, string queueUrl, int size, TimeSpan window, TimeProvider time, CancellationToken cancellationToken)
    {
        var batch = await ReceiveOnceAsync(api, queueUrl, size, LongPollSeconds, cancellationToken);
        var started = time.GetTimestamp();
        while (batch.Count > 0 && batch.Count < size)
        {
            var left = window - time.GetElapsedTime(started);
            var wait = (int)Math.Clamp(Math.Ceiling(left.TotalSeconds), 0, LongPollSeconds);
            var more = await ReceiveOnceAsync(api, queueUrl, size - batch.Count, wait, cancellationToken);
            batch.AddRange(more);
            if (more.Count == 0 && wait == 0)
            {
                break;
            }
        }

        return batch;
    }

    private static async Task<List<JsonObject>> ReceiveOnceAsync(
        IAwsApi api, string queueUrl, int count, int waitSeconds, CancellationToken cancellationToken)
    {
        var answer = await api.InvokeAsync(
            "sqs",
            "ReceiveMessage",
            new JsonObject
            {
                ["QueueUrl"] = queueUrl,
                ["MaxNumberOfMessages"] = Math.Min(count, MaximumReceive),
                ["WaitTimeSeconds"] = waitSeconds,
                ["MessageSystemAttributeNames"] = new JsonArray("All"),
                ["MessageAttributeNames"] = new JsonArray("All"),
            },
            cancellationToken);
        return [.. (answer["Messages"] as JsonArray ?? []).Select(message => message!.AsObject())];
    }
}
