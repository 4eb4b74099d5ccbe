using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.SQS;
using Oith.Matching.Settings;

namespace Oith.Matching.Storage;

/// <summary>Makes the AWS clients from the settings: AWS itself or whatever AWS_ENDPOINT_URL points to.</summary>
internal static class AwsClients
{
    private const int Retries = 2;

    public static DynamoDBClients DynamoDB(
        MatchingOptions options, IConfiguration configuration, AwsHttpClientFactory http, ILogger logger)
    {
        var config = Configure(new AmazonDynamoDBConfig(), options, http);
        var dynamoDB = new AmazonDynamoDBClient(Credentials(configuration), config);
        if (string.IsNullOrWhiteSpace(options.DaxEndpoints))
        {
            return new DynamoDBClients(dynamoDB, dynamoDB);
        }

#if USE_DAX
        var dax = new Amazon.DAX.ClusterDaxClient(
            new Amazon.DAX.DaxClientConfig(options.DaxEndpoints) { AwsCredentials = Credentials(configuration) });
        return new DynamoDBClients(dax, dynamoDB);
#else
        logger.DaxNotBuilt();
        return new DynamoDBClients(dynamoDB, dynamoDB);
#endif
    }

    public static IAmazonSQS SQS(MatchingOptions options, IConfiguration configuration, AwsHttpClientFactory http) =>
        new AmazonSQSClient(Credentials(configuration), Configure(new AmazonSQSConfig(), options, http));

    private static TConfig Configure<TConfig>(TConfig config, MatchingOptions options, AwsHttpClientFactory http) where TConfig : ClientConfig
    {
        config.RetryMode = RequestRetryMode.Standard;
        config.MaxErrorRetry = Retries;
        config.HttpClientFactory = http;
        if (options.EndpointUrl is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        return config;
    }

    // From the configuration where it has keys, so that services with different ones can live in one process; else as every AWS program finds them.
    private static AWSCredentials Credentials(IConfiguration configuration) =>
        configuration["AWS_ACCESS_KEY_ID"] is { Length: > 0 } key && configuration["AWS_SECRET_ACCESS_KEY"] is { Length: > 0 } secret
            ? configuration["AWS_SESSION_TOKEN"] is { Length: > 0 } token
                ? new SessionAWSCredentials(key, secret, token)
                : new BasicAWSCredentials(key, secret)
            : DefaultAWSCredentialsIdentityResolver.GetCredentials();
}
