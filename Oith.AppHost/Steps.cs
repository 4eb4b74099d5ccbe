using System.Globalization;
using Amazon.S3.Model;
using Oith.Stack;
using Oith.Stack.Population;

namespace Oith.AppHost;

/// <summary>The work between the stacks, and before the service starts.</summary>
internal static class Steps
{
    private const string UsersTable = "USERS_TABLE";

    /// <summary>Finds LocalCloud's network for the infrastructure stack.</summary>
    public static IResourceBuilder<StepResource> AddNetwork(
        this IDistributedApplicationBuilder builder, IResourceBuilder<LocalCloudResource> localCloud, Stacks stacks, Parameters parameters)
    {
        var clients = new LocalCloudClients(localCloud.Resource);
        var infrastructure = stacks[ResourceNames.InfrastructureStack];
        var network = builder.AddStep(
            ResourceNames.Network, "VirtualNetwork", localCloud, stacks[ResourceNames.DataStack], async (_, cancellationToken) =>
            {
                var (vpcId, subnetIds) = await clients.FindNetworkAsync(cancellationToken);
                return $"{vpcId}, {subnetIds}";
            });

        // Read again at each deployment: LocalCloud may have been started anew in between.
        infrastructure
            .WithParameter(StackParameters.VpcId, async cancellationToken => (await clients.FindNetworkAsync(cancellationToken)).VpcId)
            .WithParameter(
                StackParameters.PrivateSubnetIds, async cancellationToken => (await clients.FindNetworkAsync(cancellationToken)).SubnetIds)
            .WithParameter("AlertEmail", parameters.AlertEmail)
            .WaitForCompletion(network);
        return network;
    }

    /// <summary>Uploads the state machines' definitions to the bucket of the data stack.</summary>
    public static IResourceBuilder<StepResource> AddArtifacts(
        this IDistributedApplicationBuilder builder, IResourceBuilder<LocalCloudResource> localCloud, Stacks stacks)
    {
        var clients = new LocalCloudClients(localCloud.Resource);
        var bucket = stacks.Output(ResourceNames.DataStack, Artifact.BucketOutput);
        var directory = Path.Combine(builder.AppHostDirectory, "..", "infrastructure");
        var artifacts = builder.AddStep(
            ResourceNames.Artifacts, "ArrowUpload", localCloud, stacks[ResourceNames.DataStack], async (logger, cancellationToken) =>
            {
                foreach (var definition in Artifact.Definitions)
                {
                    var key = await UploadAsync(definition, cancellationToken);
                    Log.Uploaded(logger, (await bucket.GetValueAsync(cancellationToken))!, key);
                }

                return $"{Artifact.Definitions.Count} definitions uploaded";
            });
        foreach (var definition in Artifact.Definitions)
        {
            stacks[definition.Stack].WithParameter(
                definition.Parameter, async cancellationToken => await UploadAsync(definition, cancellationToken));
        }

        // No code runs in LocalCloud: the matching service plays the function.
        stacks[Artifact.Service.Stack].WithParameter(Artifact.Service.Parameter, Artifact.PlayedLocally);
        foreach (var stack in Artifact.Definitions.Append(Artifact.Service).Select(artifact => stacks[artifact.Stack]).Distinct())
        {
            stack.WithParameter(Artifact.BucketParameter, bucket).WaitForCompletion(artifacts);
        }

        return artifacts;

        // Keys are named by content, so a repeated upload changes nothing.
        async Task<string> UploadAsync(Artifact definition, CancellationToken cancellationToken)
        {
            var content = await File.ReadAllBytesAsync(Path.Combine(directory, definition.File), cancellationToken);
            var key = definition.Key(content);
            using var s3 = clients.CreateS3();
            using var stream = new MemoryStream(content);
            var request = new PutObjectRequest
            {
                BucketName = (await bucket.GetValueAsync(cancellationToken))!,
                Key = key,
                InputStream = stream,
                UseChunkEncoding = false,
            };
            await s3.PutObjectAsync(request, cancellationToken);
            return key;
        }
    }

    /// <summary>Seeds synthetic users, unless the users table has items from an earlier run.</summary>
    public static IResourceBuilder<StepResource> AddPopulation(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<LocalCloudResource> localCloud,
        Stacks stacks,
        Parameters parameters) =>
        builder.AddStep(ResourceNames.Population, "People", localCloud, stacks[ResourceNames.DataStack], async (_, cancellationToken) =>
                await SeedAsync(
                    localCloud.Resource,
                    stacks,
                    parameters,
                    await parameters.ReadUsersAsync(cancellationToken),
                    isOnlyWhenEmpty: true,
                    cancellationToken))
            .WithReferenceRelationship(parameters.Users.Resource)
            .WithReferenceRelationship(parameters.Seed.Resource);

    /// <summary>Writes synthetic users into the users table.</summary>
    /// <returns>A sentence that says what was done.</returns>
    public static async Task<string> SeedAsync(
        LocalCloudResource localCloud,
        Stacks stacks,
        Parameters parameters,
        int users,
        bool isOnlyWhenEmpty,
        CancellationToken cancellationToken)
    {
        var (_, stack, output) = MatchingEnvironment.FromStacks.Single(setting => setting.Variable == UsersTable);
        using var dynamoDB = new LocalCloudClients(localCloud).CreateDynamoDB();
        var seeder = new Seeder(dynamoDB, await stacks.ReadAsync(stack, output, cancellationToken), TimeProvider.System);
        if (isOnlyWhenEmpty && await seeder.IsSeededAsync(cancellationToken))
        {
            return "Users of an earlier run kept";
        }

        await seeder.SeedAsync(new SyntheticPopulation(await parameters.ReadSeedAsync(cancellationToken)), users, cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"{users:N0} users seeded");
    }
}
