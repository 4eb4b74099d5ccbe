using Aspire.Hosting.ApplicationModel;

namespace Oith.Tests.Aspire;

/// <summary>An emulator as another package would bring it; the test decides where it answers and when it runs.</summary>
internal sealed class EmulatorResource(string name) : Resource(name), IAwsEndpointResource, IResourceWithWaitSupport
{
    public string Url { get; set; } = "http://127.0.0.1:1";

    public ReferenceExpression EndpointUrl => ReferenceExpression.Create($"{Url}");

    public string Region => "eu-west-1";

    public string AccessKeyId => "key";

    public string SecretAccessKey => "secret";
}
