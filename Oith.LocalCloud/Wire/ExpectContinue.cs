namespace Oith.LocalCloud.Wire;

/// <summary>
/// Ends the connection after a request with <c>Expect: 100-continue</c> was refused. Its client may not send the body then, as boto3 does not, and the
/// server would read the next request as the body.
/// </summary>
internal static class ExpectContinue
{
    public static void UseExpectContinue(this WebApplication app) => app.Use(next => context =>
    {
        if (context.Request.Headers.Expect.Count > 0)
        {
            context.Response.OnStarting(static state => CloseWhenRefused((HttpResponse)state), context.Response);
        }

        return next(context);
    });

    private static Task CloseWhenRefused(HttpResponse response)
    {
        if (response.StatusCode >= StatusCodes.Status300MultipleChoices)
        {
            response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }
}
