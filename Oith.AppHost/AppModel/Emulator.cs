using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SQS;
using Aspire.Hosting.LocalCloud;

namespace Oith.AppHost.AppModel;

/// <summary>Clients of what plays AWS on this machine, and calls of the two services whose SDKs are not referenced for one call each.</summary>
internal sealed class Emulator(string serviceUrl, string region)
{
    private static readonly HttpClient s_http = new();

    public string ServiceUrl { get; } = serviceUrl;

    public string Region { get; } = region;

    private static BasicAWSCredentials Credentials => new(LocalCloudEnvironment.Credential, LocalCloudEnvironment.Credential);

    public IAmazonDynamoDB CreateDynamoDB() => new AmazonDynamoDBClient(Credentials, Configure(new AmazonDynamoDBConfig()));

    public IAmazonLambda CreateLambda() => new AmazonLambdaClient(Credentials, Configure(new AmazonLambdaConfig()));

    public IAmazonS3 CreateS3() => new AmazonS3Client(Credentials, Configure(new AmazonS3Config { ForcePathStyle = true }));

    public IAmazonSQS CreateSQS() => new AmazonSQSClient(Credentials, Configure(new AmazonSQSConfig()));

    /// <summary>The default network, as a deployment into this account would find it.</summary>
    public async Task<(string VpcId, string SubnetIds)> FindNetworkAsync(CancellationToken cancellationToken)
    {
        using var request = Request("ec2");
        request.Content = new FormUrlEncodedContent([new("Action", "DescribeSubnets"), new("Version", "2016-11-15")]);
        using var response = await s_http.SendAsync(request, cancellationToken);
        var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
        var answer = XElement.Parse(text).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);
        return (answer["vpcId"].First(), string.Join(',', answer["subnetId"]));
    }

    /// <returns>The execution's ARN.</returns>
    public async Task<string> StartExecutionAsync(string stateMachineArn, CancellationToken cancellationToken)
    {
        using var request = Request("states");
        request.Headers.Add("X-Amz-Target", "AWSStepFunctions.StartExecution");
        request.Content = JsonContent.Create(new JsonObject { ["stateMachineArn"] = stateMachineArn }, new MediaTypeHeaderValue("application/x-amz-json-1.0"));
        using var response = await s_http.SendAsync(request, cancellationToken);
        var answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
        return answer!["executionArn"]!.GetValue<string>();
    }

    // The header tells an emulator which service is meant and in which region; it does not check the signature.
    private HttpRequestMessage Request(string service)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, ServiceUrl);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={LocalCloudEnvironment.Credential}/20260101/{Region}/{service}/aws4_request, SignedHeaders=host, Signature=0");
        return request;
    }

    private TConfig Configure<TConfig>(TConfig config) where TConfig : ClientConfig
    {
        config.ServiceURL = ServiceUrl;
        config.AuthenticationRegion = Region;
        return config;
    }
}
