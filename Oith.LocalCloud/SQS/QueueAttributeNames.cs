using System.Globalization;

namespace Oith.LocalCloud.SQS;

/// <summary>All attributes of a queue: those that its owner sets and those that SQS tells.</summary>
internal static class QueueAttributeNames
{
    public static readonly IReadOnlySet<string> All = new HashSet<string>(StringComparer.Ordinal)
    {
        "All", "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
        "ApproximateNumberOfMessagesDelayed", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "FifoQueue",
        "ContentBasedDeduplication", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "DeduplicationScope", "FifoThroughputLimit",
        "RedriveAllowPolicy", "SqsManagedSseEnabled",
    };

    public static IEnumerable<KeyValuePair<string, string>> ValuesOf(SQSQueue queue)
    {
        var definition = queue.Definition;
        var counts = queue.Count();
        yield return new("QueueArn", definition.Arn);
        yield return new("ApproximateNumberOfMessages", Text(counts.Visible));
        yield return new("ApproximateNumberOfMessagesNotVisible", Text(counts.InFlight));
        yield return new("ApproximateNumberOfMessagesDelayed", Text(counts.Delayed));
        yield return new("CreatedTimestamp", Text(definition.CreatedTimestamp));
        yield return new("LastModifiedTimestamp", Text(definition.LastModifiedTimestamp));
        foreach (var pair in definition.Attributes.Values)
        {
            yield return pair;
        }

        static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
