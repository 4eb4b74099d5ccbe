using System.Net;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Aspire.Hosting.CloudFormation;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Aspire;

/// <summary>The client's SigV4 signature beside the one that botocore computes for the same request at the same time.</summary>
public sealed class SignatureTests
{
    private const string AccessKey = "AKIDEXAMPLE";
    private const string SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    // Reads a request as JSON, signs it with the headers that the client signed, prints the Authorization header.
    private const string Script = """
        import json, sys
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        r = json.loads(sys.argv[1])
        auth = SigV4Auth(Credentials(r['access'], r['secret'], r['token']), r['service'], r['region'])
        request = AWSRequest(method=r['method'], url=r['url'], data=r['body'].encode(), headers=r['headers'])
        request.context['timestamp'] = r['time']
        canonical = auth.canonical_request(request)
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        print('AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s' % (
            auth.scope(request), auth.signed_headers(auth.headers_to_sign(request)), signature))
        """;

    [Theory]
    [InlineData("CloudFormation", "cloudformation", "2010-05-15", "eu-central-1", null)]
    [InlineData("CloudFormation", "cloudformation", "2010-05-15", "us-east-1", "a/session+token==")]
    [InlineData("STS", "sts", "2011-06-15", "cn-north-1", null)]
    public async Task Signature_Is_The_One_Of_Botocore(string serviceId, string signingName, string version, string region, string? token)
    {
        var python = ExternalTool.Find("python3");
        Assert.SkipUnless(python is not null, "No python3 is on the PATH.");
        var available = await ExternalTool.RunAsync(python, ["-c", "import botocore"]);
        Assert.SkipUnless(available.ExitCode == 0, "python3 has no botocore.");
        var sent = await SendAsync(serviceId, signingName, version, region, token);

        var expected = await ExternalTool.RunAsync(python, ["-c", Script, sent.Describe(signingName, region, token).ToJsonString()]);

        Assert.True(expected.ExitCode == 0, expected.Error);
        Assert.Equal(expected.Output.Trim(), sent.Authorization);
    }

    private static async Task<SentRequest> SendAsync(string serviceId, string signingName, string version, string region, string? token)
    {
        using var handler = new RecordingHandler();
        var config = new AwsQueryConfig(serviceId, signingName, version)
        {
            RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region),
            HttpClientFactory = new RecordingFactory(handler),
        };
        AWSCredentials credentials = token is null ? new BasicAWSCredentials(AccessKey, SecretKey) : new SessionAWSCredentials(AccessKey, SecretKey, token);
        using var client = new AwsQueryClient(credentials, config);
        await client.InvokeAsync(
            "DescribeStacks", [new("StackName", "a stack"), new("Other.member.1.Value", "ü&=/+~*()'")], TestContext.Current.CancellationToken);
        return handler.Sent!;
    }

    private sealed record SentRequest(string Method, Uri Url, string Body, Dictionary<string, string> Headers)
    {
        public string Authorization => Headers["authorization"];

        public JsonObject Describe(string service, string region, string? token)
        {
            var signed = Authorization.Split("SignedHeaders=")[1].Split(',')[0].Split(';');
            return new JsonObject
            {
                ["access"] = AccessKey,
                ["secret"] = SecretKey,
                ["token"] = token,
                ["service"] = service,
                ["region"] = region,
                ["method"] = Method,
                ["url"] = Url.AbsoluteUri,
                ["body"] = Body,
                ["time"] = Headers["x-amz-date"],
                ["headers"] = new JsonObject(signed.Select(name => KeyValuePair.Create(name, (JsonNode?)Headers[name]))),
            };
        }
    }

    private sealed class RecordingFactory(RecordingHandler handler) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(handler, disposeHandler: false);

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }

    private sealed class RecordingHandler : HttpMessageHandler
    {
        public SentRequest? Sent { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var headers = request.Headers.NonValidated.Concat(request.Content!.Headers.NonValidated)
                .ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(",", header.Value));
            headers.TryAdd("host", request.RequestUri!.Authority);
            Sent = new SentRequest(request.Method.Method, request.RequestUri, await request.Content.ReadAsStringAsync(cancellationToken), headers);
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new StringContent("<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>"),
            };
        }
    }
}
