using System.Net;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Credentials.Internal;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.Runtime.Internal.Transform;

namespace Aspire.Hosting.CloudFormation;

/// <summary>
/// Calls a service of AWS that speaks the Query protocol. AWSSDK.Core resolves credentials, region and endpoint (<c>AWS_ENDPOINT_URL</c>),
/// signs
/// and retries, so no package of the service itself is needed.
/// </summary>
internal sealed class AwsQueryClient : AmazonServiceClient
{
    private readonly AwsQueryConfig _config;

    public AwsQueryClient(AwsQueryConfig config) : base(config) => _config = config;

    public AwsQueryClient(AWSCredentials credentials, AwsQueryConfig config) : base(credentials, config) => _config = config;

    /// <summary>
    /// Calls an operation and returns the answer's <c>…Result</c> element, or its root where the operation answers without a result.
    /// </summary>
    /// <param name="input">Flattened members: <c>Tags.member.1.Key</c>.</param>
    /// <exception cref="AmazonServiceException">The service rejected the call.</exception>
    public async Task<XElement> InvokeAsync(
        string action, IEnumerable<KeyValuePair<string, string>> input, CancellationToken cancellationToken)
    {
        var options = new InvokeOptions
        {
            RequestMarshaller = new QueryMarshaller(_config),
            ResponseUnmarshaller = new QueryUnmarshaller(),
        };
        var response = await InvokeAsync<QueryResponse>(new QueryRequest(action, input), options, cancellationToken);
        return response.Root.Child($"{action}Result") ?? response.Root;
    }

    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        pipeline.RemoveHandler<EndpointResolver>();
        pipeline.AddHandlerAfter<Marshaller>(new BaseEndpointResolver());
        pipeline.AddHandlerAfter<Marshaller>(new SigV4AuthHandler());
    }

    private sealed class SigV4AuthHandler : BaseAuthResolverHandler
    {
        protected override List<IAuthSchemeOption> ResolveAuthOptions(IExecutionContext executionContext) => AuthSchemeOption.DEFAULT_SIGV4;
    }

    private sealed class QueryRequest(string action, IEnumerable<KeyValuePair<string, string>> input) : AmazonWebServiceRequest
    {
        public string Action { get; } = action;

        public IEnumerable<KeyValuePair<string, string>> Input { get; } = input;
    }

    private sealed class QueryResponse : AmazonWebServiceResponse
    {
        public XElement Root { get; init; } = new("Empty");
    }

    private sealed class QueryMarshaller(AwsQueryConfig config) : IMarshaller<IRequest, AmazonWebServiceRequest>
    {
        public IRequest Marshall(AmazonWebServiceRequest input)
        {
            var query = (QueryRequest)input;
            var request = new DefaultRequest(query, config.ServiceId) { HttpMethod = "POST", ResourcePath = "/" };
            request.Parameters["Action"] = query.Action;
            request.Parameters["Version"] = config.ServiceVersion;
            foreach (var (name, value) in query.Input)
            {
                request.Parameters[name] = value;
            }

            return request;
        }
    }

    private sealed class QueryUnmarshaller : XmlResponseUnmarshaller
    {
        public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input) =>
            new QueryResponse { Root = XElement.Load(input.Stream) };

        public override AmazonServiceException UnmarshallException(
            XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
        {
            var error = XmlErrorResponseUnmarshaller.GetInstance().Unmarshall(input);
            return new AmazonServiceException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode);
        }
    }
}
