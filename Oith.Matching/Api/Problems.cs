using Microsoft.AspNetCore.Http.HttpResults;

namespace Oith.Matching.Api;

/// <summary>RFC 9457 problem details as the service answers them.</summary>
internal static class Problems
{
    /// <summary>400, naming each bad field: <c>{"errors": {"userEmail": ["…"]}}</c>.</summary>
    public static ProblemHttpResult Invalid(FieldErrors errors) =>
        TypedResults.Problem(new HttpValidationProblemDetails(errors.ToDictionary()) { Status = StatusCodes.Status400BadRequest });

    public static ProblemHttpResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    public static ProblemHttpResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict);

    public static ProblemHttpResult Forbidden(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden);

    public static ProblemHttpResult UnknownUser(string email) => NotFound($"There is no profile of {email}.");

    /// <summary>429 with Retry-After.</summary>
    public static ProblemHttpResult TooManyRequests(HttpContext context, TimeSpan wait)
    {
        RetryAfter(context.Response, wait);
        return TypedResults.Problem("Too many match requests. Try again later.", statusCode: StatusCodes.Status429TooManyRequests);
    }

    /// <summary>503 with Retry-After.</summary>
    public static ProblemHttpResult Unavailable(HttpContext context, TimeSpan wait, string detail)
    {
        RetryAfter(context.Response, wait);
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Tells the caller when to come back, in whole seconds.</summary>
    public static void RetryAfter(HttpResponse response, TimeSpan wait) =>
        response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What is wrong with a request, by field.</summary>
internal sealed class FieldErrors
{
    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public void Add(string field, string rule)
    {
        if (!_errors.TryGetValue(field, out var rules))
        {
            _errors[field] = rules = [];
        }

        rules.Add(rule);
    }

    /// <summary>Reads an e-mail; empty when it is none, which is then an error of <paramref name="field"/>.</summary>
    public string Email(string? text, string field)
    {
        if (EmailAddress.TryNormalize(text, out var email))
        {
            return email;
        }

        Add(field, EmailAddress.Rule);
        return "";
    }

    public Dictionary<string, string[]> ToDictionary() => _errors.ToDictionary(error => error.Key, error => error.Value.ToArray());
}
