#pragma warning disable ASPIRECERTIFICATES001 // Without it the dashboard warns on a machine that trusts no development certificate.
using Microsoft.Extensions.Configuration;
using Oith.ServiceDefaults;
using Oith.Stack;

namespace Oith.AppHost;

/// <summary>Connects the matching service with LocalCloud, its HTTP API and the stacks.</summary>
internal static class MatchingBuilderExtensions
{
    /// <summary>The endpoint of LocalCloud that plays the HTTP API in front of the service.</summary>
    public const string GatewayEndpoint = "matching";

    private const string Http = "http";

    /// <summary>Applies the command line's options to LocalCloud.</summary>
    public static IResourceBuilder<LocalCloudResource> WithOptions(
        this IResourceBuilder<LocalCloudResource> localCloud, AppHostOptions options)
    {
        if (options.Data is { } directory)
        {
            // Relative to the shell's folder, as every other program takes it.
            localCloud.WithDataDirectory(Path.GetFullPath(directory));
        }

        return localCloud.WithCloudWatchClock(options.CloudWatchClock).WithLogLevel(options);
    }

    /// <summary>Lets the service listen on a free port, behind the HTTP API that LocalCloud plays on the service's port.</summary>
    public static IResourceBuilder<ProjectResource> WithMatchingEndpoint(
        this IResourceBuilder<ProjectResource> matching, IResourceBuilder<LocalCloudResource> localCloud, AppHostOptions options)
    {
        // Chosen here and not by the orchestrator, which knows a port only after the process started: LocalCloud needs it earlier.
        var port = LocalPort.FindFree();
        int? gatewayPort = options.ServicePort == 0
            || matching.ApplicationBuilder.Configuration.GetValue<bool>(LocalCloudBuilderExtensions.RandomizePorts)
            ? null
            : options.ServicePort;
        localCloud
            .WithHttpEndpoint(
                gatewayPort, gatewayPort, GatewayEndpoint, LocalCloudEnvironment.HttpApiPort(ResourceNames.Matching), isProxied: false)
            .WithUrlForEndpoint(GatewayEndpoint, url =>
            {
                url.DisplayText = "HTTP API";
                url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
            });
        matching
            .WithHttpEndpoint(port, port, Http, isProxied: false)
            .WithBuiltAssembly()
            .WithoutHttpsCertificate()
            .WithLogLevel(options)
            .WithIconName("PersonHeart")
            .WithProcessHealthCheck(Extensions.HealthPath, Http)
            .WithUrlForEndpoint(Http, url =>
            {
                url.DisplayText = "Process";
                url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
            });
        var gateway = localCloud.GetEndpoint(GatewayEndpoint);
        matching
            .WithUrl(ReferenceExpression.Create($"{gateway.Property(EndpointProperty.Url)}"), "Matching service")
            .WithUrl(ReferenceExpression.Create($"{gateway.Property(EndpointProperty.Url)}/scalar"), "API reference");
        var process = matching.GetEndpoint(Http);
        localCloud
            .WithEnvironment(
                LocalCloudEnvironment.HttpApiUrl(ResourceNames.Matching),
                ReferenceExpression.Create($"{process.Property(EndpointProperty.Url)}"))
            .WithFunction(ResourceNames.Function(ResourceNames.Development), process);
        return matching;
    }

    /// <summary>Hands the stacks' outputs to the service, by the variables that it reads in AWS too.</summary>
    public static IResourceBuilder<ProjectResource> WithStacks(
        this IResourceBuilder<ProjectResource> matching, IResourceBuilder<LocalCloudResource> localCloud, Stacks stacks)
    {
        matching
            .WithReference<ProjectResource, LocalCloudResource>(localCloud)
            .WithEnvironment(MatchingEnvironment.OithEnvironment, ResourceNames.Development)
            .WithEnvironment(MatchingEnvironment.RedisPassword, ReferenceExpression.Create($"{localCloud.Resource.RedisPassword}"))
            .WithEnvironment(MatchingEnvironment.EventsSecret, ReferenceExpression.Create($"{localCloud.Resource.FunctionSecret}"));
        foreach (var (variable, stack, output) in MatchingEnvironment.FromStacks)
        {
            matching.WithEnvironment(variable, stacks.Output(stack, output));
        }

        return matching;
    }

    private static IResourceBuilder<T> WithLogLevel<T>(this IResourceBuilder<T> builder, AppHostOptions options)
        where T : IResourceWithEnvironment =>
        options.LogLevel is { } level ? builder.WithEnvironment("Logging__LogLevel__Default", level.ToString()) : builder;
}
