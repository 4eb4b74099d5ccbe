using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Util.Internal;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Which service of AWS a client calls, and where that service answers.</summary>
internal sealed class AwsQueryConfig : ClientConfig
{
    private readonly string _signingName;

    /// <param name="serviceId">The service's id, as it ends <c>AWS_ENDPOINT_URL_CLOUDFORMATION</c>: <c>CloudFormation</c>.</param>
    /// <param name="signingName">The name in host names and signatures: <c>cloudformation</c>.</param>
    /// <param name="version">The API's version: <c>2010-05-15</c>.</param>
    public AwsQueryConfig(string serviceId, string signingName, string version)
        : base(new DefaultConfigurationProvider(
            [new DefaultConfiguration { Name = DefaultConfigurationMode.Standard, RetryMode = RequestRetryMode.Standard }]))
    {
        _signingName = signingName;
        ServiceId = serviceId;
        ServiceVersion = version;
        AuthenticationServiceName = signingName;
        EndpointProvider = new ServiceEndpointProvider(this);
    }

    public override string ServiceVersion { get; }

    public override string RegionEndpointServiceName => _signingName;

    public override string UserAgent { get; } = InternalSDKUtils.BuildUserAgentString("Aspire.Hosting.CloudFormation", "1.0");

    private string Url => ServiceURL ?? $"https://{_signingName}.{RegionEndpoint.SystemName}.{RegionEndpoint.PartitionDnsSuffix}/";

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) => new(Url);

    private sealed class ServiceEndpointProvider(AwsQueryConfig config) : IEndpointProvider
    {
        public Endpoint ResolveEndpoint(EndpointParameters parameters) => new(config.Url);
    }
}
