#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004 // The pipeline's API is for evaluation.
using Amazon.S3;
using Amazon.S3.Model;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using Oith.Stack;

namespace Oith.AppHost.Pipeline;

/// <summary>Uploads what the stacks read from the artifact bucket, or writes it into the folder of <c>aspire publish</c>.</summary>
internal sealed class ArtifactSteps(Deployment deployment, ServicePackage service)
{
    public const string Upload = "upload-artifacts";
    public const string Publish = "publish-artifacts";

    /// <summary>The name of the page that says how to apply what is published.</summary>
    internal const string Readme = "README.md";

    private IEnumerable<(Artifact Artifact, string Path)> Files => Artifact.Definitions
        .Select(definition => (definition, Path.Combine(deployment.InfrastructureDirectory, definition.File)))
        .Append((Artifact.Service, service.File));

    /// <summary>Uploads each file under a key that is named by its content, once.</summary>
    public async Task UploadAsync(PipelineStepContext context)
    {
        var data = deployment[ResourceNames.DataStack];
        using var account = await AwsAccount.OpenAsync(data, context.CancellationToken);
        var bucket = (await new StackOutputReference(data, Artifact.BucketOutput).GetValueAsync(context.CancellationToken))!;
        foreach (var (artifact, path) in Files)
        {
            var content = await File.ReadAllBytesAsync(path, context.CancellationToken);
            var key = artifact.Key(content);
            await using var task = await context.ReportingStep.CreateTaskAsync($"s3://{bucket}/{key}", context.CancellationToken);
            var isThere = await ExistsAsync(account.S3, bucket, key, context.CancellationToken);
            if (!isThere)
            {
                using var stream = new MemoryStream(content, writable: false);
                await account.S3.PutObjectAsync(
                    new PutObjectRequest { BucketName = bucket, Key = key, InputStream = stream }, context.CancellationToken);
            }

            await task.CompleteAsync(
                $"s3://{bucket}/{key} {(isThere ? "is there" : "uploaded")}", CompletionState.Completed, context.CancellationToken);
        }
    }

    public async Task PublishAsync(PipelineStepContext context)
    {
        var folder = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        Directory.CreateDirectory(folder);
        foreach (var (artifact, path) in Files)
        {
            File.Copy(path, Path.Combine(folder, artifact.File), overwrite: true);
        }

        var policy = Path.Combine(deployment.InfrastructureDirectory, "stack-policy.json");
        if (deployment.IsProduction)
        {
            File.Copy(policy, Path.Combine(folder, Path.GetFileName(policy)), overwrite: true);
        }

        var keys = Files.ToDictionary(file => file.Artifact.File, file => file.Artifact.Key(File.ReadAllBytes(file.Path)));
        await File.WriteAllTextAsync(
            Path.Combine(folder, Readme),
            PublishedReadme.Write(deployment.Environment, deployment.IsProduction, keys),
            context.CancellationToken);
        context.Summary.Add("How to apply it", Path.Combine(folder, Readme));
    }

    private static async Task<bool> ExistsAsync(IAmazonS3 s3, string bucket, string key, CancellationToken cancellationToken)
    {
        try
        {
            await s3.GetObjectMetadataAsync(bucket, key, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception error) when (error.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }
}
