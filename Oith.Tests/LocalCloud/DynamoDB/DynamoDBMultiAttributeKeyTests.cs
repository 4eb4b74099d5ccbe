using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

/// <summary>Global secondary indexes whose keys are several attributes: all of the partition key, of the sort key from the left.</summary>
public sealed class DynamoDBMultiAttributeKeyTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("a = :a AND b = :b", "1,2,3,4")]
    [InlineData("a = :a AND b = :b AND s = :s", "1,2,3")]
    [InlineData("a = :a AND b = :b AND s > :s", "4")]
    [InlineData("a = :a AND b = :b AND s = :s AND n = :n", "2")]
    [InlineData("a = :a AND b = :b AND s = :s AND n > :n", "3")]
    [InlineData("n BETWEEN :n AND :m AND s = :s AND b = :b AND a = :a", "2,3")]
    [InlineData("a = :a AND b = :b AND begins_with(s, :p)", "1,2,3,4")]
    public async Task Query_Reads_A_Range_Of_The_Composite_Key_In_Its_Order(string condition, string expected)
    {
        var table = await FillAsync();
        var answer = await _client.QueryAsync(Query(table, condition), Cancellation);
        Assert.Equal(expected, string.Join(',', answer.Items.Select(item => item["id"].S)));

        var backwards = Query(table, condition);
        backwards.ScanIndexForward = false;
        Assert.Equal(expected, string.Join(',', (await _client.QueryAsync(backwards, Cancellation)).Items.Select(item => item["id"].S).Reverse()));
    }

    [Theory]
    [InlineData("a = :a AND s = :s", "Query condition missed key schema element: b")]
    [InlineData("a = :a AND b = :b AND n = :n", "Query condition missed key schema element: s")]
    [InlineData("a = :a AND b = :b AND s > :s AND n = :n", "Query key condition not supported")]
    [InlineData("a = :a AND b > :b", "Query key condition not supported")]
    public async Task Query_Is_Refused_When_The_Condition_Leaves_The_Order_Of_The_Key(string condition, string message)
    {
        var table = await FillAsync();
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.QueryAsync(Query(table, condition), Cancellation));
        Assert.Equal(("ValidationException", message), (error.ErrorCode, error.Message));
    }

    [Fact]
    public async Task Pages_Carry_Every_Key_Attribute_And_Lose_Nothing()
    {
        var table = await FillAsync();
        var ids = new List<string>();
        var query = Query(table, "a = :a AND b = :b");
        query.Limit = 1;
        do
        {
            var page = await _client.QueryAsync(query, Cancellation);
            ids.AddRange(page.Items.Select(item => item["id"].S));
            query.ExclusiveStartKey = page.LastEvaluatedKey;
            Assert.True(query.ExclusiveStartKey is not { Count: > 0 } || query.ExclusiveStartKey.Keys.Order().SequenceEqual(["a", "b", "id", "n", "s"]));
        }
        while (query.ExclusiveStartKey is { Count: > 0 });

        Assert.Equal(["1", "2", "3", "4"], ids);
    }

    [Fact]
    public async Task Description_Shows_The_Whole_Key_And_Items_Without_A_Part_Of_It_Are_Not_Indexed()
    {
        var table = await FillAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("9")), ("a", S("x")), ("b", N("1")), ("s", S("skA"))), Cancellation);
        var index = Assert.Single((await _client.DescribeTableAsync(table, Cancellation)).Table.GlobalSecondaryIndexes);
        Assert.Equal(
            ["a HASH", "b HASH", "s RANGE", "n RANGE"], index.KeySchema.Select(element => $"{element.AttributeName} {element.KeyType}"));
        Assert.Equal(5, index.ItemCount);
    }

    [Theory]
    [InlineData("a:HASH s:RANGE b:HASH", "Invalid KeySchema: The elements of the HASH key type must stand before those of the RANGE key type")]
    [InlineData("s:RANGE", "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")]
    [InlineData("a:HASH b:HASH c:HASH d:HASH e:HASH", "Invalid KeySchema: An index has at most 4 elements of the HASH key type and 4 of the RANGE key type")]
    public async Task Key_Schema_Is_Refused_When_It_Is_Out_Of_Order_Or_Too_Long(string schema, string message)
    {
        var elements = schema.Split(' ').Select(element => element.Split(':')).ToList();
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.CreateTableAsync(configure: request =>
        {
            request.AttributeDefinitions.AddRange(elements.Select(element => new AttributeDefinition(element[0], ScalarAttributeType.S)));
            request.GlobalSecondaryIndexes = [Index([.. elements.Select(element => new KeySchemaElement(element[0], element[1]))])];
        }));
        Assert.Equal(message, error.Message);
    }

    private static QueryRequest Query(string table, string condition)
    {
        var values = new Dictionary<string, AttributeValue>
        {
            [":a"] = S("x"),
            [":b"] = N("1"),
            [":s"] = S("skA"),
            [":n"] = N("200"),
            [":m"] = N("300"),
            [":p"] = S("sk"),
        };
        return new QueryRequest(table)
        {
            IndexName = "composite",
            KeyConditionExpression = condition,
            ExpressionAttributeValues = values.Where(pair => condition.Contains(pair.Key, StringComparison.Ordinal)).ToDictionary(),
        };
    }

    private static GlobalSecondaryIndex Index(List<KeySchemaElement> key) =>
        new() { IndexName = "composite", KeySchema = key, Projection = new Projection { ProjectionType = ProjectionType.ALL } };

    private async Task<string> FillAsync()
    {
        var table = await _client.CreateTableAsync(configure: request =>
        {
            request.AttributeDefinitions.AddRange(
            [
                new AttributeDefinition("a", ScalarAttributeType.S), new AttributeDefinition("b", ScalarAttributeType.N),
                new AttributeDefinition("s", ScalarAttributeType.S), new AttributeDefinition("n", ScalarAttributeType.N),
            ]);
            request.GlobalSecondaryIndexes =
            [
                Index([
                    new KeySchemaElement("a", KeyType.HASH), new KeySchemaElement("b", KeyType.HASH),
                    new KeySchemaElement("s", KeyType.RANGE), new KeySchemaElement("n", KeyType.RANGE),
                ]),
            ];
        });
        foreach (var (id, b, s, n) in new[] { ("3", "1", "skA", "300"), ("1", "1", "skA", "100"), ("4", "1", "skB", "150"), ("2", "1", "skA", "200"), ("5", "2", "skA", "250") })
        {
            await _client.PutItemAsync(table, Attributes(("id", S(id)), ("a", S("x")), ("b", N(b)), ("s", S(s)), ("n", N(n))), Cancellation);
        }

        return table;
    }
}
