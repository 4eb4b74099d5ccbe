using System.Xml.Linq;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;

namespace Aspire.Hosting.CloudFormation;

/// <summary>The clients of one deployment, pointed at an emulator or at AWS.</summary>
internal sealed class AwsConnection : IDisposable
{
    private static readonly TimeSpan s_callTimeout = TimeSpan.FromSeconds(30);

    private readonly CloudFormationClient _cloudFormation;
    private readonly AwsQueryClient _sts;
    private readonly AwsQueryClient _ec2;
    private readonly AmazonS3Client _s3;

    private AwsConnection(AWSCredentials? credentials, Action<ClientConfig> configure)
    {
        var config = Configure(
            new AwsQueryConfig(CloudFormationClient.ServiceId, CloudFormationClient.SigningName, CloudFormationClient.Version), configure);
        var stsConfig = Configure(new AwsQueryConfig("STS", "sts", "2011-06-15"), configure);
        var ec2Config = Configure(new AwsQueryConfig("EC2", "ec2", "2016-11-15"), configure);
        Region = config.AuthenticationRegion ?? config.RegionEndpoint?.SystemName ?? throw new DistributedApplicationException(
            "No AWS region is configured. Reference an emulator, call WithAwsProfile(region: …), or set AWS_REGION.");
        EndpointUrl = config.ServiceURL is { Length: > 0 } url ? new Uri(url) : null;
        var s3Config = Configure(new AmazonS3Config { ForcePathStyle = IsEmulator }, configure);
        _cloudFormation = new CloudFormationClient(
            credentials is null ? new AwsQueryClient(config) : new AwsQueryClient(credentials, config));
        _sts = credentials is null ? new AwsQueryClient(stsConfig) : new AwsQueryClient(credentials, stsConfig);
        _ec2 = credentials is null ? new AwsQueryClient(ec2Config) : new AwsQueryClient(credentials, ec2Config);
        _s3 = credentials is null ? new AmazonS3Client(s3Config) : new AmazonS3Client(credentials, s3Config);
    }

    public string Region { get; }

    /// <summary>Where CloudFormation answers; null for its address in AWS.</summary>
    public Uri? EndpointUrl { get; }

    /// <summary>False also for an address inside AWS, such as a VPC endpoint.</summary>
    public bool IsEmulator => EndpointUrl is { } url
        && !url.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase)
        && !url.Host.EndsWith(".amazonaws.com.cn", StringComparison.OrdinalIgnoreCase)
        && !url.Host.EndsWith(".api.aws", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a connection to where a stack is deployed.</summary>
    /// <exception cref="DistributedApplicationException">No region is configured, or the profile does not exist.</exception>
    public static async Task<AwsConnection> OpenAsync(CloudFormationStackResource stack, CancellationToken cancellationToken)
    {
        if (stack.Endpoint is not { } endpoint)
        {
            var regionName = stack.Region ?? (stack.Profile is { } named ? RegionOf(named) : null);
            return new AwsConnection(credentials: null, config =>
            {
                if (stack.Profile is { } profile)
                {
                    config.Profile = new Profile(profile);
                }

                if (regionName is { } region)
                {
                    config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
                    // Where AWS_ENDPOINT_URL names the address, the address would tell the signature's region.
                    config.AuthenticationRegion = region;
                }
            });
        }

        var url = await endpoint.EndpointUrl.GetValueAsync(cancellationToken)
            ?? throw new DistributedApplicationException($"The endpoint that stack {stack.StackName} is deployed to has no address.");
        return new AwsConnection(new BasicAWSCredentials(endpoint.AccessKeyId, endpoint.SecretAccessKey), config =>
        {
            config.ServiceURL = url;
            config.AuthenticationRegion = endpoint.Region;
        });
    }

    public StackDeployer CreateDeployer(TimeProvider time) => new(
        _cloudFormation,
        new TemplateBucket(_s3, _sts, Region, IsEmulator ? EndpointUrl : null),
        time,
        IsEmulator ? PollingSchedule.Emulator : PollingSchedule.Aws);

    public CloudFormationClient CloudFormation => _cloudFormation;

    public IAmazonS3 S3 => _s3;

    /// <summary>Returns whose credentials these are.</summary>
    public async Task<AwsIdentity> GetIdentityAsync(CancellationToken cancellationToken)
    {
        var identity = await _sts.InvokeAsync("GetCallerIdentity", [], cancellationToken);
        return new AwsIdentity(identity.RequiredText("Account"), identity.RequiredText("Arn"), Region, IsEmulator ? EndpointUrl : null);
    }

    /// <summary>Returns the VPCs of the account and region, with their subnets.</summary>
    public async Task<IReadOnlyList<AwsNetwork>> GetNetworksAsync(CancellationToken cancellationToken)
    {
        var vpcs = await _ec2.InvokeAsync("DescribeVpcs", [], cancellationToken);
        var subnets = (await _ec2.InvokeAsync("DescribeSubnets", [], cancellationToken)).Items("subnetSet")
            .Select(subnet => (
                Vpc: subnet.RequiredText("vpcId"),
                Subnet: new AwsSubnet(
                    subnet.RequiredText("subnetId"),
                    subnet.RequiredText("availabilityZone"),
                    subnet.Text("mapPublicIpOnLaunch") == "true",
                    NameOf(subnet))))
            .ToLookup(subnet => subnet.Vpc, subnet => subnet.Subnet);
        return
        [
            .. vpcs.Items("vpcSet").Select(vpc => new AwsNetwork(
                vpc.RequiredText("vpcId"),
                vpc.Text("isDefault") == "true",
                NameOf(vpc),
                [
                    .. subnets[vpc.RequiredText("vpcId")]
                        .OrderBy(subnet => subnet.AvailabilityZone, StringComparer.Ordinal)
                        .ThenBy(subnet => subnet.Id, StringComparer.Ordinal),
                ])),
        ];

        static string? NameOf(XElement element) => element.Items("tagSet").FirstOrDefault(tag => tag.Text("key") == "Name")?.Text("value");
    }

    public void Dispose()
    {
        _cloudFormation.Dispose();
        _sts.Dispose();
        _ec2.Dispose();
        _s3.Dispose();
    }

    // With a profile the AWS SDK takes its credentials, but the region of the default profile.
    private static string? RegionOf(string profile) => new CredentialProfileStoreChain().TryGetProfile(profile, out var found)
        ? found.Region?.SystemName
        : throw new DistributedApplicationException($"There is no AWS profile {profile}. 'aws configure --profile {profile}' creates it.");

    private static TConfig Configure<TConfig>(TConfig config, Action<ClientConfig> configure) where TConfig : ClientConfig
    {
        config.Timeout = s_callTimeout;
        configure(config);
        return config;
    }
}
