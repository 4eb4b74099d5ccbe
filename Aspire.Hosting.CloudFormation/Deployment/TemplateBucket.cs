using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Stores templates that are too large for a request.</summary>
internal interface ITemplateStore
{
    /// <summary>Uploads a template and returns the URL that CloudFormation reads it from.</summary>
    Task<Uri> UploadAsync(StackDeployment deployment, IStackProgress progress, CancellationToken cancellationToken);
}

/// <summary>Stores templates in a bucket of S3, by the hash of their content.</summary>
/// <param name="region">The region of a bucket that is created.</param>
/// <param name="endpointUrl">The emulator's address; null for S3 itself.</param>
internal sealed class TemplateBucket(IAmazonS3 s3, AwsQueryClient sts, string region, Uri? endpointUrl) : ITemplateStore
{
    /// <summary>The longest template that CloudFormation reads from S3, in bytes.</summary>
    public const int MaximumLength = 1_048_576;

    public async Task<Uri> UploadAsync(StackDeployment deployment, IStackProgress progress, CancellationToken cancellationToken)
    {
        var content = Encoding.UTF8.GetBytes(deployment.Template);
        if (content.Length > MaximumLength)
        {
            throw new DistributedApplicationException(
                $"The template of stack {deployment.StackName} has {content.Length} bytes; CloudFormation accepts {MaximumLength}. "
                + "Split it into several stacks.");
        }

        var bucket = deployment.TemplateBucket ?? await CreateBucketAsync(cancellationToken);
        var key = $"{deployment.StackName}/{Convert.ToHexStringLower(SHA256.HashData(content))}.template";
        progress.Report($"Uploading the template, {content.Length} bytes, to s3://{bucket}/{key}.");
        using var stream = new MemoryStream(content, writable: false);
        await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, InputStream = stream }, cancellationToken);
        return endpointUrl is not null
            ? new Uri(endpointUrl, $"/{bucket}/{key}")
            : new Uri($"https://{bucket}.s3.{region}.{Amazon.RegionEndpoint.GetBySystemName(region).PartitionDnsSuffix}/{key}");
    }

    private async Task<string> CreateBucketAsync(CancellationToken cancellationToken)
    {
        var identity = await sts.InvokeAsync("GetCallerIdentity", [], cancellationToken);
        var bucket = $"aspire-templates-{identity.RequiredText("Account")}-{region}";
        try
        {
            // S3 rejects us-east-1 as a location constraint: it is the default.
            await s3.PutBucketAsync(
                new PutBucketRequest { BucketName = bucket, BucketRegionName = region == "us-east-1" ? null : region }, cancellationToken);
        }
        catch (AmazonS3Exception error) when (error.ErrorCode == "BucketAlreadyOwnedByYou")
        {
            // Created by an earlier deployment.
        }

        return bucket;
    }
}
