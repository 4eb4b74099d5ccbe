using System.Diagnostics;
using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Console;

/// <summary>
/// The console page and its one door to the services: <c>POST /_console/api/{signing name}/{operation}</c> with the operation's members as
/// JSON, answered as JSON. It leads to <see cref="IAwsApi"/>, so the page calls what every client calls, whatever protocol AWS gave the
/// service, and what only the inside may see: EXPRESS executions.
/// </summary>
internal sealed partial class ConsoleEndpoint(ConsoleAssets assets, IAwsApi api, ILogger<ConsoleEndpoint> logger)
{
    /// <summary>No bucket, queue URL or REST route of a service begins like this.</summary>
    public const string Path = "/_console";

    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // How operations begin that change nothing.
    private static readonly string[] s_looks =
        ["BatchGet", "Describe", "Get", "List", "LocalCloudGet", "LocalCloudList", "LocalCloudPeek", "Query", "Scan"];

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", WelcomeAsync);
        routes.MapGet(Path + "/{**asset}", AnswerAsync);
        routes.MapPost(Path + "/api/{service}/{operation}", CallAsync);
    }

    /// <summary>Shows a browser to the page. Any other client is told what it was told before there was a page: AWS's calls are posted.</summary>
    private static Task WelcomeAsync(HttpContext context)
    {
        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Redirect(Path + "/");
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = HttpMethods.Post;
        }

        return Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Path.Value == Path)
        {
            // The page's own links are relative to the folder.
            response.Redirect(Path + "/");
            return;
        }

        if (assets.Find(context.GetRouteValue("asset") as string ?? "") is not { } asset)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var headers = response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
        headers.ETag = asset.ETag;
        if (request.Headers.IfNoneMatch == asset.ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = asset.ContentType;
        response.ContentLength = asset.Content.Length;
        await response.BodyWriter.WriteAsync(asset.Content, context.RequestAborted);
    }

    private async Task CallAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            // A form is the one thing that a page of another origin may post without asking first.
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        var (service, operation) = ((string)context.GetRouteValue("service")!, (string)context.GetRouteValue("operation")!);
        if (Activity.Current is { } activity && s_looks.Any(prefix => operation.StartsWith(prefix, StringComparison.Ordinal)))
        {
            // A page that looks every few seconds would soon have pushed everybody else's traces out.
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        try
        {
            await InvokeAsync(context, service, operation);
        }
        catch (AwsServiceException error)
        {
            await WriteErrorAsync(context, error);
        }
        catch (Exception error) when (AwsEndpoint.IsClientGone(context, error))
        {
            // The page is gone: there is nobody to answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            LogFault(error, service, operation);
            await WriteErrorAsync(context, new AwsServiceException(
                "InternalFailure", "LocalCloud failed to answer; its log tells why.", HttpStatusCode.InternalServerError));
        }
    }

    private async Task InvokeAsync(HttpContext context, string service, string operation)
    {
        var cancellationToken = context.RequestAborted;
        using var body = await RequestBody.ReadAsync(context.Request, AwsEndpoint.MaximumBodyLength, cancellationToken);
        using var input = JsonInput.ParseObject(body.Memory);

        var buffer = ResponseBuffer.Rent();
        try
        {
            await api.InvokeAsync(new AwsCall(service, operation, input.RootElement), buffer.Writer, cancellationToken);
            buffer.Writer.Flush();
            context.Response.ContentType = "application/json";
            await context.Response.BodyWriter.WriteAsync(buffer.Written.Length == 0 ? "{}"u8.ToArray() : buffer.Written, cancellationToken);
        }
        finally
        {
            buffer.Return();
        }
    }

    private static async Task WriteErrorAsync(HttpContext context, AwsServiceException error)
    {
        var buffer = ResponseBuffer.Rent();
        try
        {
            ErrorBody.Write(buffer.Writer, error);
            buffer.Writer.Flush();
            context.Response.StatusCode = (int)error.Status;
            context.Response.ContentType = "application/json";
            await context.Response.BodyWriter.WriteAsync(buffer.Written, context.RequestAborted);
        }
        finally
        {
            buffer.Return();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Service} failed in {Operation}, called by the console page")]
    private partial void LogFault(Exception error, string service, string operation);
}
