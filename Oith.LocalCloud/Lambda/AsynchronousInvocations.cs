using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>How often and how long an asynchronous invocation is tried.</summary>
internal readonly record struct AsynchronousSettings(int MaximumRetryAttempts, TimeSpan MaximumEventAge)
{
    /// <param name="config">The function's event invoke config, null for AWS's defaults: two retries, six hours.</param>
    public static AsynchronousSettings Of(JsonObject? config) => new(
        config?[nameof(MaximumRetryAttempts)]?.GetValue<int>() ?? 2,
        TimeSpan.FromSeconds(config?["MaximumEventAgeInSeconds"]?.GetValue<int>() ?? 6 * 60 * 60));
}

/// <summary>
/// Events that wait for their function: a failed one is tried again after one minute and then two, a throttled one after
/// one second and then ever later up to five minutes, until its attempts or its age are used up. Then it is dropped.
/// </summary>
internal sealed partial class AsynchronousInvocations(TimeProvider time, IHostApplicationLifetime lifetime, ILogger<AsynchronousInvocations> logger)
{
    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromMinutes(5);

    public void Enqueue(
        Invocation invocation, AsynchronousSettings settings, Func<Invocation, CancellationToken, Task<(FunctionResult Result, TimeSpan Duration)>> run) =>
        _ = Task.Run(() => RunAsync(invocation, settings, run, lifetime.ApplicationStopping), CancellationToken.None);

    private async Task RunAsync(
        Invocation invocation,
        AsynchronousSettings settings,
        Func<Invocation, CancellationToken, Task<(FunctionResult Result, TimeSpan Duration)>> run,
        CancellationToken cancellationToken)
    {
        var deadline = time.GetUtcNow() + settings.MaximumEventAge;
        var backOff = TimeSpan.FromSeconds(1);
        var retries = 0;
        try
        {
            while (true)
            {
                TimeSpan delay;
                try
                {
                    var (result, _) = await run(invocation, cancellationToken);
                    if (!result.IsError)
                    {
                        return;
                    }

                    if (retries == settings.MaximumRetryAttempts)
                    {
                        LogDropped(invocation.Target.Name, invocation.RequestId, retries + 1);
                        return;
                    }

                    delay = TimeSpan.FromMinutes(++retries);
                }
                catch (AwsServiceException)
                {
                    // Throttled: AWS counts this against the event's age only.
                    delay = backOff;
                    backOff = backOff * 2 < s_longestBackOff ? backOff * 2 : s_longestBackOff;
                }

                if (time.GetUtcNow() + delay > deadline)
                {
                    LogDropped(invocation.Target.Name, invocation.RequestId, retries + 1);
                    return;
                }

                await Task.Delay(delay, time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // LocalCloud stops; events are not kept over a restart.
        }
        catch (Exception error)
        {
            LogFault(error, invocation.Target.Name);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The event {RequestId} of {Function} was dropped after {Attempts} attempts")]
    private partial void LogDropped(string function, string requestId, int attempts);

    [LoggerMessage(2, LogLevel.Error, "An asynchronous invocation of {Function} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string function);
}
