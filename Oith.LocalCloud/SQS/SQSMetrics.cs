using System.Diagnostics.Metrics;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// The metrics that AWS vends for queues in the namespace AWS/SQS, under AWS's names with the dimension QueueName as tag;
/// LocalCloud's CloudWatch listens to this meter.
/// </summary>
internal sealed class SQSMetrics
{
    public const string MeterName = "Oith.LocalCloud.SQS";

    private const string QueueName = "QueueName";

    private readonly Counter<long> _sent;
    private readonly Histogram<long> _sentSize;
    private readonly Counter<long> _received;
    private readonly Counter<long> _emptyReceives;
    private readonly Counter<long> _deleted;

    public SQSMetrics(IMeterFactory factory, Func<IEnumerable<SQSQueue>> queues)
    {
        var meter = factory.Create(MeterName);
        _sent = meter.CreateCounter<long>("NumberOfMessagesSent", "{message}", "Messages added to a queue.");
        _sentSize = meter.CreateHistogram<long>("SentMessageSize", "By", "Size of messages added to a queue.");
        _received = meter.CreateCounter<long>("NumberOfMessagesReceived", "{message}", "Messages returned by receives.");
        _emptyReceives = meter.CreateCounter<long>("NumberOfEmptyReceives", "{receive}", "Receives that returned no message.");
        _deleted = meter.CreateCounter<long>("NumberOfMessagesDeleted", "{message}", "Messages deleted by their receipt handle.");
        Gauge("ApproximateNumberOfMessagesVisible", "{message}", "Messages that can be received.", counts => counts.Visible);
        Gauge("ApproximateNumberOfMessagesNotVisible", "{message}", "Messages in flight.", counts => counts.InFlight);
        Gauge("ApproximateNumberOfMessagesDelayed", "{message}", "Messages that are delayed.", counts => counts.Delayed);
        Gauge("ApproximateAgeOfOldestMessage", "s", "Age of the oldest message that is not deleted.", counts => counts.AgeOfOldestSeconds);

        void Gauge(string name, string unit, string description, Func<QueueCounts, long> value) => meter.CreateObservableGauge(
            name,
            () => queues().Select(queue => new Measurement<long>(value(queue.Count()), new KeyValuePair<string, object?>(QueueName, queue.Name))),
            unit,
            description);
    }

    public void Sent(SQSQueue queue, int size)
    {
        _sent.Add(1, Tag(queue));
        _sentSize.Record(size, Tag(queue));
    }

    public void Received(SQSQueue queue, int count) => _received.Add(count, Tag(queue));

    public void ReceivedNothing(SQSQueue queue) => _emptyReceives.Add(1, Tag(queue));

    public void Deleted(SQSQueue queue) => _deleted.Add(1, Tag(queue));

    private static KeyValuePair<string, object?> Tag(SQSQueue queue) => new(QueueName, queue.Name);
}
