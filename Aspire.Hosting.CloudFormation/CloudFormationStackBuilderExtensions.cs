using Aspire.Hosting.CloudFormation;
using Aspire.Hosting.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Aspire.Hosting;

/// <summary>Adds CloudFormation stacks to an app model.</summary>
public static class CloudFormationStackBuilderExtensions
{
    internal const string ResourceType = "CloudFormation stack";

    /// <summary>
    /// Adds a stack. It is deployed when the application starts: where <c>WithReference</c> points it to, else where the AWS SDK's own
    /// settings
    /// point to (profile, region, <c>AWS_ENDPOINT_URL</c>).
    /// </summary>
    /// <param name="name">The resource's name.</param>
    /// <param name="templatePath">Path of the template, absolute or relative to the app host's folder.</param>
    /// <param name="stackName">The stack's name in CloudFormation. Default: the resource's name.</param>
    public static IResourceBuilder<CloudFormationStackResource> AddCloudFormationStack(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string templatePath, string? stackName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(templatePath);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<StackProvisioner>();
        builder.AddStackPipeline();
        builder.Services.TryAddEventingSubscriber<StackWaits>();
        var stack = new CloudFormationStackResource(
            name, Path.GetFullPath(Path.Combine(builder.AppHostDirectory, templatePath)), stackName ?? name);
        return builder.AddResource(stack)
            .WithIconName("Stack")
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = ResourceType,
                State = KnownResourceStates.NotStarted,
                Properties =
                [
                    new("Stack name", stack.StackName) { IsHighlighted = true },
                    new("Template", stack.TemplatePath),
                    new(CustomResourceKnownProperties.Source, Path.GetFileName(stack.TemplatePath)),
                ],
            })
            .WithDeployAgainCommand()
            .WithPipelineSteps()
            .OnInitializeResource((resource, initialize, cancellationToken) =>
                initialize.Services.GetRequiredService<StackProvisioner>().RunAsync(resource, cancellationToken))
            .ExcludeFromManifest();
    }

    /// <summary>Sets a parameter of the template.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithParameter(
        this IResourceBuilder<CloudFormationStackResource> builder, string name, string value) =>
        builder.WithParameterValue(name, value);

    /// <summary>Sets a parameter of the template to the value of an Aspire parameter.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithParameter(
        this IResourceBuilder<CloudFormationStackResource> builder, string name, IResourceBuilder<ParameterResource> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return builder.WithParameterValue(name, value.Resource).WithReferenceRelationship(value.Resource);
    }

    /// <summary>Sets a parameter of the template to an output of another stack, which is deployed first.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithParameter(
        this IResourceBuilder<CloudFormationStackResource> builder, string name, StackOutputReference value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return builder.WithParameterValue(name, value)
            .WaitFor(builder.ApplicationBuilder.CreateResourceBuilder(value.Stack), WaitBehavior.StopOnResourceUnavailable)
            .WithReferenceRelationship(value.Stack);
    }

    /// <summary>Sets a parameter of the template to a value that is composed when the stack is deployed.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithParameter(
        this IResourceBuilder<CloudFormationStackResource> builder, string name, ReferenceExpression value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return builder.WithParameterValue(name, value).WithReferenceRelationship(value);
    }

    /// <summary>
    /// Sets a parameter of the template to what a callback returns at each deployment, after the stack's dependencies are ready.
    /// </summary>
    /// <param name="value">Returns null to leave the parameter to the template's default.</param>
    public static IResourceBuilder<CloudFormationStackResource> WithParameter(
        this IResourceBuilder<CloudFormationStackResource> builder, string name, Func<CancellationToken, Task<string?>> value) =>
        builder.WithParameterValue(name, value);

    /// <summary>Tags the stack, and with it the resources that CloudFormation creates.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithTag(
        this IResourceBuilder<CloudFormationStackResource> builder, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(key);
        builder.Resource.SetTag(key, value);
        return builder;
    }

    /// <summary>
    /// Acknowledges capabilities that the template requires: <c>CAPABILITY_NAMED_IAM</c>. Without this none is acknowledged.
    /// </summary>
    public static IResourceBuilder<CloudFormationStackResource> WithCapabilities(
        this IResourceBuilder<CloudFormationStackResource> builder, params ReadOnlySpan<string> capabilities)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var capability in capabilities)
        {
            builder.Resource.AddCapability(capability);
        }

        return builder;
    }

    /// <summary>
    /// Names the bucket that a template above 51,200 bytes is uploaded to. Without this a bucket is created for the account and region.
    /// </summary>
    public static IResourceBuilder<CloudFormationStackResource> WithTemplateBucket(
        this IResourceBuilder<CloudFormationStackResource> builder, string bucket)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(bucket);
        builder.Resource.TemplateBucket = bucket;
        return builder;
    }

    /// <summary>
    /// Reads the outputs of the stack that is there, and deploys nothing when the application starts: for stacks that <c>aspire deploy</c>
    /// or a script deploys. <c>aspire deploy</c> deploys them all the same.
    /// </summary>
    public static IResourceBuilder<CloudFormationStackResource> AsExisting(this IResourceBuilder<CloudFormationStackResource> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.IsExisting = true;
        return builder;
    }

    /// <summary>Limits how long a deployment may take. Default: five minutes in an emulator, one hour in AWS.</summary>
    public static IResourceBuilder<CloudFormationStackResource> WithDeploymentTimeout(
        this IResourceBuilder<CloudFormationStackResource> builder, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        builder.Resource.DeploymentTimeout = timeout;
        return builder;
    }

    /// <summary>Returns an output of the stack, as a parameter of another stack or as the value of an environment variable.</summary>
    /// <param name="name">The output's logical ID in the template.</param>
    public static StackOutputReference GetOutput(this IResourceBuilder<CloudFormationStackResource> builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new StackOutputReference(builder.Resource, name);
    }

    private static IResourceBuilder<CloudFormationStackResource> WithParameterValue(
        this IResourceBuilder<CloudFormationStackResource> builder, string name, object value)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        builder.Resource.SetParameter(name, value);
        return builder;
    }
}
