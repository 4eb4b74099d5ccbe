using System.Diagnostics;
using System.Net;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http.Features;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Telemetry;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.S3;

/// <summary>Amazon S3's HTTP face. Its paths are buckets and keys of the client's choice, so it is told by who signed the request, not by a route.</summary>
internal sealed partial class S3Endpoint(S3BucketRequests buckets, S3ObjectRequests objects, FaultInjector faults, LocalCloudOptions options, ILogger<S3Endpoint> logger)
{
    /// <summary>A request to S3 taken apart.</summary>
    /// <param name="Bucket">Empty for the service itself.</param>
    /// <param name="Key">Empty for the bucket itself.</param>
    public sealed record Target(string Bucket, string Key);

    /// <summary>Answers S3's requests and hands all others on.</summary>
    public Task HandleAsync(HttpContext context, RequestDelegate next) => IsForS3(context.Request) ? AnswerAsync(context) : next(context);

    private static bool IsForS3(HttpRequest request) =>
        AwsEndpoint.SigningName(request) is { } signingName
            ? signingName == "s3"
            : request.Query["X-Amz-Credential"].ToString().Contains("/s3/", StringComparison.Ordinal) || BucketOf(request.Host.Host) is not null;

    // bucket.s3.us-east-1.amazonaws.com, bucket.s3.localhost, bucket.localhost
    private static string? BucketOf(string host)
    {
        var end = host.IndexOf(".s3.", StringComparison.Ordinal);
        end = end > 0 ? end : host.EndsWith(".localhost", StringComparison.Ordinal) ? host.Length - ".localhost".Length : end;
        return end > 0 && host[..end] != "s3" ? host[..end] : null;
    }

    private static Target TargetOf(HttpRequest request)
    {
        // The path as it was sent: a key may hold an encoded slash or a double one.
        var raw = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var path = raw.Split('?')[0].TrimStart('/');
        if (BucketOf(request.Host.Host) is { } bucket)
        {
            return new Target(bucket, Uri.UnescapeDataString(path));
        }

        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? new Target(Uri.UnescapeDataString(path), "")
            : new Target(Uri.UnescapeDataString(path[..slash]), Uri.UnescapeDataString(path[(slash + 1)..]));
    }

    // AWS's SDKs send the operation's name along; others are told by method and path.
    private static string OperationOf(HttpRequest request, Target target) =>
        request.Query["x-id"] is [{ Length: > 0 } operation, ..] ? operation
        : target.Bucket.Length == 0 ? "ListBuckets"
        : $"{request.Method[0]}{request.Method[1..].ToLowerInvariant()}{(target.Key.Length == 0 ? "Bucket" : "Object")}";

    private async Task AnswerAsync(HttpContext context)
    {
        var requestId = Guid.NewGuid().ToString("N")[..16].ToUpperInvariant();
        context.Response.Headers["x-amz-request-id"] = requestId;
        context.Response.Headers["x-amz-id-2"] = requestId;
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = S3Bodies.MaximumLength + (S3Bodies.MaximumLength / 64);
        var target = TargetOf(context.Request);
        if (Activity.Current is { Recorded: true } activity)
        {
            OperationSpans.Name(activity, "s3", OperationOf(context.Request, target), requestId);
        }

        try
        {
            if (faults.IsOn)
            {
                await faults.StrikeAsync("s3", context.RequestAborted);
            }

            var level = target.Bucket.Length == 0 ? S3Level.Service : target.Key.Length == 0 ? S3Level.Bucket : S3Level.Object;
            var operation = S3Operation.Of(context.Request, level);
            S3Headers.CheckOwner(context.Request, "x-amz-expected-bucket-owner", options);
            await (level switch
            {
                S3Level.Service => buckets.ListBucketsAsync(context),
                S3Level.Bucket => buckets.HandleAsync(context, target.Bucket, operation),
                _ => objects.HandleAsync(context, target, operation),
            });
        }
        catch (AwsServiceException error)
        {
            await WriteErrorAsync(context, error, requestId);
        }
        catch (XmlException error)
        {
            await WriteErrorAsync(context, new AwsServiceException("MalformedXML", $"The XML you provided was not well-formed: {error.Message}"), requestId);
        }
        catch (BadHttpRequestException error)
        {
            await WriteErrorAsync(context, RequestBody.Refused(error, S3Bodies.MaximumLength), requestId);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone: there is nobody to answer.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            LogFault(error, context.Request.Method, target.Bucket, target.Key);
            await WriteErrorAsync(
                context, new AwsServiceException("InternalError", "LocalCloud failed to answer; its log tells why.", HttpStatusCode.InternalServerError), requestId);
        }
    }

    private static async Task WriteErrorAsync(HttpContext context, AwsServiceException error, string requestId)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)error.Status;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        // S3's errors are in no namespace.
        var xml = new XElement(
            "Error",
            new XElement("Code", error.Code),
            new XElement("Message", error.Message),
            new XElement("Resource", context.Request.Path.Value),
            new XElement("RequestId", requestId));
        await S3Xml.WriteAsync(context, xml);
    }

    [LoggerMessage(1, LogLevel.Error, "S3 failed in {Method} {Bucket}/{Key}")]
    private partial void LogFault(Exception error, string method, string bucket, string key);
}
