using System.Globalization;
using Amazon.CloudFormation;
using Amazon.Runtime;
using Aspire.Hosting.AWS.CloudFormation;
using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adds LocalCloud, the embedded AWS, to an app model. README.md in this folder shows it in use.</summary>
public static class LocalCloudBuilderExtensions
{
    private const string HealthPath = "/health";

    // Seconds; in LocalCloud a stack is there in far less, and three is what is polite to AWS.
    private const int StackPollingInterval = 1;

    /// <summary>Adds LocalCloud as a project that listens on the loopback interface.</summary>
    /// <param name="name">The resource's name.</param>
    /// <param name="projectPath">Path of LocalCloud's project file, absolute or from the app host's folder.</param>
    /// <param name="port">TCP port of the AWS endpoint and the console page.</param>
    /// <param name="redisPort">TCP port of the Redis server.</param>
    /// <param name="region">The region that ARNs name.</param>
    public static IResourceBuilder<LocalCloudResource> AddLocalCloud(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        string projectPath,
        int port = 4566,
        int redisPort = 6379,
        string region = "us-east-1")
    {
        var path = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, projectPath));
        // Not behind Aspire's proxy: queue URLs name the port that LocalCloud itself listens on.
        return builder.AddResource(new LocalCloudResource(name, port, region))
            .WithAnnotation(new LocalCloudProjectMetadata(path))
            .WithHttpEndpoint(port: port, targetPort: port, name: LocalCloudResource.PrimaryEndpointName, isProxied: false)
            .WithEndpoint(port: redisPort, targetPort: redisPort, scheme: "redis", name: LocalCloudResource.RedisEndpointName, isProxied: false)
            .WithEnvironment(LocalCloudEnvironment.Port, port.ToString(CultureInfo.InvariantCulture))
            .WithEnvironment(LocalCloudEnvironment.RedisPort, redisPort.ToString(CultureInfo.InvariantCulture))
            .WithEnvironment(LocalCloudEnvironment.Region, region)
            .WithOtlpExporter()
            .WithHttpHealthCheck(HealthPath, endpointName: LocalCloudResource.PrimaryEndpointName)
            .WithUrlForEndpoint(LocalCloudResource.PrimaryEndpointName, url => url.DisplayText = "Console and AWS endpoint")
            .WithUrlForEndpoint(LocalCloudResource.RedisEndpointName, url => url.DisplayText = "Redis")
            .ExcludeFromManifest();
    }

    /// <summary>Keeps tables, queues, executions and stacks over a restart.</summary>
    /// <param name="path">The folder, absolute or from the app host's folder; made when it is not there.</param>
    public static IResourceBuilder<LocalCloudResource> WithDataDirectory(this IResourceBuilder<LocalCloudResource> builder, string path) =>
        builder.WithEnvironment(LocalCloudEnvironment.DataDirectory, Path.GetFullPath(Path.Combine(builder.ApplicationBuilder.AppHostDirectory, path)));

    /// <summary>Lets a process play a Lambda function: every event is posted to it, and its JSON answer is the function's result.</summary>
    /// <param name="functionName">The function's name in the template.</param>
    /// <param name="endpoint">The process's HTTP endpoint.</param>
    /// <param name="path">Where it takes events.</param>
    public static IResourceBuilder<LocalCloudResource> WithFunction(
        this IResourceBuilder<LocalCloudResource> builder, string functionName, EndpointReference endpoint, string path = "/events") =>
        builder.WithEnvironment(
            LocalCloudEnvironment.Function(functionName), ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.Url)}{path}"));

    /// <summary>Deploys a CloudFormation template into LocalCloud as soon as it is healthy.</summary>
    /// <param name="name">Name of the resource and of the stack.</param>
    /// <param name="templatePath">Absolute path of the template.</param>
    /// <param name="configure">Parameters, what else to wait for, who reads the outputs.</param>
    public static IResourceBuilder<LocalCloudResource> WithTemplate(
        this IResourceBuilder<LocalCloudResource> builder,
        [ResourceName] string name,
        string templatePath,
        Action<IResourceBuilder<ICloudFormationTemplateResource>>? configure = null)
    {
        var localCloud = builder.Resource;
        var stack = builder.ApplicationBuilder.AddAWSCloudFormationTemplate(name, templatePath, name)
            .WithEmulator(localCloud.ServiceUrl, localCloud.Region)
            .WaitFor(builder, WaitBehavior.StopOnResourceUnavailable);
        configure?.Invoke(stack);
        return builder;
    }

    /// <summary>Shows LocalCloud's Redis server as a resource of its own, to wait for or to refer to.</summary>
    public static IResourceBuilder<LocalCloudRedisResource> AddRedis(this IResourceBuilder<LocalCloudResource> builder, [ResourceName] string name)
    {
        var endpoint = builder.Resource.Annotations.OfType<EndpointAnnotation>().Single(e => e.Name == LocalCloudResource.RedisEndpointName);
        var check = $"{name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(
            new HealthCheckRegistration(check, new RedisHealthCheck("localhost", endpoint.Port!.Value), HealthStatus.Unhealthy, []));
        return builder.ApplicationBuilder.AddResource(new LocalCloudRedisResource(name, builder.Resource))
            .WithHealthCheck(check)
            .ExcludeFromManifest();
    }

    /// <summary>Deploys a template by the CloudFormation of an emulator, whichever it is.</summary>
    internal static IResourceBuilder<ICloudFormationTemplateResource> WithEmulator(
        this IResourceBuilder<ICloudFormationTemplateResource> stack, string serviceUrl, string region)
    {
        stack.Resource.StackPollingInterval = StackPollingInterval;
        // A client for each stack: the provisioner disposes of it when the stack is there.
        return stack.WithReference(new AmazonCloudFormationClient(
            new BasicAWSCredentials(LocalCloudEnvironment.Credential, LocalCloudEnvironment.Credential),
            new AmazonCloudFormationConfig { ServiceURL = serviceUrl, AuthenticationRegion = region }));
    }
}
