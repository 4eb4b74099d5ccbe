using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>How often and how long an asynchronous invocation is tried, and where its record goes.</summary>
/// <param name="OnSuccess">A destination's ARN, null without one.</param>
/// <param name="OnFailure">The same of an event that is given up.</param>
internal readonly record struct AsynchronousSettings(int MaximumRetryAttempts, TimeSpan MaximumEventAge, string? OnSuccess, string? OnFailure)
{
    /// <param name="config">The function's event invoke config, null for AWS's defaults: two retries, six hours.</param>
    public static AsynchronousSettings Of(JsonObject? config) => new(
        config?[nameof(MaximumRetryAttempts)]?.GetValue<int>() ?? 2,
        TimeSpan.FromSeconds(config?["MaximumEventAgeInSeconds"]?.GetValue<int>() ?? 6 * 60 * 60),
        config?["DestinationConfig"]?[nameof(OnSuccess)]?["Destination"]?.GetValue<string>(),
        config?["DestinationConfig"]?[nameof(OnFailure)]?["Destination"]?.GetValue<string>());
}

/// <summary>
/// Events that wait for their function: a failed one is tried again after one minute and then two, a throttled one after
/// one second and then ever later up to five minutes, until its attempts or its age are used up. Then it is given up.
/// </summary>
internal sealed partial class AsynchronousInvocations(
    InvocationDestinations destinations, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<AsynchronousInvocations> logger)
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
        var runs = 0;
        FunctionResult? last = null;
        try
        {
            while (true)
            {
                TimeSpan delay;
                try
                {
                    var (result, _) = await run(invocation, cancellationToken);
                    last = result;
                    runs++;
                    if (!result.IsError)
                    {
                        await destinations.SendAsync(invocation, settings, InvocationDestinations.Success, runs, last, cancellationToken);
                        return;
                    }

                    if (retries == settings.MaximumRetryAttempts)
                    {
                        LogGivenUp(invocation.Target.Name, invocation.RequestId, runs);
                        await destinations.SendAsync(invocation, settings, InvocationDestinations.RetriesExhausted, runs, last, cancellationToken);
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
                    LogGivenUp(invocation.Target.Name, invocation.RequestId, runs);
                    await destinations.SendAsync(invocation, settings, InvocationDestinations.EventAgeExceeded, runs, last, cancellationToken);
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

    [LoggerMessage(1, LogLevel.Warning, "The event {RequestId} of {Function} was given up after {Attempts} attempts")]
    private partial void LogGivenUp(string function, string requestId, int attempts);

    [LoggerMessage(2, LogLevel.Error, "An asynchronous invocation of {Function} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string function);
}
