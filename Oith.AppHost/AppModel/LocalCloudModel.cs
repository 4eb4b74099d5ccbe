namespace Oith.AppHost.AppModel;

/// <summary>OITH on LocalCloud: processes only, no container, no account.</summary>
internal static class LocalCloudModel
{
    private const string Project = "../Oith.LocalCloud/Oith.LocalCloud.csproj";

    public static void AddOithOnLocalCloud(this IDistributedApplicationBuilder builder, AppModelSettings settings)
    {
        var options = settings.Options;
        var matching = builder.AddMatching(settings);

        var localCloud = builder.AddLocalCloud(ResourceNames.LocalCloud, Project, options.Port, options.RedisPort, options.Region)
            .WithFunction(ResourceNames.Function(settings.Environment), matching.GetEndpoint("http"));
        if (options.DataDirectory is { } directory)
        {
            localCloud.WithDataDirectory(directory);
        }

        var redis = localCloud.AddRedis(ResourceNames.Redis);

        var emulator = new Emulator(localCloud.Resource.ServiceUrl, options.Region);
        var stacks = new Stacks(settings, (name, template, configure) => localCloud.WithTemplate(name, template, configure));
        var seeding = new PopulationSeeding(emulator, options, stacks, TimeProvider.System);
        builder.AddNetwork(emulator, stacks);
        builder.AddArtifacts(settings, stacks, emulator.CreateS3, readService: null);
        var population = builder.AddPopulation(seeding, stacks);

        matching
            .WithStacks(
                stacks,
                MatchingEnvironment.WithEmulator(settings.Environment, emulator.ServiceUrl, emulator.Region),
                MatchingEnvironment.FromStacks)
            .WaitFor(redis, WaitBehavior.StopOnResourceUnavailable)
            .WaitForCompletion(population)
            .WithServiceCommands(options, seeding);
        localCloud.WithAwsCommands(emulator, stacks).WithConsoleCommand();
    }
}
