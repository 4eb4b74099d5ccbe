namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint that answers AWS's APIs in place of AWS, and what a client needs to call it.</summary>
public interface IAwsEndpoint
{
    /// <summary>The value of <c>AWS_ENDPOINT_URL</c>: <c>http://localhost:4566</c>.</summary>
    ReferenceExpression EndpointUrl { get; }

    /// <summary>The region that clients sign for and that ARNs name.</summary>
    string Region { get; }

    string AccessKeyId { get; }

    string SecretAccessKey { get; }

    /// <summary>Returns the address of the page that shows a stack, or null where there is no such page.</summary>
    ReferenceExpression? GetStackConsoleUrl(string stackName) => null;
}

/// <summary>
/// An emulator of AWS in the app model. Stacks that reference it are deployed into it, projects that reference it call it.
/// </summary>
public interface IAwsEndpointResource : IAwsEndpoint, IResource;
