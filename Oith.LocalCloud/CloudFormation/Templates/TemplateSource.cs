using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>Fetches the template that a request names: in its body, or in LocalCloud's S3.</summary>
internal sealed class TemplateSource(IAwsApi api)
{
    private const int MaximumBodyLength = 51_200;
    private const int MaximumObjectLength = 1_000_000;

    /// <returns>The template's text, null when the request names none.</returns>
    /// <exception cref="AwsServiceException">ValidationError: both are given, too long, or the object is not there.</exception>
    public async ValueTask<string?> ReadAsync(string? body, string? url, CancellationToken cancellationToken)
    {
        if (body is not null && url is not null)
        {
            throw TemplateErrors.Validation("Specify exactly one of 'TemplateBody' or 'TemplateUrl'");
        }

        if (body?.Length > MaximumBodyLength)
        {
            throw TemplateErrors.Validation(
                $"1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: Member must have length less "
                + $"than or equal to {MaximumBodyLength}");
        }

        return url is null ? body : await ReadObjectAsync(url, cancellationToken);
    }

    private async ValueTask<string> ReadObjectAsync(string url, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw TemplateErrors.Validation("TemplateURL must be a supported URL.");
        }

        var (bucket, key) = S3Location(uri);
        JsonObject output;
        try
        {
            output = await api.InvokeAsync("s3", "GetObject", new JsonObject { ["Bucket"] = bucket, ["Key"] = key }, cancellationToken);
        }
        catch (AwsServiceException error) when (error.Code is "NoSuchKey" or "NoSuchBucket")
        {
            throw TemplateErrors.Validation($"S3 error: {error.Message}");
        }

        var text = Encoding.UTF8.GetString(Convert.FromBase64String(output["Body"]!.GetValue<string>()));
        return text.Length <= MaximumObjectLength
            ? text
            : throw TemplateErrors.Validation($"Template may not exceed {MaximumObjectLength} bytes in size.");
    }

    // https://bucket.s3.us-east-1.amazonaws.com/key, or by path: https://s3.amazonaws.com/bucket/key, http://localhost:4566/bucket/key
    private static (string Bucket, string Key) S3Location(Uri uri)
    {
        var path = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        var inHost = uri.Host.IndexOf(".s3", StringComparison.Ordinal);
        if (inHost > 0)
        {
            return (uri.Host[..inHost], path);
        }

        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? (path[..slash], path[(slash + 1)..]) : throw TemplateErrors.Validation("TemplateURL must be a supported URL.");
    }
}
