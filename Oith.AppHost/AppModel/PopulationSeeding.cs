using Microsoft.Extensions.Logging;
using Oith.AppHost.Population;

namespace Oith.AppHost.AppModel;

/// <summary>Puts the synthetic people into the users table of an emulator.</summary>
internal sealed class PopulationSeeding(Emulator emulator, AppModelOptions options, Stacks stacks, TimeProvider time)
{
    private const string UsersTable = "USERS_TABLE";

    /// <summary>Does nothing when somebody is in the table: a data directory kept the people of an earlier run.</summary>
    public async Task SeedWhenEmptyAsync(ILogger logger, CancellationToken cancellationToken)
    {
        using var dynamoDB = emulator.CreateDynamoDB();
        var seeder = await CreateSeederAsync(dynamoDB, cancellationToken);
        if (await seeder.IsSeededAsync(cancellationToken))
        {
            Log.PeopleKept(logger);
            return;
        }

        await SeedAsync(seeder, logger, cancellationToken);
    }

    /// <summary>Writes them in any case, replacing who is there under the same e-mail.</summary>
    public async Task SeedAsync(ILogger logger, CancellationToken cancellationToken)
    {
        using var dynamoDB = emulator.CreateDynamoDB();
        await SeedAsync(await CreateSeederAsync(dynamoDB, cancellationToken), logger, cancellationToken);
    }

    private async Task SeedAsync(Seeder seeder, ILogger logger, CancellationToken cancellationToken)
    {
        await seeder.SeedAsync(new SyntheticPopulation(options.Seed), options.Users, cancellationToken);
        Log.Seeded(logger, options.Users);
    }

    private async Task<Seeder> CreateSeederAsync(Amazon.DynamoDBv2.IAmazonDynamoDB dynamoDB, CancellationToken cancellationToken)
    {
        var (_, stack, output) = MatchingEnvironment.FromStacks.Single(setting => setting.Variable == UsersTable);
        var table = await stacks.Output(stack, output).GetValueAsync(cancellationToken);
        return new Seeder(dynamoDB, table!, time);
    }
}
