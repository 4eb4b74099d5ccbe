using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class S3Provisioner(IAwsApi api, LocalCloudOptions options) : ServiceProvisioner(api, "s3")
{
    private static readonly string[] s_missing = ["NoSuchBucket"];

    private static readonly string[] s_sameLifecycleSettings = ["NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"];

    // What the bucket keeps of the template: the operation that sets it, its member, and the API's shape of the property.
    private static readonly Dictionary<string, (string Operation, string Member, Func<JsonNode, JsonNode> Convert)> s_settings = new(StringComparer.Ordinal)
    {
        ["VersioningConfiguration"] = ("PutBucketVersioning", "VersioningConfiguration", Same),
        ["BucketEncryption"] = ("PutBucketEncryption", "ServerSideEncryptionConfiguration", Encryption),
        ["PublicAccessBlockConfiguration"] = ("PutPublicAccessBlock", "PublicAccessBlockConfiguration", Same),
        ["LifecycleConfiguration"] = ("PutBucketLifecycleConfiguration", "LifecycleConfiguration", Lifecycle),
        ["OwnershipControls"] = ("PutBucketOwnershipControls", "OwnershipControls", Same),
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

        await CallAsync(
            "CreateBucket",
            new JsonObject { ["Bucket"] = name, ["CreateBucketConfiguration"] = new JsonObject { ["LocationConstraint"] = options.Region } },
            cancellationToken);
        await CompleteAsync(
            () => ConfigureAsync(request, name, cancellationToken),
            async () => await CallAsync("DeleteBucket", new JsonObject { ["Bucket"] = name }, cancellationToken));
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
        foreach (var (property, (operation, member, convert)) in s_settings)
        {
            if (request.HasChanged(property) && request.Copy(property) is { } value)
            {
                await CallAsync(operation, new JsonObject { ["Bucket"] = name, [member] = convert(value) }, cancellationToken);
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

    private static JsonNode Same(JsonNode value) => value;

    private static JsonObject Encryption(JsonNode value) => new JsonObject
    {
        ["Rules"] = new JsonArray([.. value["ServerSideEncryptionConfiguration"]!.AsArray().Select(rule =>
        {
            var result = new JsonObject { ["ApplyServerSideEncryptionByDefault"] = rule!["ServerSideEncryptionByDefault"]?.DeepClone() };
            if (rule["BucketKeyEnabled"] is { } bucketKey)
            {
                result["BucketKeyEnabled"] = bucketKey.DeepClone();
            }

            return result;
        })]),
    };

    private static JsonObject Lifecycle(JsonNode value) => new JsonObject
    {
        ["Rules"] = new JsonArray([.. value["Rules"]!.AsArray().Select(rule =>
        {
            var result = new JsonObject
            {
                ["ID"] = rule!["Id"]?.DeepClone(),
                ["Status"] = rule["Status"]!.DeepClone(),
                ["Filter"] = new JsonObject { ["Prefix"] = rule["Prefix"]?.DeepClone() ?? "" },
            };
            if (rule["ExpirationInDays"] is { } days)
            {
                result["Expiration"] = new JsonObject { ["Days"] = days.DeepClone() };
            }

            foreach (var name in s_sameLifecycleSettings)
            {
                if (rule[name] is { } setting)
                {
                    result[name] = setting.DeepClone();
                }
            }

            return result;
        })]),
    };
}
