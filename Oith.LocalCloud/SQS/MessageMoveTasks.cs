using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>One redrive of a dead-letter queue's messages.</summary>
internal sealed class MessageMoveTask(SQSQueue source, SQSQueue? destination, int? maxPerSecond, long startedTimestamp, int toMove)
{
    public const string Running = "RUNNING";
    public const string Cancelling = "CANCELLING";

    private readonly string _id = Guid.NewGuid().ToString();

    public SQSQueue Source { get; } = source;

    /// <summary>Null: each message goes back to the queue that it came from.</summary>
    public SQSQueue? Destination { get; } = destination;

    public int? MaxPerSecond { get; } = maxPerSecond;

    /// <summary>Unix milliseconds.</summary>
    public long StartedTimestamp { get; } = startedTimestamp;

    public int ToMove { get; } = toMove;

    public string Status { get; set; } = Running;

    public string? FailureReason { get; set; }

    public int Moved { get; set; }

    /// <summary>True until its last message is moved, also while it is asked to stop.</summary>
    public bool IsActive => Status is Running or Cancelling;

    public CancellationTokenSource Cancellation { get; } = new();

    public string Handle => Convert.ToBase64String(Encoding.UTF8.GetBytes(
        new JsonObject { ["taskId"] = _id, ["sourceArn"] = Source.Arn }.ToJsonString()));

    public void WriteTo(Utf8JsonWriter output)
    {
        output.WriteStartObject();
        if (Status == Running)
        {
            output.WriteString("TaskHandle", Handle);
        }

        output.WriteString(nameof(Status), Status);
        output.WriteString("SourceArn", Source.Arn);
        if (Destination is not null)
        {
            output.WriteString("DestinationArn", Destination.Arn);
        }

        if (MaxPerSecond is { } rate)
        {
            output.WriteNumber("MaxNumberOfMessagesPerSecond", rate);
        }

        output.WriteNumber("ApproximateNumberOfMessagesMoved", Moved);
        output.WriteNumber("ApproximateNumberOfMessagesToMove", ToMove);
        if (FailureReason is not null)
        {
            output.WriteString(nameof(FailureReason), FailureReason);
        }

        output.WriteNumber(nameof(StartedTimestamp), StartedTimestamp);
        output.WriteEndObject();
    }
}

/// <summary>Starts, runs, cancels and lists redrives. A task that runs when LocalCloud ends is not taken up again; no message is lost.</summary>
internal sealed partial class MessageMoveTasks(TimeProvider time, Func<string, SQSQueue?> findByArn, ILogger logger) : IDisposable
{
    private const int ShownOfAQueue = 10;

    private readonly Lock _lock = new();
    private readonly List<MessageMoveTask> _tasks = [];
    private readonly CancellationTokenSource _stop = new();

    public MessageMoveTask Start(SQSQueue source, SQSQueue? destination, int? maxPerSecond)
    {
        MessageMoveTask task;
        lock (_lock)
        {
            if (_tasks.Exists(other => other.Source == source && other.IsActive))
            {
                throw SQSErrors.InvalidParameter(
                    "There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
            }

            var counts = source.Count();
            task = new MessageMoveTask(
                source, destination, maxPerSecond, time.GetUtcNow().ToUnixTimeMilliseconds(), counts.Visible + counts.InFlight + counts.Delayed);
            _tasks.Add(task);
            Forget(source);
        }

        _ = Task.Run(() => RunAsync(task), CancellationToken.None);
        return task;
    }

    /// <summary>The task of that handle, asked to stop.</summary>
    public MessageMoveTask Cancel(string handle)
    {
        if (SourceArnOf(handle) is not { } sourceArn)
        {
            throw SQSErrors.InvalidParameter("Value for parameter TaskHandle is invalid.");
        }

        if (findByArn(sourceArn) is null)
        {
            throw SQSErrors.ResourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.");
        }

        lock (_lock)
        {
            var task = _tasks.Find(task => task.Status == MessageMoveTask.Running && task.Handle == handle)
                ?? throw SQSErrors.ResourceNotFound("Task does not exist.");
            task.Status = MessageMoveTask.Cancelling;
            task.Cancellation.Cancel();
            return task;
        }
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<MessageMoveTask> List(SQSQueue source, int maximum)
    {
        lock (_lock)
        {
            return [.. _tasks.Where(task => task.Source == source).Reverse().Take(maximum)];
        }
    }

    public void Dispose()
    {
        // The container disposes a service once for each type that it is registered as.
        if (!_stop.IsCancellationRequested)
        {
            _stop.Cancel();
            _stop.Dispose();
        }
    }

    private static string? SourceArnOf(string handle)
    {
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(handle))?["sourceArn"]?.GetValue<string>();
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task RunAsync(MessageMoveTask task)
    {
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, task.Cancellation.Token);
            while (task.Moved < task.ToMove)
            {
                stop.Token.ThrowIfCancellationRequested();
                if (!task.Source.MoveNext(message => TargetOf(task, message)))
                {
                    break;
                }

                task.Moved++;
                if (task.MaxPerSecond is { } rate)
                {
                    await Task.Delay(TimeSpan.FromSeconds(1.0 / rate), time, stop.Token);
                }
            }

            End(task, "COMPLETED");
        }
        catch (OperationCanceledException)
        {
            End(task, "CANCELLED");
        }
        catch (AwsServiceException error)
        {
            End(task, "FAILED", error.QueryErrorCode ?? error.Code);
        }
        catch (Exception error)
        {
            LogFault(logger, error, task.Source.Name);
            End(task, "FAILED", "InternalFailure");
        }
    }

    private void End(MessageMoveTask task, string status, string? failureReason = null)
    {
        lock (_lock)
        {
            (task.Status, task.FailureReason) = (status, failureReason);
        }
    }

    /// <summary>Drops the oldest tasks of the queue that ended, and those of deleted queues: ListMessageMoveTasks shows ten of a queue.</summary>
    private void Forget(SQSQueue source)
    {
        _tasks.RemoveAll(task => !task.IsActive && task.Source.IsDeleted);
        var old = _tasks.Where(task => task.Source == source && !task.IsActive).SkipLast(ShownOfAQueue).ToHashSet();
        _tasks.RemoveAll(old.Contains);
    }

    private SQSQueue? TargetOf(MessageMoveTask task, SQSMessage message)
    {
        var arn = task.Destination?.Arn ?? message.DeadLetterQueueSourceArn
            ?? throw new AwsServiceException("CouldNotDetermineMessageSource", "The message was sent to the dead-letter queue directly.");
        return findByArn(arn);
    }

    [LoggerMessage(1, LogLevel.Error, "Moving messages from {Queue} failed")]
    private static partial void LogFault(ILogger logger, Exception error, string queue);
}
