using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>The queues of this LocalCloud, by name.</summary>
internal sealed class SQSQueues : IDisposable
{
    private readonly ConcurrentDictionary<string, SQSQueue> _byName = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly LocalCloudOptions _options;
    private readonly EndpointUrl _endpoint;
    private readonly Arn _arn;
    private readonly SQSQueueContext _context;

    public SQSQueues(
        LocalCloudOptions options, Arn arn, TimeProvider time, JournalFactory journals, IMeterFactory meters, EndpointUrl endpoint)
    {
        _options = options;
        _arn = arn;
        _endpoint = endpoint;
        Metrics = new SQSMetrics(meters, () => _byName.Values);
        _context = new SQSQueueContext(time, new SQSJournal(journals.Open("sqs")), Metrics, new MessageNumbers(), FindByArn);
        Restore();
    }

    public SQSMetrics Metrics { get; }

    public IEnumerable<SQSQueue> All => _byName.Values.OrderBy(queue => queue.Name, StringComparer.Ordinal);

    private long NowSeconds => _context.Time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The address that clients get and give: <c>http://localhost:4566/000000000000/queue-name</c>.</summary>
    public string UrlOf(SQSQueue queue) => $"{_endpoint.Value}/{_options.AccountId}/{queue.Name}";

    public SQSQueue? FindByName(string name) => _byName.GetValueOrDefault(name);

    public SQSQueue? FindByArn(string arn) =>
        _byName.GetValueOrDefault(arn[(arn.LastIndexOf(':') + 1)..]) is { IsDeleted: false } queue && queue.Arn == arn ? queue : null;

    /// <summary>The queue of a URL, of any host; null when there is none or it is another account's.</summary>
    public SQSQueue? FindByUrl(ReadOnlySpan<char> url)
    {
        url = url.TrimEnd('/');
        var slash = url.LastIndexOf('/');
        if (slash > 0)
        {
            var account = url[..slash];
            if (!account[(account.LastIndexOf('/') + 1)..].SequenceEqual(_options.AccountId))
            {
                return null;
            }
        }

        return _byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(url[(slash + 1)..], out var queue) ? queue : null;
    }

    /// <summary>The queue that a call is about.</summary>
    /// <exception cref="AwsServiceException">MissingParameter, or NonExistentQueue.</exception>
    public SQSQueue Require(AwsCall call) =>
        FindByUrl(call.Input.RequiredText("QueueUrl")) ?? throw SQSErrors.QueueDoesNotExist(call.Protocol);

    /// <summary>A new queue, or the one of that name when the attributes given are its own.</summary>
    public SQSQueue Create(string name, IReadOnlyDictionary<string, string> attributes, IReadOnlyDictionary<string, string> tags)
    {
        lock (_lock)
        {
            if (_byName.TryGetValue(name, out var existing))
            {
                return existing.Attributes.FirstDifference(attributes) is { } difference
                    ? throw SQSErrors.QueueNameExists(difference)
                    : existing;
            }

            var parsed = QueueAttributes.Create(attributes);
            CheckName(name, parsed.IsFifo);
            CheckRedrive(_arn.Of("sqs", name), parsed);
            var now = NowSeconds;
            var definition = new QueueDefinition(
                Guid.NewGuid(), name, _arn.Of("sqs", name), parsed, tags, now, now, parsed.IsDeduplicatedPerGroup);
            _context.Journal.QueueChanged(definition);
            return _byName[name] = new SQSQueue(_context, definition);
        }
    }

    public void SetAttributes(SQSQueue queue, IReadOnlyDictionary<string, string> attributes) => queue.Update(definition =>
    {
        var parsed = definition.Attributes.With(attributes);
        if (attributes.ContainsKey("RedrivePolicy"))
        {
            CheckRedrive(definition.Arn, parsed);
        }

        return definition with { Attributes = parsed, LastModifiedTimestamp = NowSeconds };
    });

    public void Delete(SQSQueue queue)
    {
        lock (_lock)
        {
            if (_byName.GetValueOrDefault(queue.Name) == queue)
            {
                queue.Delete();
                _byName.TryRemove(queue.Name, out _);
                queue.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var queue in _byName.Values)
        {
            queue.Dispose();
        }

        _context.Journal.Dispose();
    }

    private static void CheckName(string name, bool isFifo)
    {
        var stem = isFifo && name.EndsWith(".fifo", StringComparison.Ordinal) ? name[..^5] : name;
        var isValid = name.Length is > 0 and <= 80 && stem.Length > 0
            && stem.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
        if (isFifo && (!isValid || stem.Length == name.Length))
        {
            throw SQSErrors.InvalidParameter(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix "
                + "and be 1 to 80 in length.");
        }

        if (!isValid)
        {
            throw SQSErrors.InvalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
        }
    }

    private void CheckRedrive(string sourceArn, QueueAttributes attributes)
    {
        if (attributes.RedrivePolicy is not { } policy)
        {
            return;
        }

        var text = attributes["RedrivePolicy"];
        if (Arn.ServiceOf(policy.DeadLetterTargetArn) != "sqs")
        {
            throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.");
        }

        var target = FindByArn(policy.DeadLetterTargetArn)
            ?? throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Dead letter target does not exist.");
        if (target.Attributes.IsFifo != attributes.IsFifo)
        {
            throw SQSErrors.InvalidValue(
                text,
                "RedrivePolicy",
                $"Dead-letter queue must be same type of queue as the source. {policy.DeadLetterTargetArn} is {(attributes.IsFifo ? "not " : "")}a FIFO queue.");
        }

        if (!RedriveAllowPolicy.Allows(target.Attributes["RedriveAllowPolicy"], sourceArn))
        {
            throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Dead letter target does not allow this queue in its RedriveAllowPolicy.");
        }
    }

    private void Restore()
    {
        foreach (var restored in _context.Journal.Restore(_context.Time.GetUtcNow().ToUnixTimeMilliseconds()))
        {
            var queue = new SQSQueue(_context, restored.Definition);
            queue.Restore(restored.Messages.Values, restored.Deduplication);
            _byName[queue.Name] = queue;
            foreach (var number in restored.Messages.Keys)
            {
                _context.Numbers.Restore(number);
            }
        }
    }
}
