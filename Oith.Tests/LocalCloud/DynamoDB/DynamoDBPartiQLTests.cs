using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBPartiQLTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Statements_Insert_Select_Update_And_Delete()
    {
        var table = await _client.CreateTableAsync();
        await ExecuteAsync($"INSERT INTO \"{table}\" VALUE {{'id': '1', 'n': 41, 'tags': <<'a','b'>>, 'list': [1, 'it''s', true, null]}}");
        await ExecuteAsync($"UPDATE \"{table}\" SET n = n + 1 SET who = ? REMOVE tags WHERE id = '1' AND n = 41", S("Ann"));

        var item = Assert.Single((await ExecuteAsync($"SELECT * FROM \"{table}\" WHERE id = '1' AND who IS NOT MISSING")).Items);
        var projected = Assert.Single((await ExecuteAsync($"SELECT n FROM \"{table}\" WHERE begins_with(who, 'A') AND n BETWEEN 1 AND 50")).Items);
        var duplicate = await Assert.ThrowsAsync<DuplicateItemException>(() => ExecuteAsync($"INSERT INTO \"{table}\" VALUE {{'id': '1'}}"));
        await ExecuteAsync($"DELETE FROM \"{table}\" WHERE id = '1'");

        Assert.Equal(["id", "list", "n", "who"], item.Keys.Order());
        Assert.Equal("42", item["n"].N);
        Assert.Equal("it's", item["list"].L[1].S);
        Assert.Equal(["n"], projected.Keys);
        Assert.Equal("Duplicate primary key exists in table", duplicate.Message);
        Assert.Empty((await ExecuteAsync($"SELECT * FROM \"{table}\"")).Items);
    }

    [Fact]
    public async Task Transaction_Of_Statements_Changes_Nothing_When_One_Fails()
    {
        var table = await _client.CreateTableAsync();
        await ExecuteAsync($"INSERT INTO \"{table}\" VALUE {{'id': '1'}}");

        await Assert.ThrowsAsync<TransactionCanceledException>(() => _client.ExecuteTransactionAsync(
            new ExecuteTransactionRequest
            {
                TransactStatements =
                [
                    new ParameterizedStatement { Statement = $"INSERT INTO \"{table}\" VALUE {{'id': '2'}}" },
                    new ParameterizedStatement { Statement = $"INSERT INTO \"{table}\" VALUE {{'id': '1'}}" },
                ],
            },
            Cancellation));

        Assert.Single((await ExecuteAsync($"SELECT * FROM \"{table}\"")).Items);
    }

    private Task<ExecuteStatementResponse> ExecuteAsync(string statement, params AttributeValue[] parameters) => _client.ExecuteStatementAsync(
        new ExecuteStatementRequest { Statement = statement, Parameters = parameters.Length == 0 ? null : [.. parameters] }, Cancellation);
}
