namespace Aspire.Hosting;

/// <summary>Says what <c>aspire deploy</c> and <c>aspire destroy</c> do with a stack, besides deploying and deleting it.</summary>
public static class CloudFormationPipelineBuilderExtensions
{
    /// <summary>Leaves the stack where it is when the application is destroyed.</summary>
    /// <param name="reason">Why, for whoever destroys: <c>production data is never deleted</c>.</param>
    public static IResourceBuilder<CloudFormationStackResource> WithoutDestroy(
        this IResourceBuilder<CloudFormationStackResource> builder, string reason)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(reason);
        builder.Resource.KeptBecause = reason;
        return builder;
    }

    /// <summary>Empties a bucket before the stack is deleted, because CloudFormation deletes no bucket that has objects.</summary>
    /// <param name="output">The output of the stack that names the bucket.</param>
    public static IResourceBuilder<CloudFormationStackResource> WithBucketEmptiedOnDestroy(
        this IResourceBuilder<CloudFormationStackResource> builder, string output)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(output);
        builder.Resource.AddEmptiedBucket(output);
        return builder;
    }

    /// <summary>Protects the stack from deletion, and its resources by a stack policy, after each deployment by the pipeline.</summary>
    /// <param name="stackPolicyPath">Path of the policy, absolute or relative to the app host's folder; null sets none.</param>
    public static IResourceBuilder<CloudFormationStackResource> WithTerminationProtection(
        this IResourceBuilder<CloudFormationStackResource> builder, string? stackPolicyPath = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Protection = new StackProtection(
            stackPolicyPath is null ? null : Path.GetFullPath(Path.Combine(builder.ApplicationBuilder.AppHostDirectory, stackPolicyPath)));
        return builder;
    }
}
