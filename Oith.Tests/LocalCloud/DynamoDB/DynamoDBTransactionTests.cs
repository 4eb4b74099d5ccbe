using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBTransactionTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Transaction_Changes_Nothing_When_A_Condition_Fails()
    {
        var people = await _client.CreateTableAsync();
        var matches = await _client.CreateTableAsync();
        await _client.PutItemAsync(people, Attributes(("id", S("ann")), ("busy", new AttributeValue { BOOL = true })), Cancellation);

        var error = await Assert.ThrowsAsync<TransactionCanceledException>(() => _client.TransactWriteItemsAsync(
            new TransactWriteItemsRequest
            {
                TransactItems =
                [
                    new TransactWriteItem { Put = new Put { TableName = matches, Item = Attributes(("id", S("m1"))) } },
                    new TransactWriteItem
                    {
                        ConditionCheck = new ConditionCheck
                        {
                            TableName = people,
                            Key = Attributes(("id", S("ann"))),
                            ConditionExpression = "busy = :no",
                            ExpressionAttributeValues = Attributes((":no", new AttributeValue { BOOL = false })),
                            ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                        },
                    },
                ],
            },
            Cancellation));

        Assert.Equal(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]", error.Message);
        Assert.Equal(["None", "ConditionalCheckFailed"], error.CancellationReasons.Select(reason => reason.Code));
        Assert.Equal("The conditional request failed", error.CancellationReasons[1].Message);
        Assert.True(error.CancellationReasons[1].Item["busy"].BOOL);
        Assert.Equal(0, (await _client.ScanAsync(new ScanRequest(matches), Cancellation)).Count);
    }

    [Fact]
    public async Task Transaction_Puts_Updates_And_Deletes_As_One()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("old")), ("n", N("1"))), Cancellation);
        await _client.PutItemAsync(table, Attributes(("id", S("gone"))), Cancellation);

        await _client.TransactWriteItemsAsync(
            new TransactWriteItemsRequest
            {
                TransactItems =
                [
                    new TransactWriteItem { Put = new Put { TableName = table, Item = Attributes(("id", S("new"))) } },
                    new TransactWriteItem { Delete = new Delete { TableName = table, Key = Attributes(("id", S("gone"))) } },
                    new TransactWriteItem
                    {
                        Update = new Update
                        {
                            TableName = table,
                            Key = Attributes(("id", S("old"))),
                            UpdateExpression = "SET n = n + :one",
                            ExpressionAttributeValues = Attributes((":one", N("1"))),
                        },
                    },
                ],
            },
            Cancellation);

        var got = await _client.TransactGetItemsAsync(
            new TransactGetItemsRequest
            {
                TransactItems =
                [
                    .. new[] { "new", "gone", "old" }.Select(id => new TransactGetItem { Get = new Get { TableName = table, Key = Attributes(("id", S(id))) } }),
                ],
            },
            Cancellation);
        Assert.Equal("new", got.Responses[0].Item["id"].S);
        Assert.Null(got.Responses[1].Item);
        Assert.Equal("2", got.Responses[2].Item["n"].N);
    }

    [Fact]
    public async Task Transaction_Is_Carried_Out_Once_When_Its_Token_Is_Repeated()
    {
        var table = await _client.CreateTableAsync();
        var request = new TransactWriteItemsRequest
        {
            ClientRequestToken = Guid.NewGuid().ToString(),
            TransactItems =
            [
                new TransactWriteItem
                {
                    Update = new Update
                    {
                        TableName = table,
                        Key = Attributes(("id", S("c"))),
                        UpdateExpression = "ADD n :one",
                        ExpressionAttributeValues = Attributes((":one", N("1"))),
                    },
                },
            ],
        };
        await _client.TransactWriteItemsAsync(request, Cancellation);
        await _client.TransactWriteItemsAsync(request, Cancellation);

        Assert.Equal("1", (await _client.GetItemAsync(table, Attributes(("id", S("c"))), Cancellation)).Item["n"].N);
        request.TransactItems[0].Update.ExpressionAttributeValues = Attributes((":one", N("2")));
        await Assert.ThrowsAsync<IdempotentParameterMismatchException>(() => _client.TransactWriteItemsAsync(request, Cancellation));
    }

    [Fact]
    public async Task Transaction_Is_Refused_When_It_Names_An_Item_Twice()
    {
        var table = await _client.CreateTableAsync();
        var put = new TransactWriteItem { Put = new Put { TableName = table, Item = Attributes(("id", S("1"))) } };

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.TransactWriteItemsAsync(
            new TransactWriteItemsRequest { TransactItems = [put, put] }, Cancellation));

        Assert.Equal("Transaction request cannot include multiple operations on one item", error.Message);
    }

    [Fact]
    public async Task Transfers_Keep_The_Sum_Under_Parallel_Clients_And_Two_Tables()
    {
        var (left, right) = (await _client.CreateTableAsync(), await _client.CreateTableAsync());
        await _client.PutItemAsync(left, Attributes(("id", S("a")), ("n", N("100"))), Cancellation);
        await _client.PutItemAsync(right, Attributes(("id", S("a")), ("n", N("100"))), Cancellation);
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation };
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), options, async (index, token) =>
        {
            var (from, to) = index % 2 == 0 ? (left, right) : (right, left);
            await _client.TransactWriteItemsAsync(
                new TransactWriteItemsRequest { TransactItems = [Add(from, "-1"), Add(to, "1")] }, token);
        });

        var sums = await Task.WhenAll(new[] { left, right }.Select(async table =>
            int.Parse((await _client.GetItemAsync(table, Attributes(("id", S("a"))), Cancellation)).Item["n"].N, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal([100, 100], sums);
    }

    private static TransactWriteItem Add(string table, string amount) => new()
    {
        Update = new Update
        {
            TableName = table,
            Key = Attributes(("id", S("a"))),
            UpdateExpression = "SET n = n + :amount",
            ExpressionAttributeValues = Attributes((":amount", N(amount))),
        },
    };
}
