using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.SQS;

namespace Oith.AppHost;

/// <summary>Calls LocalCloud: clients of the AWS SDK, and single calls of the services whose SDKs are not referenced.</summary>
internal sealed class LocalCloudClients(LocalCloudResource localCloud)
{
    private static readonly HttpClient s_http = new();

    public AmazonDynamoDBClient CreateDynamoDB() => new(Credentials, Configure(new AmazonDynamoDBConfig()));

    public AmazonS3Client CreateS3() => new(Credentials, Configure(new AmazonS3Config { ForcePathStyle = true }));

    public AmazonSQSClient CreateSQS() => new(Credentials, Configure(new AmazonSQSConfig()));

    private BasicAWSCredentials Credentials => new(localCloud.AccessKeyId, localCloud.SecretAccessKey);

    /// <summary>Returns the account's network by EC2 DescribeSubnets.</summary>
    /// <returns>The VPC, and its subnets separated by commas.</returns>
    public async Task<(string VpcId, string SubnetIds)> FindNetworkAsync(CancellationToken cancellationToken)
    {
        using var request = Request("ec2");
        request.Content = new FormUrlEncodedContent([new("Action", "DescribeSubnets"), new("Version", "2016-11-15")]);
        using var response = await s_http.SendAsync(request, cancellationToken);
        var text = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
        var answer = XElement.Parse(text).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);
        return (answer["vpcId"].First(), string.Join(',', answer["subnetId"]));
    }

    /// <summary>Starts an execution of a state machine.</summary>
    /// <returns>The execution's ARN.</returns>
    public async Task<string> StartExecutionAsync(string stateMachineArn, CancellationToken cancellationToken)
    {
        using var request = Request("states");
        request.Headers.Add("X-Amz-Target", "AWSStepFunctions.StartExecution");
        request.Content = JsonContent.Create(
            new JsonObject { ["stateMachineArn"] = stateMachineArn }, new MediaTypeHeaderValue("application/x-amz-json-1.0"));
        using var response = await s_http.SendAsync(request, cancellationToken);
        var answer = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
        return answer!["executionArn"]!.GetValue<string>();
    }

    // The header names service and region; LocalCloud does not verify signatures.
    private HttpRequestMessage Request(string service)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, localCloud.PrimaryEndpoint.Url);
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"AWS4-HMAC-SHA256 Credential={localCloud.AccessKeyId}/20260101/{localCloud.Region}/{service}/aws4_request, "
            + "SignedHeaders=host, Signature=0");
        return request;
    }

    private TConfig Configure<TConfig>(TConfig config) where TConfig : ClientConfig
    {
        config.ServiceURL = localCloud.PrimaryEndpoint.Url;
        config.AuthenticationRegion = localCloud.Region;
        return config;
    }
}
