using Aspire.Hosting.CloudFormation;

namespace Aspire.Hosting;

/// <summary>Points stacks at an emulator of AWS or at an account, and hands a stack's outputs and its endpoint to projects.</summary>
public static class AwsReferenceBuilderExtensions
{
    /// <summary>The configuration section that receives a stack's outputs; Aspire.Hosting.AWS uses the same.</summary>
    public const string DefaultConfigSection = "AWS:Resources";

    private const string DefaultRegion = "us-east-1";

    // LocalStack accepts "test" only for some features; other emulators accept any.
    private const string DefaultCredential = "test";

    /// <summary>Deploys the stack into an emulator. The stack waits for it and is shown under it.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithReference<TEndpoint>(
        this IResourceBuilder<CloudFormationStackResource> builder, IResourceBuilder<TEndpoint> endpoint)
        where TEndpoint : IAwsEndpointResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(endpoint);
        return builder.WithEndpoint(endpoint.Resource);
    }

    /// <summary>
    /// Deploys the stack into an emulator that another resource serves, such as a container. The stack waits for it and is shown under it.
    /// </summary>
    /// <param name="endpoint">The resource's HTTP endpoint.</param>
    public static IResourceBuilder<CloudFormationStackResource> WithReference(
        this IResourceBuilder<CloudFormationStackResource> builder,
        EndpointReference endpoint,
        string region = DefaultRegion,
        string accessKeyId = DefaultCredential,
        string secretAccessKey = DefaultCredential)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(endpoint);
        var url = ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.Url)}");
        return builder.WithEndpoint(new AwsEndpoint(url, region, accessKeyId, secretAccessKey, endpoint.Resource));
    }

    /// <summary>Deploys the stack into an emulator that runs outside the app model.</summary>
    /// <param name="endpointUrl">Its address: <c>http://localhost:4566</c>.</param>
    public static IResourceBuilder<CloudFormationStackResource> WithReference(
        this IResourceBuilder<CloudFormationStackResource> builder,
        Uri endpointUrl,
        string region = DefaultRegion,
        string accessKeyId = DefaultCredential,
        string secretAccessKey = DefaultCredential)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(endpointUrl);
        if (!endpointUrl.IsAbsoluteUri || endpointUrl.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"'{endpointUrl}' is no absolute HTTP URL, such as http://localhost:4566.", nameof(endpointUrl));
        }

        var url = endpointUrl.AbsoluteUri.TrimEnd('/');
        return builder.WithEndpoint(
            new AwsEndpoint(ReferenceExpression.Create($"{url}"), region, accessKeyId, secretAccessKey, Owner: null));
    }

    /// <summary>Deploys the stack with a profile's credentials, into a region of AWS. Null leaves either to the AWS SDK.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithAwsProfile(
        this IResourceBuilder<CloudFormationStackResource> builder, string? profile = null, string? region = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Profile = profile;
        builder.Resource.Region = region;
        return builder;
    }

    /// <summary>
    /// Hands the stack's outputs to a project as <c>AWS__Resources__&lt;Output&gt;</c>, with the endpoint, region and credentials of where
    /// the stack
    /// is deployed. The project starts once the stack is deployed, and does not start where the deployment fails.
    /// </summary>
    /// <param name="configSection">The configuration section that receives the outputs.</param>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder,
        IResourceBuilder<CloudFormationStackResource> stack,
        string configSection = DefaultConfigSection)
        where TDestination : IResourceWithEnvironment, IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentException.ThrowIfNullOrEmpty(configSection);
        var prefix = configSection.Replace(":", "__", StringComparison.Ordinal);
        return builder
            .WithEnvironment(async context =>
            {
                if (context.ExecutionContext.IsPublishMode)
                {
                    return;
                }

                SetTarget(context.EnvironmentVariables, stack.Resource);
                foreach (var output in (await stack.Resource.Outputs.ReadAsync(context.CancellationToken)).Keys)
                {
                    context.EnvironmentVariables[$"{prefix}__{output}"] = new StackOutputReference(stack.Resource, output);
                }
            })
            .WaitFor(stack, WaitBehavior.StopOnResourceUnavailable)
            .WithReferenceRelationship(stack.Resource);
    }

    /// <summary>Hands an emulator's endpoint, region and credentials to a project, which starts once the emulator is healthy.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination, TEndpoint>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<TEndpoint> endpoint)
        where TDestination : IResourceWithEnvironment, IResourceWithWaitSupport
        where TEndpoint : IAwsEndpointResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(endpoint);
        return builder
            .WithEnvironment(context =>
            {
                if (context.ExecutionContext.IsRunMode)
                {
                    SetEndpoint(context.EnvironmentVariables, endpoint.Resource);
                }
            })
            .WaitFor((IResourceBuilder<IResource>)endpoint)
            .WithReferenceRelationship(endpoint.Resource);
    }

    private static IResourceBuilder<CloudFormationStackResource> WithEndpoint(
        this IResourceBuilder<CloudFormationStackResource> builder, IAwsEndpoint endpoint)
    {
        if (builder.Resource.Endpoint is not null)
        {
            throw new DistributedApplicationException(
                $"Stack {builder.Resource.StackName} is already pointed at an endpoint; a stack has one.");
        }

        builder.Resource.Endpoint = endpoint;
        return AwsEndpoint.OwnerOf(endpoint) is not { } owner
            ? builder
            : builder
                .WaitFor(builder.ApplicationBuilder.CreateResourceBuilder(owner), WaitBehavior.StopOnResourceUnavailable)
                .WithParentRelationship(owner);
    }

    private static void SetTarget(Dictionary<string, object> variables, CloudFormationStackResource stack)
    {
        if (stack.Endpoint is { } endpoint)
        {
            SetEndpoint(variables, endpoint);
            return;
        }

        if (stack.Profile is { } profile)
        {
            variables[AwsEnvironmentVariables.Profile] = profile;
        }

        if (stack.Region is { } region)
        {
            variables[AwsEnvironmentVariables.Region] = region;
            variables[AwsEnvironmentVariables.DefaultRegion] = region;
        }
    }

    private static void SetEndpoint(Dictionary<string, object> variables, IAwsEndpoint endpoint)
    {
        variables[AwsEnvironmentVariables.EndpointUrl] = endpoint.EndpointUrl;
        variables[AwsEnvironmentVariables.Region] = endpoint.Region;
        variables[AwsEnvironmentVariables.DefaultRegion] = endpoint.Region;
        variables[AwsEnvironmentVariables.AccessKeyId] = endpoint.AccessKeyId;
        variables[AwsEnvironmentVariables.SecretAccessKey] = endpoint.SecretAccessKey;
    }
}
