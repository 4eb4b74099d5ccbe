using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class S3Provisioner(IAwsApi api, LocalCloudOptions options) : ServiceProvisioner(api, "s3")
{
    private static readonly string[] s_missing = ["NoSuchBucket"];

    // What the bucket keeps of the template, with the operation that sets it.
    private static readonly Dictionary<string, (string Operation, string Member)> s_settings = new(StringComparer.Ordinal)
    {
        ["VersioningConfiguration"] = ("PutBucketVersioning", "VersioningConfiguration"),
        ["BucketEncryption"] = ("PutBucketEncryption", "ServerSideEncryptionConfiguration"),
        ["PublicAccessBlockConfiguration"] = ("PutPublicAccessBlock", "PublicAccessBlockConfiguration"),
        ["LifecycleConfiguration"] = ("PutBucketLifecycleConfiguration", "LifecycleConfiguration"),
        ["OwnershipControls"] = ("PutBucketOwnershipControls", "OwnershipControls"),
    };

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::S3::Bucket"] = new(CreateBucketAsync, UpdateBucketAsync, DeleteBucketAsync),
        ["AWS::S3::BucketPolicy"] = new(PutPolicyAsync, PutPolicyAsync, DeletePolicyAsync),
    };

    private async ValueTask<ProvisionedResource> CreateBucketAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("BucketName") ?? request.UniqueName(63).ToLowerInvariant();
        if (await CallUnlessAsync("HeadBucket", new JsonObject { ["Bucket"] = name }, ["NoSuchBucket", "NotFound"], cancellationToken) is not null)
        {
            throw new ProvisioningException($"{name} already exists", "AlreadyExists");
        }

        await CallAsync("CreateBucket", new JsonObject { ["Bucket"] = name }, cancellationToken);
        await ConfigureAsync(request, name, cancellationToken);
        return new ProvisionedResource(name, new JsonObject
        {
            ["Arn"] = $"arn:aws:s3:::{name}",
            ["DomainName"] = $"{name}.s3.amazonaws.com",
            ["DualStackDomainName"] = $"{name}.s3.dualstack.{options.Region}.amazonaws.com",
            ["RegionalDomainName"] = $"{name}.s3.{options.Region}.amazonaws.com",
            ["WebsiteURL"] = $"http://{name}.s3-website-{options.Region}.amazonaws.com",
        });
    }

    private async ValueTask<ProvisionedResource> UpdateBucketAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await ConfigureAsync(request, request.Id, cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask ConfigureAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        foreach (var (property, (operation, member)) in s_settings)
        {
            if (request.HasChanged(property) && request.Copy(property) is { } value)
            {
                await CallAsync(operation, new JsonObject { ["Bucket"] = name, [member] = value }, cancellationToken);
            }
        }

        if (request.TagList() is { Count: > 0 } tags)
        {
            await CallAsync(
                "PutBucketTagging", new JsonObject { ["Bucket"] = name, ["Tagging"] = new JsonObject { ["TagSet"] = tags } }, cancellationToken);
        }
    }

    private async ValueTask DeleteBucketAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteBucket", new JsonObject { ["Bucket"] = request.Id }, s_missing, cancellationToken);

    private async ValueTask<ProvisionedResource> PutPolicyAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var bucket = request.Text("Bucket");
        await CallAsync(
            "PutBucketPolicy", new JsonObject { ["Bucket"] = bucket, ["Policy"] = Document(request.Properties["PolicyDocument"]!) }, cancellationToken);
        return new ProvisionedResource(bucket, []);
    }

    private async ValueTask DeletePolicyAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteBucketPolicy", new JsonObject { ["Bucket"] = request.Id }, s_missing, cancellationToken);
}
