using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Storage;

internal static class StorageRegistration
{
    /// <summary>Registers the clients of DynamoDB and SQS, the circuit in front of DynamoDB, and the users table.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddKeyedSingleton(DynamoDBStore.Circuit, (provider, _) => CreateCircuit(provider, DynamoDBStore.Circuit, DynamoDBStore.IsOutage));
        services.AddSingleton<AwsHttpClientFactory>();
        services.AddSingleton(provider => AwsClients.DynamoDB(
            provider.GetRequiredService<IOptions<MatchingOptions>>().Value,
            configuration,
            provider.GetRequiredService<AwsHttpClientFactory>(),
            provider.GetRequiredService<ILogger<DynamoDBStore>>()));
        services.AddSingleton(provider => AwsClients.SQS(
            provider.GetRequiredService<IOptions<MatchingOptions>>().Value, configuration, provider.GetRequiredService<AwsHttpClientFactory>()));
        services.AddSingleton<DynamoDBStore>();
        services.AddSingleton<ProfileStore>();
        return services;
    }

    /// <summary>Creates the circuit in front of a dependency, whose state is a metric.</summary>
    /// <inheritdoc cref="DependencyCircuit(string, Func{Exception, bool}, MatchingMetrics, TimeProvider, ILogger{DependencyCircuit})"/>
    public static DependencyCircuit CreateCircuit(IServiceProvider provider, string dependency, Func<Exception, bool> isFailure) => new(
        dependency,
        isFailure,
        provider.GetRequiredService<MatchingMetrics>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<DependencyCircuit>>());
}
