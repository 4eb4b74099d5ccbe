using System.Globalization;

namespace Oith.AppHost.AppModel;

/// <summary>OITH on LocalStack, or on what stands in for it: an emulator and Redis as containers, the same templates, the service a process of this machine.</summary>
internal static class LocalStackModel
{
    public const string ImageParameter = "localstack-image";
    public const string TagParameter = "localstack-tag";
    public const string TokenParameter = "localstack-auth-token";

    /// <summary>What asks for a token.</summary>
    public const string DefaultImage = "localstack/localstack-pro";

    public const string DefaultTag = "4.14.0";

    private const int ContainerPort = 4566;
    private const string DockerSocket = "/var/run/docker.sock";

    public static void AddOithOnLocalStack(this IDistributedApplicationBuilder builder, AppModelSettings settings)
    {
        var options = settings.Options;
        // A container of the emulator calls it, and finds this machine by another address than localhost.
        var matching = builder.AddMatching(settings).WithEndpoint("http", endpoint => endpoint.TargetHost = "0.0.0.0");

        var localStack = builder.AddLocalStackContainer(settings);
#pragma warning disable ASPIRECERTIFICATES001 // The service speaks to an emulator's Redis without TLS, as in the single process.
        var redis = builder.AddRedis(ResourceNames.Redis, options.RedisPort).WithPassword(null).WithoutHttpsCertificate();
#pragma warning restore ASPIRECERTIFICATES001

        var emulator = new Emulator($"http://localhost:{options.Port.ToString(CultureInfo.InvariantCulture)}", options.Region);
        var stacks = new Stacks(settings, (name, template, configure) => configure(builder
            .AddAWSCloudFormationTemplate(name, template, name)
            .WithEmulator(emulator.ServiceUrl, emulator.Region)
            .WaitFor(localStack, WaitBehavior.StopOnResourceUnavailable)));
        var seeding = new PopulationSeeding(emulator, options, stacks, TimeProvider.System);
        var forwarder = new FunctionForwarder(emulator, ResourceNames.Function(settings.Environment), options.ServicePort);
        builder.AddNetwork(emulator, stacks);
        builder.AddArtifacts(settings, stacks, emulator.CreateS3, _ => Task.FromResult(FunctionForwarder.Zip()));
        var function = builder.AddStep(ResourceNames.FunctionForwarder, forwarder.InstallAsync)
            .WaitFor(stacks[ResourceNames.MatchingStack], WaitBehavior.StopOnResourceUnavailable);
        var population = builder.AddPopulation(seeding, stacks);

        matching
            .WithStacks(
                stacks,
                MatchingEnvironment.WithEmulator(settings.Environment, emulator.ServiceUrl, emulator.Region),
                MatchingEnvironment.FromStacks)
            // Not the cluster that the template makes, but the container.
            .WithEnvironment(MatchingEnvironment.RedisHost, redis.Resource.PrimaryEndpoint.Property(EndpointProperty.Host))
            .WithEnvironment(MatchingEnvironment.RedisPort, redis.Resource.PrimaryEndpoint.Property(EndpointProperty.Port))
            .WaitFor(redis, WaitBehavior.StopOnResourceUnavailable)
            .WaitForCompletion(function)
            .WaitForCompletion(population)
            .WithServiceCommands(options, seeding);
        localStack.WithAwsCommands(emulator, stacks);
    }

    private static IResourceBuilder<ContainerResource> AddLocalStackContainer(this IDistributedApplicationBuilder builder, AppModelSettings settings)
    {
        var image = settings.Parameter(ImageParameter) ?? DefaultImage;
        var tag = settings.Parameter(TagParameter) ?? DefaultTag;
        builder.AddParameter(ImageParameter, image);
        builder.AddParameter(TagParameter, tag);
        // Empty rather than missing: the dashboard would wait for a value that another image does not need.
        var token = builder.AddParameter(TokenParameter, () => settings.Parameter(TokenParameter) ?? "", secret: true);

        return builder.AddContainer(ResourceNames.LocalStack, image, tag)
            .WithHttpEndpoint(port: settings.Options.Port, targetPort: ContainerPort, name: "http")
            .WithEnvironment("LOCALSTACK_AUTH_TOKEN", token)
            // Queue URLs that this machine can resolve without asking a name server.
            .WithEnvironment("LOCALSTACK_HOST", $"localhost:{settings.Options.Port.ToString(CultureInfo.InvariantCulture)}")
            .WithEnvironment("SQS_ENDPOINT_STRATEGY", "path")
            // The stacks hold types that it does not know, DAX for one.
            .WithEnvironment("CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES", "1")
            .WithEnvironment("LAMBDA_DOCKER_FLAGS", "--add-host=host.docker.internal:host-gateway")
            .WithBindMount(DockerSocket, DockerSocket)
            .WithHttpHealthCheck("/_localstack/health", endpointName: "http")
            .WithUrlForEndpoint("http", url => url.DisplayText = "AWS endpoint")
            .OnBeforeResourceStarted((_, _, _) => image == DefaultImage && settings.Parameter(TokenParameter) is null
                ? throw new DistributedApplicationException(
                    $"{DefaultImage} needs a token. Set it with `dotnet user-secrets set Parameters:{TokenParameter} <token>` or as the environment "
                    + $"variable Parameters__{TokenParameter.Replace('-', '_')}, name an image that needs none in Parameters:{ImageParameter}, or leave "
                    + $"{AppModelOptions.Section}:Emulator out: LocalCloud needs neither token nor container.")
                : Task.CompletedTask);
    }
}
