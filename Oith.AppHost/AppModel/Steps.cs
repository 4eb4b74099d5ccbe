using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Logging;

namespace Oith.AppHost.AppModel;

/// <summary>What has to happen between the stacks, and before the service starts.</summary>
internal static class Steps
{
    /// <summary>Finds the emulator's network for the infrastructure stack.</summary>
    public static IResourceBuilder<StepResource> AddNetwork(this IDistributedApplicationBuilder builder, Emulator emulator, Stacks stacks)
    {
        var infrastructure = stacks[ResourceNames.InfrastructureStack];
        var network = builder.AddStep(ResourceNames.Network, async (logger, cancellationToken) =>
        {
            var (vpcId, subnetIds) = await emulator.FindNetworkAsync(cancellationToken);
            infrastructure.WithParameter(StackParameters.VpcId, vpcId).WithParameter(StackParameters.PrivateSubnetIds, subnetIds);
            Log.NetworkFound(logger, vpcId, subnetIds);
        });
        infrastructure.WaitForCompletion(network);
        return network.WaitFor(stacks[ResourceNames.DataStack], WaitBehavior.StopOnResourceUnavailable);
    }

    /// <summary>Uploads the state machines' definitions, and the service's zip, to the bucket of the data stack, and names their keys to the other stacks.</summary>
    /// <param name="createS3">Makes the client; it is disposed of.</param>
    /// <param name="readService">The service's zip; null where a local process plays the function and no code runs.</param>
    public static IResourceBuilder<StepResource> AddArtifacts(
        this IDistributedApplicationBuilder builder,
        AppModelSettings settings,
        Stacks stacks,
        Func<IAmazonS3> createS3,
        Func<CancellationToken, Task<byte[]>>? readService)
    {
        var bucketOutput = stacks.Output(ResourceNames.DataStack, Artifact.BucketOutput);
        var artifacts = builder.AddStep(ResourceNames.Artifacts, async (logger, cancellationToken) =>
        {
            var bucket = (await bucketOutput.GetValueAsync(cancellationToken))!;
            using var s3 = createS3();
            foreach (var definition in Artifact.Definitions)
            {
                var content = await File.ReadAllBytesAsync(Path.Combine(settings.InfrastructureDirectory, definition.File), cancellationToken);
                var key = await UploadAsync(s3, bucket, definition, content, logger, cancellationToken);
                stacks[definition.Stack].WithParameter(definition.Parameter, key).WithParameter(Artifact.BucketParameter, bucket);
            }

            var service = stacks[Artifact.Service.Stack].WithParameter(Artifact.BucketParameter, bucket);
            if (readService is null)
            {
                service.WithParameter(Artifact.Service.Parameter, Artifact.PlayedLocally);
                return;
            }

            var serviceKey = await UploadAsync(s3, bucket, Artifact.Service, await readService(cancellationToken), logger, cancellationToken);
            service.WithParameter(Artifact.Service.Parameter, serviceKey)
                .WithParameter(StackParameters.ServiceRevision, Revision(settings, service.Resource.TemplatePath, serviceKey));
        });
        stacks[Artifact.Service.Stack].WaitForCompletion(artifacts);
        return artifacts.WaitFor(stacks[ResourceNames.DataStack], WaitBehavior.StopOnResourceUnavailable);
    }

    /// <summary>Seeds the synthetic people, unless somebody is there from an earlier run.</summary>
    public static IResourceBuilder<StepResource> AddPopulation(this IDistributedApplicationBuilder builder, PopulationSeeding seeding, Stacks stacks) =>
        builder.AddStep(ResourceNames.Population, seeding.SeedWhenEmptyAsync)
            .WaitFor(stacks[ResourceNames.DataStack], WaitBehavior.StopOnResourceUnavailable);

    // Whatever changes the function has to change its revision, so that a version is published: code, template and parameters.
    private static string Revision(AppModelSettings settings, string templatePath, string serviceKey)
    {
        var choices = StackParameters.Choices[ResourceNames.MatchingStack].Select(settings.Parameter);
        var text = string.Join('\n', choices.Prepend(serviceKey).Append(File.ReadAllText(templatePath)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    private static async Task<string> UploadAsync(
        IAmazonS3 s3, string bucket, Artifact artifact, byte[] content, ILogger logger, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content);
        var request = new PutObjectRequest { BucketName = bucket, Key = artifact.Key(content), InputStream = stream, UseChunkEncoding = false };
        await s3.PutObjectAsync(request, cancellationToken);
        Log.Uploaded(logger, bucket, request.Key);
        return request.Key;
    }
}
