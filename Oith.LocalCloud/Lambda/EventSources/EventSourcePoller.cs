using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>An enabled mapping: takes batches from its source until it is disposed.</summary>
internal abstract class EventSourcePoller(EventSourceSettings settings, IAwsApi api, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan s_shortestBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    protected EventSourceSettings Settings { get; } = settings;

    protected IAwsApi Api { get; } = api;

    protected TimeProvider Time { get; } = time;

    protected ILogger Logger { get; } = logger;

    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);

    /// <summary>Lets the batch in flight end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        await EndAsync();
        _stop.Dispose();
    }

    /// <summary>Takes one batch and sees to it.</summary>
    protected abstract Task PollAsync(CancellationToken cancellationToken);

    /// <summary>Awaits what runs beside the loop.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;

    protected static TimeSpan BackOff(int failures) =>
        TimeSpan.FromTicks(Math.Min(s_shortestBackOff.Ticks << Math.Min(failures - 1, 6), s_longestBackOff.Ticks));

    /// <exception cref="AwsServiceException">The function was not run: it is throttled or not there.</exception>
    protected async Task<BatchInvocation> InvokeAsync(IReadOnlyList<JsonObject> records, CancellationToken cancellationToken)
    {
        var input = new JsonObject
        {
            ["FunctionName"] = Settings.FunctionArn,
            ["Payload"] = new JsonObject { ["Records"] = new JsonArray([.. records.Select(record => record.DeepClone())]) },
        };
        using var document = JsonInput.ToDocument(input);
        var buffer = new ArrayBufferWriter<byte>();
        var call = new AwsCall("lambda", "Invoke", document.RootElement);
        await using (var writer = new Utf8JsonWriter(buffer))
        {
            await Api.InvokeAsync(call, writer, cancellationToken);
        }

        var answer = JsonInput.OutputTree(buffer.WrittenSpan);
        if (answer["FunctionError"] is not null)
        {
            EventSourceLog.FunctionFailed(Logger, Settings.FunctionArn, records.Count, Settings.SourceArn, answer["Payload"]?.ToJsonString());
        }

        return new BatchInvocation(call.RequestId, answer["ExecutedVersion"]?.GetValue<string>(), answer["FunctionError"]?.GetValue<string>(), answer["Payload"]);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await PollAsync(cancellationToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The mapping is disabled or deleted, or LocalCloud stops.
                return;
            }
            catch (Exception error)
            {
                EventSourceLog.PollFailed(Logger, error, Settings.SourceArn, Settings.FunctionArn);
                failures++;
                await Task.Delay(BackOff(failures), Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}

/// <summary>One run of the function with a batch.</summary>
/// <param name="Error">Null: the function answered <paramref name="Payload"/>.</param>
internal sealed record BatchInvocation(string RequestId, string? Version, string? Error, JsonNode? Payload);
