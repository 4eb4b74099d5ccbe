using System.Net;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Messaging;

/// <summary>
/// Tries a delivery again with growing delays, as often and as long as a RetryPolicy says: by default 185 times in 24 hours, as
/// EventBridge and its Scheduler do.
/// </summary>
internal sealed class DeliveryRetry(TimeProvider time)
{
    public const int DefaultAttempts = 185;
    public const int DefaultAgeSeconds = 86400;

    private static readonly TimeSpan s_longestBackOff = TimeSpan.FromMinutes(5);

    /// <param name="policy">MaximumRetryAttempts and MaximumEventAgeInSeconds; null for the defaults.</param>
    /// <param name="deliver">One try, with its number from 1.</param>
    /// <returns>Why it was given up, null when it was delivered.</returns>
    public async Task<DeliveryFailure?> RunAsync(JsonObject? policy, Func<int, CancellationToken, Task> deliver, CancellationToken cancellationToken)
    {
        var retries = policy?.Integer("MaximumRetryAttempts") ?? DefaultAttempts;
        var deadline = time.GetUtcNow() + TimeSpan.FromSeconds(policy?.Integer("MaximumEventAgeInSeconds") ?? DefaultAgeSeconds);
        var delay = TimeSpan.FromSeconds(1);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await deliver(attempt, cancellationToken);
                return null;
            }
            catch (AwsServiceException error)
            {
                var exhausted = !IsTransient(error) ? null
                    : attempt > retries ? "MaximumRetryAttempts"
                    : time.GetUtcNow() + delay > deadline ? "MaximumEventAgeInSeconds"
                    : "";
                if (exhausted is not "")
                {
                    return new DeliveryFailure(error, attempt - 1, exhausted);
                }
            }

            await Task.Delay(delay, time, cancellationToken);
            delay = delay * 2 < s_longestBackOff ? delay * 2 : s_longestBackOff;
        }
    }

    /// <summary>AWS does not try again what cannot become right: a missing target, a refused input.</summary>
    private static bool IsTransient(AwsServiceException error) =>
        error.Status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError || error.Code.Contains("Throttl", StringComparison.OrdinalIgnoreCase)
        || error.Code is "ExecutionLimitExceeded";
}

/// <param name="Error">What the last try was answered.</param>
/// <param name="Retries">How often it was tried again.</param>
/// <param name="ExhaustedCondition">The limit that was reached; null when trying again had no sense.</param>
internal sealed record DeliveryFailure(AwsServiceException Error, int Retries, string? ExhaustedCondition);
