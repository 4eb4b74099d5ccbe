using Amazon.S3;
using Amazon.S3.Model;
using Aspire.Hosting.CloudFormation;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The account, or the emulator, that a stack is deployed into: for pipeline steps that do more than deploy stacks.</summary>
public sealed class AwsAccount : IDisposable
{
    private readonly AwsConnection _connection;

    private AwsAccount(AwsConnection connection) => _connection = connection;

    /// <summary>A client of S3 in the same account and region; disposed with this instance.</summary>
    public IAmazonS3 S3 => _connection.S3;

    /// <summary>Opens a connection to where the stack is deployed.</summary>
    /// <exception cref="DistributedApplicationException">No region is configured, or the profile does not exist.</exception>
    public static async Task<AwsAccount> OpenAsync(CloudFormationStackResource stack, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return new AwsAccount(await AwsConnection.OpenAsync(stack, cancellationToken));
    }

    /// <summary>Returns who calls, by STS GetCallerIdentity.</summary>
    public Task<AwsIdentity> GetIdentityAsync(CancellationToken cancellationToken) => _connection.GetIdentityAsync(cancellationToken);

    /// <summary>Returns the VPCs with their subnets, by EC2 DescribeVpcs and DescribeSubnets.</summary>
    public Task<IReadOnlyList<AwsNetwork>> GetNetworksAsync(CancellationToken cancellationToken) =>
        _connection.GetNetworksAsync(cancellationToken);

    /// <summary>Returns a stack as it is deployed, or null where there is none of that name.</summary>
    public async Task<DeployedStack?> FindStackAsync(string stackName, CancellationToken cancellationToken) =>
        await _connection.CloudFormation.DescribeStackAsync(stackName, cancellationToken) is { } stack
            ? new DeployedStack(stack.Status, stack.Parameters, stack.Outputs)
            : null;

    /// <summary>Deletes all objects of a bucket, and where it has versions, all of them.</summary>
    /// <returns>How many were deleted; null where there is no such bucket.</returns>
    public async Task<int?> EmptyBucketAsync(string bucket, CancellationToken cancellationToken)
    {
        try
        {
            var versioning = await S3.GetBucketVersioningAsync(bucket, cancellationToken);
            var isVersioned = versioning.VersioningConfig?.Status is { } status && status != VersionStatus.Off;
            for (var deleted = 0; ;)
            {
                var page = await ListPageAsync(bucket, isVersioned, cancellationToken);
                if (page.Count == 0)
                {
                    return deleted;
                }

                await S3.DeleteObjectsAsync(
                    new DeleteObjectsRequest { BucketName = bucket, Objects = page, Quiet = true }, cancellationToken);
                deleted += page.Count;
            }
        }
        catch (AmazonS3Exception error) when (error.ErrorCode == "NoSuchBucket")
        {
            return null;
        }
    }

    public void Dispose() => _connection.Dispose();

    // The first page each time: what it listed before is deleted.
    private async Task<List<KeyVersion>> ListPageAsync(string bucket, bool isVersioned, CancellationToken cancellationToken)
    {
        if (isVersioned)
        {
            var versions = await S3.ListVersionsAsync(new ListVersionsRequest { BucketName = bucket }, cancellationToken);
            return [.. (versions.Versions ?? []).Select(version => new KeyVersion { Key = version.Key, VersionId = version.VersionId })];
        }

        var objects = await S3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }, cancellationToken);
        return [.. (objects.S3Objects ?? []).Select(item => new KeyVersion { Key = item.Key })];
    }
}

/// <summary>A stack as CloudFormation describes it.</summary>
/// <param name="Status"><c>UPDATE_COMPLETE</c></param>
/// <param name="Parameters">What it was deployed with.</param>
public sealed record DeployedStack(
    string Status, IReadOnlyDictionary<string, string> Parameters, IReadOnlyDictionary<string, string> Outputs);
