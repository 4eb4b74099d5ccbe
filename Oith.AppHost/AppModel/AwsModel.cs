using Amazon;
using Amazon.S3;
using Aspire.Hosting.AWS;

namespace Oith.AppHost.AppModel;

/// <summary>OITH's stacks in an AWS account, staging or production, and the service on this machine against them.</summary>
internal static class AwsModel
{
    public const string RedisPasswordParameter = "redis-password";

    private const string Architecture = "Architecture";

    public static void AddOithInAws(this IDistributedApplicationBuilder builder, AppModelSettings settings)
    {
        foreach (var required in new[] { StackParameters.VpcId, StackParameters.PrivateSubnetIds })
        {
            _ = settings.Parameter(required) ?? throw new DistributedApplicationException(
                $"The environment {settings.Environment} needs a network: set Parameters:{StackParameters.VpcId} and "
                + $"Parameters:{StackParameters.PrivateSubnetIds} (two or three private subnets, separated by commas).");
        }

        var aws = builder.AddConfiguredAws();
        var stacks = new Stacks(settings, (name, template, configure) => configure(builder
            .AddAWSCloudFormationTemplate(name, template, name)
            .WithReference(aws)));

        var zip = builder.AddServicePackage(settings, out var package);
        builder.AddArtifacts(settings, stacks, () => CreateS3(aws), cancellationToken => File.ReadAllBytesAsync(zip, cancellationToken))
            .WaitForCompletion(package);

        builder.AddMatching(settings)
            .WithReference(aws)
            .WithStacks(
                stacks,
                MatchingEnvironment.WithAws(settings.Environment),
                MatchingEnvironment.FromStacks.Concat(MatchingEnvironment.FromStacksInAws))
            // On Lambda the service reads it from the secret; from here it takes whoever may.
            .WithEnvironment(MatchingEnvironment.RedisPassword, builder.AddParameter(RedisPasswordParameter, secret: true));
    }

    /// <summary>Profile and region as configured, <c>AWS:Profile</c> and <c>AWS:Region</c>; what is absent the SDK finds as it always does.</summary>
    internal static IAWSSDKConfig AddConfiguredAws(this IDistributedApplicationBuilder builder)
    {
        var aws = builder.AddAWSSDKConfig();
        if (builder.Configuration["AWS:Profile"] is { Length: > 0 } profile)
        {
            aws.WithProfile(profile);
        }

        if (builder.Configuration["AWS:Region"] is { Length: > 0 } region)
        {
            aws.WithRegion(RegionEndpoint.GetBySystemName(region));
        }

        return aws;
    }

    // What deploy.sh runs, with the same arguments: the same sources give the same bytes.
    private static string AddServicePackage(
        this IDistributedApplicationBuilder builder, AppModelSettings settings, out IResourceBuilder<ExecutableResource> package)
    {
        var root = Path.GetFullPath(Path.Combine(settings.InfrastructureDirectory, ".."));
        var artifacts = Path.Combine(root, "artifacts", "deploy");
        var published = Path.Combine(artifacts, "publish");
        var zip = Path.Combine(artifacts, Artifact.Service.File);
        var runtime = settings.Parameter(Architecture) == "arm64" ? "linux-arm64" : "linux-x64";
        var publish = builder.AddExecutable(
            ResourceNames.PublishService, "dotnet", root,
            "publish", "Oith.Matching", "--configuration", "Release", "--runtime", runtime, "--self-contained", "false", "-p:PublishReadyToRun=true",
            "-p:UseDax=true", "-p:ContinuousIntegrationBuild=true", "--artifacts-path", artifacts, "--output", published);
        package = builder.AddExecutable(
                ResourceNames.PackService, "dotnet", settings.InfrastructureDirectory, "run", "package.cs", "--", published, "run.sh", zip)
            .WaitForCompletion(publish);
        return zip;
    }

    private static AmazonS3Client CreateS3(IAWSSDKConfig aws)
    {
        var config = new AmazonS3Config();
        if (aws.Profile is { } profile)
        {
            config.Profile = new Profile(profile);
        }

        if (aws.Region is { } region)
        {
            config.RegionEndpoint = region;
        }

        return new AmazonS3Client(config);
    }
}
