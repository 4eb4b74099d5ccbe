namespace Aspire.Hosting.CloudFormation;

/// <summary>An endpoint that is given by its address instead of by a resource of its own.</summary>
/// <param name="Owner">The resource that serves the address; null where it runs outside the app model.</param>
internal sealed record AwsEndpoint(
    ReferenceExpression EndpointUrl, string Region, string AccessKeyId, string SecretAccessKey, IResource? Owner) : IAwsEndpoint
{
    /// <summary>Returns the resource that must run before the endpoint answers, or null.</summary>
    public static IResource? OwnerOf(IAwsEndpoint? endpoint) => endpoint switch
    {
        IAwsEndpointResource resource => resource,
        AwsEndpoint given => given.Owner,
        _ => null,
    };
}
