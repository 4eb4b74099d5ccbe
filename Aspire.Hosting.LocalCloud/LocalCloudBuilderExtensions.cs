// WithoutHttpsCertificate is for evaluation; without it the dashboard warns on a machine that trusts no development certificate.
#pragma warning disable ASPIRECERTIFICATES001
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.LocalCloud;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Adds LocalCloud, the embedded AWS, to an app model. README.md in this folder shows it in use.</summary>
public static class LocalCloudBuilderExtensions
{
    /// <summary>The command that opens the console page in the browser of the machine that runs the app host.</summary>
    public const string OpenConsoleCommand = "open-console";

    /// <summary>
    /// The setting of <c>aspire run --isolated</c>: free ports, so that a second instance of the application meets none of the first.
    /// </summary>
    public const string RandomizePorts = "DcpPublisher:RandomizePorts";

    private const int DefaultPort = 4566;
    private const int DefaultRedisPort = 6379;
    private const string HealthPath = "/health";
    private const string Address = "Address";
    private const string SecretCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int SecretLength = 32;

    /// <summary>Adds LocalCloud as a process that listens on the loopback interface.</summary>
    /// <typeparam name="TProject">LocalCloud's project, which the app host references.</typeparam>
    /// <param name="name">The resource's name.</param>
    /// <param name="port">TCP port of the AWS endpoint and the console page; null or 0 takes any free one.</param>
    /// <param name="redisPort">TCP port of the Redis server; null or 0 takes any free one.</param>
    /// <param name="region">The region that ARNs name.</param>
    public static IResourceBuilder<LocalCloudResource> AddLocalCloud<TProject>(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        int? port = DefaultPort,
        int? redisPort = DefaultRedisPort,
        string region = "us-east-1")
        where TProject : IProjectMetadata, new()
    {
        ArgumentNullException.ThrowIfNull(builder);
        var isRandom = builder.Configuration.GetValue<bool>(RandomizePorts);
        var awsPort = isRandom || port == 0 ? null : port;
        var cachePort = isRandom || redisPort == 0 ? null : redisPort;
        var redisPassword = builder.AddSecret($"{name}-redis-password", "The password of the Redis server, random for each run.");
        var functionSecret = builder.AddSecret(
            $"{name}-function-secret",
            "The header X-Events-Secret of every event for a process that plays a function, random for each run.");
        return builder.AddResource(new LocalCloudResource(name, region, redisPassword.Resource, functionSecret.Resource))
            .WithAnnotation(new TProject())
            // Not behind Aspire's proxy: queue URLs name the port that LocalCloud itself listens on.
            .WithHttpEndpoint(awsPort, awsPort, LocalCloudResource.PrimaryEndpointName, LocalCloudVariables.Port, isProxied: false)
            .WithEndpoint(
                cachePort, cachePort, "redis", LocalCloudResource.RedisEndpointName, LocalCloudVariables.RedisPort, isProxied: false)
            .WithEnvironment(LocalCloudVariables.Region, region)
            .WithEnvironment(LocalCloudVariables.RedisPassword, redisPassword)
            .WithEnvironment(LocalCloudVariables.FunctionSecret, functionSecret)
            .WithOtlpExporter()
            .WithoutHttpsCertificate()
            .WithBuiltAssembly()
            .WithProcessHealthCheck(HealthPath, LocalCloudResource.PrimaryEndpointName)
            .WithUrlForEndpoint(LocalCloudResource.PrimaryEndpointName, url =>
            {
                url.DisplayText = "AWS endpoint";
                url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
            })
            .WithUrlForEndpoint(
                LocalCloudResource.PrimaryEndpointName,
                _ => new ResourceUrlAnnotation { Url = LocalCloudResource.ConsolePath, DisplayText = "Console" })
            .WithUrlForEndpoint(LocalCloudResource.RedisEndpointName, url =>
            {
                url.DisplayText = "Redis";
                url.DisplayLocation = UrlDisplayLocation.DetailsOnly;
            })
            .WithIconName("CloudCube")
            .WithConsoleCommand()
            .WithFaultCommands()
            .ExcludeFromManifest();
    }

    /// <summary>Keeps tables, queues, executions and stacks over a restart.</summary>
    /// <param name="path">The folder, absolute or relative to the app host's folder; it is created where it is missing.</param>
    public static IResourceBuilder<LocalCloudResource> WithDataDirectory(this IResourceBuilder<LocalCloudResource> builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return builder.WithEnvironment(
            LocalCloudVariables.DataDirectory, Path.GetFullPath(Path.Combine(builder.ApplicationBuilder.AppHostDirectory, path)));
    }

    /// <summary>
    /// Runs CloudWatch's clock faster than the wall clock: at 60, an alarm that AWS evaluates once a minute is evaluated once a second.
    /// </summary>
    public static IResourceBuilder<LocalCloudResource> WithCloudWatchClock(this IResourceBuilder<LocalCloudResource> builder, double factor)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        return builder.WithEnvironment(LocalCloudVariables.CloudWatchClockFactor, factor.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Lets a process play a Lambda function: every event is posted to it, and its JSON answer is the function's result.</summary>
    /// <param name="functionName">The function's name in the template.</param>
    /// <param name="endpoint">The process's HTTP endpoint.</param>
    /// <param name="path">The path that receives events.</param>
    public static IResourceBuilder<LocalCloudResource> WithFunction(
        this IResourceBuilder<LocalCloudResource> builder, string functionName, EndpointReference endpoint, string path = "/events")
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(functionName);
        ArgumentNullException.ThrowIfNull(endpoint);
        return builder.WithEnvironment(
            LocalCloudVariables.Function(functionName), ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.Url)}{path}"));
    }

    /// <summary>
    /// Adds LocalCloud's Redis server as a resource of its own, to wait for or to reference. It follows LocalCloud's state.
    /// </summary>
    public static IResourceBuilder<LocalCloudRedisResource> AddRedis(
        this IResourceBuilder<LocalCloudResource> builder, [ResourceName] string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var check = $"{name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(
            new HealthCheckRegistration(check, new RedisHealthCheck(builder.Resource), HealthStatus.Unhealthy, []));
        return builder.ApplicationBuilder.AddResource(new LocalCloudRedisResource(name, builder.Resource))
            .WithInitialState(
                new CustomResourceSnapshot { ResourceType = "Redis", Properties = [], State = KnownResourceStates.NotStarted })
            .WithIconName("DatabaseLightning")
            .WithHealthCheck(check)
            .OnInitializeResource(FollowParentAsync)
            .ExcludeFromManifest();
    }

    private static IResourceBuilder<ParameterResource> AddSecret(
        this IDistributedApplicationBuilder builder, string name, string description)
    {
        var value = RandomNumberGenerator.GetString(SecretCharacters, SecretLength);
        return builder.AddParameter(name, () => value, secret: true).WithDescription(description);
    }

    private static IResourceBuilder<LocalCloudResource> WithConsoleCommand(this IResourceBuilder<LocalCloudResource> builder) =>
        builder.WithCommand(
            OpenConsoleCommand, "Open the console", context => Task.FromResult(OpenConsole(builder.Resource)), new CommandOptions
            {
                Description = "Opens LocalCloud's console page in the browser.",
                IconName = "Open",
                UpdateState = context => context.ResourceSnapshot.State?.Text == KnownResourceStates.Running
                    ? ResourceCommandState.Enabled
                    : ResourceCommandState.Disabled,
            });

    private static ExecuteCommandResult OpenConsole(LocalCloudResource localCloud)
    {
        var url = localCloud.PrimaryEndpoint.Url + LocalCloudResource.ConsolePath;
        try
        {
            using var browser = Process.Start(new ProcessStartInfo(url) { UseShellExecute = true });
            return CommandResults.Success(
                $"Opened {url}", new JsonObject { ["url"] = url }.ToJsonString(JsonSerializerOptions.Default), CommandResultFormat.Json);
        }
        catch (Win32Exception error)
        {
            return CommandResults.Failure($"No browser could be started ({error.Message}). The console is at {url}");
        }
    }

    private static async Task FollowParentAsync(
        LocalCloudRedisResource redis, InitializeResourceEvent initialize, CancellationToken cancellationToken)
    {
        await foreach (var change in initialize.Notifications.WatchAsync(cancellationToken))
        {
            if (change.Resource == redis.Parent)
            {
                await initialize.Notifications.PublishUpdateAsync(redis, snapshot => snapshot.InStateOf(change.Snapshot) with
                {
                    Urls = redis.Parent.ConsoleLink("#/redis", "Console"),
                    Properties = redis.Parent.RedisEndpoint is { IsAllocated: true } endpoint
                        ?
                        [
                            .. snapshot.Properties.Where(property => property.Name != Address),
                            new(Address, $"{endpoint.Host}:{endpoint.Port}") { IsHighlighted = true },
                        ]
                        : snapshot.Properties,
                });
            }
        }
    }
}
