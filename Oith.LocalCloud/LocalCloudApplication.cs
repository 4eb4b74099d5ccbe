using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Oith.LocalCloud.ApiGateway;
using Oith.LocalCloud.CloudFormation;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.CloudWatch.Alarms;
using Oith.LocalCloud.Console;
using Oith.LocalCloud.DAX;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.DynamoDB;
using Oith.LocalCloud.EC2;
using Oith.LocalCloud.ElastiCache;
using Oith.LocalCloud.EventBridge;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.IAM;
using Oith.LocalCloud.KMS;
using Oith.LocalCloud.Lambda;
using Oith.LocalCloud.Logs;
using Oith.LocalCloud.Memory;
using Oith.LocalCloud.Pipes;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Regions;
using Oith.LocalCloud.S3;
using Oith.LocalCloud.Scheduler;
using Oith.LocalCloud.SecretsManager;
using Oith.LocalCloud.SNS;
using Oith.LocalCloud.SQS;
using Oith.LocalCloud.SSM;
using Oith.LocalCloud.StepFunctions;
using Oith.LocalCloud.STS;
using Oith.LocalCloud.Telemetry;
using Oith.LocalCloud.Wire;
using Oith.ServiceDefaults;

namespace Oith.LocalCloud;

/// <summary>Builds a LocalCloud: the one place that its own program, the AppHost and the tests start it from.</summary>
public static class LocalCloudApplication
{
    /// <summary>A configured web application, not yet started; it listens on the loopback interface only.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="args">Command-line arguments, read as configuration.</param>
    /// <param name="configure">Changes services before the application is built: a test's clock, a host's logging.</param>
    /// <exception cref="OptionsValidationException">An option is wrong; the message names it.</exception>
    /// <exception cref="PortInUseException">A port is taken.</exception>
    /// <exception cref="DataDirectoryException">The data directory is damaged, in use or cannot be written.</exception>
    public static WebApplication Build(LocalCloudOptions options, string[]? args = null, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = args ?? [],
            ApplicationName = typeof(LocalCloudApplication).Assembly.GetName().Name,
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.ListenToHttpApis(options);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AwsEndpoint.MaximumBodyLength;
        });
        // A log that might be written makes each request an activity with a scope, whether or not anybody follows it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // Forwarding logs each request and each one that fails; HttpApiGateway logs when a process stops answering.
        builder.Logging.AddFilter("Yarp", LogLevel.None);
        // An emulator stands for the environment that a developer deploys.
        builder.Configuration["OITH_ENVIRONMENT"] ??= "development";
        builder.AddBasicServiceDefaults();
        // Garnet tells its memory layout at Information and warns that it logs where it is told to; neither is anybody's concern here.
        builder.Logging.AddFilter(GarnetLoggerFactory.Category, LogLevel.Warning);
        builder.Logging.AddFilter(GarnetLoggerFactory.ArgumentsCategory, LogLevel.Error);
        builder.Services.AddLocalCloud(options);
        configure?.Invoke(builder);
        ListeningPorts.Check(options);

        var app = builder.Build();
        try
        {
            Map(app);
            return app;
        }
        catch
        {
            // What services have by now, the data directory's lock among it, must not outlive the failed start.
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    private static void Map(WebApplication app)
    {
        app.UseHttpApis();
        app.UseExpectContinue();
        app.UseCallerTraces();
        app.UseBrowserGuard();
        app.UseS3();
        app.UseRegions();
        app.UseQueryActions();
        app.MapDefaultEndpoints();
        app.MapAlarmHealth();
        app.MapConsole();
        app.MapServices(app.Services);
    }

    /// <summary>All services of LocalCloud.</summary>
    public static IServiceCollection AddLocalCloud(this IServiceCollection services, LocalCloudOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<EndpointUrl>();
        services.AddSingleton<CloudWatchClock>();
        services.AddSingleton<IssuedCredentials>();
        services.AddHostedService<IdleCollector>();
        services.AddSingleton<RedisServer>().AddHostedService(provider => provider.GetRequiredService<RedisServer>());
        services.AddApiGateway(options);
        services.AddConsole();
        services.AddFaults();
        services.AddS3();
        services.AddTelemetry();
        services.AddRegionalServices(options);
        services.AddSingleton<RegionalClouds>().AddHostedService(provider => provider.GetRequiredService<RegionalClouds>());
        return services;
    }

    /// <summary>The services that an account has in each region.</summary>
    internal static IServiceCollection AddRegionalServices(this IServiceCollection services, LocalCloudOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<Arn>();
        services.AddSingleton<AwsEndpoint>();
        services.AddSingleton<IAwsApi, AwsApi>();
        services.AddSingleton<JournalFactory>();

        services.AddCloudFormation();
        services.AddCloudWatch();
        services.AddAwsService<DAXService>();
        services.AddDynamoDB();
        services.AddAwsService<EC2Service>();
        services.AddAwsService<ElastiCacheService>();
        services.AddEventBridge();
        services.AddAwsService<IAMService>();
        services.AddAwsService<KMSService>();
        services.AddLambda();
        services.AddAwsService<LogsService>();
        services.AddAwsService<PipesService>().AddHostedService(provider => provider.GetRequiredService<PipesService>());
        services.AddScheduler();
        services.AddAwsService<SecretsManagerService>();
        services.AddSNS();
        services.AddSQS();
        services.AddAwsService<SSMService>();
        services.AddAwsService<StepFunctionsService>().AddHostedService(provider => provider.GetRequiredService<StepFunctionsService>());
        services.AddAwsService<STSService>();
        return services;
    }

    /// <summary>A service of AWS, one instance behind HTTP and <see cref="IAwsApi"/> alike.</summary>
    internal static IServiceCollection AddAwsService<TService>(this IServiceCollection services) where TService : class, IAwsService
    {
        services.AddSingleton<TService>();
        services.AddSingleton<IAwsService>(provider => provider.GetRequiredService<TService>());
        return services;
    }

    // Before any route is looked at: which services a route leads to depends on who calls.
    private static void UseRegions(this IApplicationBuilder app)
    {
        var clouds = app.ApplicationServices.GetRequiredService<RegionalClouds>();
        app.Use(next => context => clouds.Find(context.Request) is { } place ? AnswerAsync(context, place) : next(context));

        async Task AnswerAsync(HttpContext context, AccountRegion place)
        {
            RegionalCloud cloud;
            try
            {
                cloud = await clouds.GetAsync(place);
            }
            catch (AwsServiceException error)
            {
                await AwsEndpoint.RefuseAsync(context, error);
                return;
            }

            await cloud.HandleAsync(context);
        }
    }

    // The Query protocol's calls may be GET requests, of any path: that of the console's welcome, that of a queue.
    internal static void UseQueryActions(this IApplicationBuilder app)
    {
        var endpoint = app.ApplicationServices.GetRequiredService<AwsEndpoint>();
        app.Use((context, next) => HttpMethods.IsGet(context.Request.Method) && AwsEndpoint.IsQueryAction(context.Request)
            ? endpoint.HandleAsync(context)
            : next(context));
    }

    internal static void MapServices(this IEndpointRouteBuilder routes, IServiceProvider services)
    {
        var endpoint = services.GetRequiredService<AwsEndpoint>();
        routes.MapPost("/", endpoint.HandleAsync);
        // SQS clients post to the queue's URL, http://localhost:4566/000000000000/queue-name.
        routes.MapPost("/{account:length(12):long}/{queue}", endpoint.HandleAsync);
        routes.MapGet("/{account:length(12):long}/{queue}", AwsEndpoint.RefuseMissingActionAsync);
        foreach (var service in services.GetServices<IAwsService>().OfType<IAwsRestService>())
        {
            service.MapRoutes(routes);
        }

        routes.MapFallback("/{**path}", AwsEndpoint.RefuseUnknownPathAsync);
    }
}
