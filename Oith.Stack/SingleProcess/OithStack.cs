using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.LocalCloud.CloudWatch.Vending;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.Wire;
using Oith.Matching;
using Oith.ServiceDefaults;
using Oith.Stack.Population;

namespace Oith.Stack.SingleProcess;

/// <summary>
/// The whole of OITH in this process: LocalCloud with the stacks of an environment deployed, the synthetic population and
/// the matching service, each reached over a socket as it would be anywhere else.
/// </summary>
public sealed class OithStack : IAsyncDisposable
{
    private static readonly TimeSpan s_healthInterval = TimeSpan.FromMilliseconds(25);

    private readonly OithStackOptions _options;
    private readonly List<StackResource> _resources = [];

    private OithStack(OithStackOptions options) => _options = options;

    /// <summary>LocalCloud's application.</summary>
    public WebApplication LocalCloud { get; private set; } = null!;

    /// <summary>The matching service's application.</summary>
    public WebApplication Matching { get; private set; } = null!;

    /// <summary>Where AWS clients and browsers find LocalCloud: <c>http://localhost:4566</c>.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Where the matching service answers: <c>http://localhost:5080</c>.</summary>
    public Uri Service { get; private set; } = null!;

    /// <summary>Settings of the matching service by environment variable, the stacks' outputs among them.</summary>
    public IReadOnlyDictionary<string, string?> ServiceSettings { get; private set; } = new Dictionary<string, string?>();

    /// <summary>What runs, in the order it was started.</summary>
    public IReadOnlyList<StackResource> Resources => _resources;

    /// <summary>The AWS API of LocalCloud, from the inside.</summary>
    public IAwsApi Api => LocalCloud.Services.GetRequiredService<IAwsApi>();

    /// <summary>Starts everything and returns when all of it answers.</summary>
    /// <param name="options">Ports, population, parameters.</param>
    /// <param name="progress">Hears of each resource as it becomes ready.</param>
    /// <exception cref="PortInUseException">A port is taken.</exception>
    /// <exception cref="StackFailedException">A template could not be deployed.</exception>
    public static async Task<OithStack> StartAsync(
        OithStackOptions options, IProgress<StackResource>? progress, CancellationToken cancellationToken)
    {
        var stack = new OithStack(options);
        try
        {
            await stack.StartLocalCloudAsync(progress, cancellationToken);
            await stack.DeployAsync(progress, cancellationToken);
            await stack.StartMatchingAsync(progress, cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the service first, then what it depends on.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var app in new[] { Matching, LocalCloud })
        {
            if (app is not null)
            {
                await app.StopAsync(CancellationToken.None);
                await app.DisposeAsync();
            }
        }
    }

    private async Task StartLocalCloudAsync(IProgress<StackResource>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        LocalCloud = LocalCloudApplication.Build(
            _options.LocalCloud, configure: builder => builder.Logging.SetMinimumLevel(_options.LogLevel));
        await StartAsync(LocalCloud, "LocalCloud", _options.LocalCloud.Port, nameof(LocalCloudOptions.Port), cancellationToken);
        Endpoint = AddressOf(LocalCloud);
        var redis = LocalCloud.Services.GetRequiredService<RedisServer>();
        Report(progress, ResourceNames.LocalCloud, "AWS endpoint, console", Endpoint.GetLeftPart(UriPartial.Authority), clock.Elapsed);
        Report(progress, ResourceNames.Redis, "Garnet, Redis protocol", redis.Url, clock.Elapsed);
    }

    private async Task DeployAsync(IProgress<StackResource>? progress, CancellationToken cancellationToken)
    {
        var time = LocalCloud.Services.GetRequiredService<TimeProvider>();
        var deployer = new StackDeployer(Api, time, ResourceNames.Development, _options.InfrastructureDirectory);
        var outputs = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var stack in ResourceNames.Stacks)
        {
            var clock = Stopwatch.StartNew();
            var parameters = await deployer.ParametersAsync(stack, outputs, cancellationToken);
            foreach (var (name, value) in _options.Parameters.GetValueOrDefault(stack) ?? new Dictionary<string, string>())
            {
                parameters[name] = value;
            }

            outputs[stack] = await deployer.DeployAsync(stack, parameters, cancellationToken);
            Report(progress, ResourceNames.Stack(ResourceNames.Development, stack), "CloudFormation stack", $"{outputs[stack].Count} outputs", clock.Elapsed);
        }

        ServiceSettings = Settings(outputs);
    }

    private Dictionary<string, string?> Settings(Dictionary<string, IReadOnlyDictionary<string, string>> outputs)
    {
        var settings = MatchingEnvironment
            .WithEmulator(ResourceNames.Development, Endpoint.GetLeftPart(UriPartial.Authority), _options.LocalCloud.Region)
            .ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        foreach (var (variable, stack, output) in MatchingEnvironment.FromStacks)
        {
            settings[variable] = outputs[stack].TryGetValue(output, out var value)
                ? value
                : throw new StackFailedException(
                    ResourceNames.Stack(ResourceNames.Development, stack), "CREATE_COMPLETE", $"It has no output {output}, which {variable} needs.");
        }

        settings[MatchingEnvironment.RedisPassword] = _options.LocalCloud.RedisPassword;
        settings[MatchingEnvironment.EventsSecret] = _options.LocalCloud.FunctionSecret;
        foreach (var (variable, value) in _options.ServiceSettings)
        {
            settings[variable] = value;
        }

        return settings;
    }

    private async Task StartMatchingAsync(IProgress<StackResource>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        if (_options.Users > 0)
        {
            var isNew = await SeedAsync(cancellationToken);
            var people = isNew ? string.Create(CultureInfo.InvariantCulture, $"{_options.Users:N0} seeded") : "kept from an earlier run";
            Report(progress, ResourceNames.Population, "synthetic people", people, clock.Elapsed);
        }

        clock.Restart();
        Matching = MatchingApplication.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(ServiceSettings);
            builder.Logging.SetMinimumLevel(_options.LogLevel);
            // Unhealthy while it starts is what it should say, and nothing to log.
            builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _options.ServicePort));
            builder.Services.AddServiceFaults(LocalCloud.Services.GetRequiredService<FaultSwitch>(), ResourceNames.Matching, "/api");
        });
        LocalCloud.Services.GetRequiredService<NeighbourMeters>().Add(Matching.Services.GetRequiredService<IMeterFactory>());
        await StartAsync(Matching, "The matching service", _options.ServicePort, nameof(OithStackOptions.ServicePort), cancellationToken);
        Service = AddressOf(Matching);
        _options.LocalCloud.Functions[ResourceNames.Function(ResourceNames.Development)] = new Uri(Service, "/events");
        await WaitUntilHealthyAsync(cancellationToken);
        Report(progress, ResourceNames.Matching, "matching service", Service.GetLeftPart(UriPartial.Authority), clock.Elapsed);
    }

    private async Task<bool> SeedAsync(CancellationToken cancellationToken)
    {
        using var dynamoDB = new AmazonDynamoDBClient(
            new BasicAWSCredentials(ServiceSettings["AWS_ACCESS_KEY_ID"], ServiceSettings["AWS_SECRET_ACCESS_KEY"]),
            new AmazonDynamoDBConfig { ServiceURL = Endpoint.AbsoluteUri, AuthenticationRegion = _options.LocalCloud.Region });
        var time = LocalCloud.Services.GetRequiredService<TimeProvider>();
        var seeder = new Seeder(dynamoDB, ServiceSettings["USERS_TABLE"]!, time);
        if (await seeder.IsSeededAsync(cancellationToken))
        {
            return false;
        }

        await seeder.SeedAsync(new SyntheticPopulation(_options.Seed), _options.Users, cancellationToken);
        return true;
    }

    private static async Task StartAsync(WebApplication app, string resource, int port, string option, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new PortInUseException(resource, port, option, error);
        }
    }

    // Readiness as an orchestrator sees it: the service is up before its candidate index holds everybody.
    private async Task WaitUntilHealthyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Service };
        var time = LocalCloud.Services.GetRequiredService<TimeProvider>();
        while (true)
        {
            using var response = await client.GetAsync(Extensions.HealthPath, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(s_healthInterval, time, cancellationToken);
        }
    }

    private static Uri AddressOf(WebApplication app)
    {
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new UriBuilder(address) { Host = "localhost" }.Uri;
    }

    private void Report(IProgress<StackResource>? progress, string name, string kind, string address, TimeSpan elapsed)
    {
        var resource = new StackResource(name, kind, address, elapsed);
        _resources.Add(resource);
        progress?.Report(resource);
    }
}

/// <summary>One line of the table of resources.</summary>
/// <param name="Address">Where it answers, or what it holds.</param>
/// <param name="Elapsed">How long it took to become ready.</param>
public sealed record StackResource(string Name, string Kind, string Address, TimeSpan Elapsed);
