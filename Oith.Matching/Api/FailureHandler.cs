using System.Text.Json;
using Amazon.Runtime;
using Microsoft.AspNetCore.Http.HttpResults;
using Oith.Matching.Candidates;
using Oith.Matching.Storage;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using IExceptionHandler = Microsoft.AspNetCore.Diagnostics.IExceptionHandler;

namespace Oith.Matching.Api;

/// <summary>Turns what was thrown into problem details: the caller's fault into 4xx, a dependency's into 503 with Retry-After.</summary>
internal sealed partial class FailureHandler(ILogger<FailureHandler> logger) : IExceptionHandler
{
    private const int ClientClosedRequest = 499;

    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(1);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = ClientClosedRequest;
            return true;
        }

        ProblemHttpResult result;
        if (exception is BadHttpRequestException bad)
        {
            result = bad.StatusCode == StatusCodes.Status400BadRequest
                ? Problems.Invalid(ErrorsOf(bad.InnerException as JsonException))
                : TypedResults.Problem(statusCode: bad.StatusCode);
        }
        else if (WaitAfter(exception) is { } wait)
        {
            NotAvailable(logger, exception);
            result = Problems.Unavailable(httpContext, wait, ReasonOf(exception));
        }
        else
        {
            Failed(logger, exception);
            result = TypedResults.Problem(statusCode: StatusCodes.Status500InternalServerError);
        }

        await result.ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>How long to wait before the same request may succeed; null for a failure that waiting does not heal.</summary>
    public static TimeSpan? WaitAfter(Exception exception) => exception switch
    {
        BrokenCircuitException { RetryAfter: { } wait } => wait,
        BrokenCircuitException => DependencyCircuit.Break,
        ContentionException or IndexNotReadyException or RateLimiterRejectedException => s_moment,
        AggregateException { InnerException: { } inner } => WaitAfter(inner),
        _ when DynamoDBStore.IsOutage(exception) || exception is AmazonClientException => s_moment,
        _ => null,
    };

    /// <summary>What to tell a caller about it.</summary>
    public static string ReasonOf(Exception exception) => exception is ContentionException or IndexNotReadyException
        ? exception.Message
        : "Something that the service depends on is not available.";

    // Path is where the reader stood: $.matchPreferences.ageMin. An inner exception of the reader says that it is no JSON at all.
    private static FieldErrors ErrorsOf(JsonException? exception)
    {
        var errors = new FieldErrors();
        var path = exception?.Path?.TrimStart('$').TrimStart('.');
        if (string.IsNullOrEmpty(path) || exception?.InnerException is JsonException)
        {
            errors.Add("body", "must be a JSON object");
        }
        else
        {
            errors.Add(path, "is unknown or has the wrong type");
        }

        return errors;
    }

    // Not louder: in an outage every request comes here, and the circuit has told what happened.
    [LoggerMessage(601, LogLevel.Debug, "A request could not be answered for now")]
    private static partial void NotAvailable(ILogger logger, Exception exception);

    [LoggerMessage(602, LogLevel.Error, "A request failed")]
    private static partial void Failed(ILogger logger, Exception exception);
}
