using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Oith.LocalCloud.ApiGateway;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Redis;
using Oith.LocalCloud.S3;
using Oith.LocalCloud.STS;
using Oith.LocalCloud.Telemetry;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Regions;

/// <summary>
/// The accounts and regions beside the default one, each with all services in a container of its own, made when a call first names it. What AWS has
/// once for all regions, or a machine once, is shared: S3, the Redis server, the HTTP APIs, faults, traces and the clock.
/// </summary>
internal sealed class RegionalClouds(IServiceProvider services, LocalCloudOptions options, IssuedCredentials issued) : IHostedService
{
    /// <summary>Accounts in regions, beside the default one.</summary>
    public const int Most = 64;

    private const string Folder = "regions";

    private readonly ConcurrentDictionary<AccountRegion, Lazy<Task<RegionalCloud>>> _clouds = new();
    private readonly Lock _adding = new();

    public AccountRegion Default { get; } = new(options.AccountId, options.Region);

    /// <summary>Whose services answer a request; null for the default's.</summary>
    public AccountRegion? Find(HttpRequest request)
    {
        var found = AccountRegion.Of(request, Default, issued);
        return found == Default ? null : found;
    }

    /// <summary>The API of an account in a region, which is made when it is first called.</summary>
    public IAwsApi Api(AccountRegion place) =>
        place == Default ? services.GetRequiredService<IAwsApi>() : new RegionalApi(this, place, services.GetRequiredService<IAwsApi>());

    /// <exception cref="AwsServiceException">LimitExceededException: there are too many.</exception>
    public async Task<RegionalCloud> GetAsync(AccountRegion place)
    {
        if (!_clouds.TryGetValue(place, out var cloud))
        {
            lock (_adding)
            {
                if (_clouds.Count >= Most && !_clouds.ContainsKey(place))
                {
                    throw new AwsServiceException(
                        "LimitExceededException",
                        $"LocalCloud plays up to {Most} further accounts and regions at a time, and {place} is one more. Start it anew.");
                }

                cloud = _clouds.GetOrAdd(place, place => new(() => RegionalCloud.StartAsync(ServicesOf(place), CancellationToken.None)));
            }
        }

        try
        {
            return await cloud.Value;
        }
        catch
        {
            // The next call tries again: what was in the way may be gone.
            _clouds.TryRemove(KeyValuePair.Create(place, cloud));
            throw;
        }
    }

    /// <summary>Starts those that the data directory has, because their schedules and pipes go on.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var folder = new DirectoryInfo(Path.Combine(options.DataDirectory ?? "", Folder));
        if (options.DataDirectory is null || !folder.Exists)
        {
            return;
        }

        foreach (var directory in folder.EnumerateDirectories())
        {
            if (AccountRegion.Parse(directory.Name) is { } place)
            {
                await GetAsync(place);
            }
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var place in _clouds.Keys)
        {
            if (_clouds.TryRemove(place, out var cloud) && cloud.IsValueCreated)
            {
                // One whose start fails has nothing to give back.
                await Task.WhenAny(cloud.Value);
                if (cloud.Value.IsCompletedSuccessfully)
                {
                    await (await cloud.Value).DisposeAsync();
                }
            }
        }
    }

    private ServiceCollection ServicesOf(AccountRegion place)
    {
        var collection = new ServiceCollection();
        collection.AddRouting().AddMetrics();
        collection.TryAddSingleton(typeof(ILogger<>), typeof(Logger<>));
        collection.AddRegionalServices(options.In(place, Folder));
        Share<ILoggerFactory>();
        Share<IConfiguration>();
        Share<IHostApplicationLifetime>();
        Share<DiagnosticListener>();
        Share<TimeProvider>();
        Share<CloudWatchClock>();
        Share<EndpointUrl>();
        Share<RedisServer>();
        Share<FaultSwitch>();
        Share<FaultInjector>();
        Share<TraceStore>();
        Share<AlarmMeter>();
        Share<IssuedCredentials>();
        Share<RegionalClouds>();
        // The HTTP APIs stand in front of processes that the default's stacks deploy.
        collection.AddSingleton(new HttpApiTable(new LocalCloudOptions()));
        // Buckets have one name in all regions.
        collection.AddSingleton<IAwsService>(services.GetRequiredService<S3Service>());
        return collection;

        void Share<TService>() where TService : class => collection.AddSingleton(services.GetRequiredService<TService>());
    }
}
