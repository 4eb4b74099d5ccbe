using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Matching.Profiles;
using Oith.Matching.Storage;

namespace Oith.Stack.Population;

/// <summary>Writes synthetic people into the users table, as any client of DynamoDB would.</summary>
public sealed class Seeder(IAmazonDynamoDB dynamoDB, string usersTable, TimeProvider time)
{
    // DynamoDB takes no more in one BatchWriteItem.
    private const int BatchSize = 25;

    private const int ParallelBatches = 4;

    /// <summary>Writes the first <paramref name="count"/> people of <paramref name="population"/>, replacing who is there under the same e-mail.</summary>
    public Task SeedAsync(SyntheticPopulation population, int count, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelBatches, CancellationToken = cancellationToken };
        var batches = population.Take(count, time.GetUtcNow()).Chunk(BatchSize);
        return Parallel.ForEachAsync(batches, options, async (batch, token) => await WriteAsync(batch, token));
    }

    /// <summary>True when somebody is in the table: a data directory kept the people of an earlier run.</summary>
    public async Task<bool> IsSeededAsync(CancellationToken cancellationToken)
    {
        var first = await dynamoDB.ScanAsync(new ScanRequest { TableName = usersTable, Limit = 1 }, cancellationToken);
        return first.Count > 0;
    }

    private async Task WriteAsync(Profile[] people, CancellationToken cancellationToken)
    {
        var unwritten = new Dictionary<string, List<WriteRequest>>
        {
            [usersTable] = [.. people.Select(person => new WriteRequest(new PutRequest(ProfileItem.From(person))))],
        };
        while (unwritten is { Count: > 0 })
        {
            var answer = await dynamoDB.BatchWriteItemAsync(new BatchWriteItemRequest(unwritten), cancellationToken);
            unwritten = answer.UnprocessedItems;
        }
    }
}
