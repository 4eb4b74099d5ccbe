using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Streams;

namespace Oith.LocalCloud.DynamoDB;

internal static class DynamoDBServiceExtensions
{
    /// <summary>DynamoDB and its streams, which share the tables.</summary>
    public static IServiceCollection AddDynamoDB(this IServiceCollection services)
    {
        services.AddSingleton<TableJournal>();
        services.AddSingleton<TableStore>();
        services.AddAwsService<DynamoDBService>();
        services.AddAwsService<DynamoDBStreamsService>();
        return services;
    }
}
