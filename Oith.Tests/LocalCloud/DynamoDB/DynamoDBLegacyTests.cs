using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

/// <summary>The parameters from before expressions.</summary>
public sealed class DynamoDBLegacyTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task AttributeUpdates_Put_Add_And_Delete()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(
            table, Attributes(("id", S("1")), ("n", N("1")), ("gone", S("x")), ("set", new AttributeValue { SS = ["a", "b"] }), ("list", L(S("a")))), Cancellation);

        var answer = await _client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = table,
                Key = Attributes(("id", S("1"))),
                AttributeUpdates = new()
                {
                    ["put"] = new(S("new"), AttributeAction.PUT),
                    ["n"] = new(N("2"), AttributeAction.ADD),
                    ["list"] = new(L(S("b")), AttributeAction.ADD),
                    ["set"] = new(new AttributeValue { SS = ["a"] }, AttributeAction.DELETE),
                    ["gone"] = new() { Action = AttributeAction.DELETE },
                },
                ReturnValues = ReturnValue.ALL_NEW,
            },
            Cancellation);

        Assert.Equal(["id", "list", "n", "put", "set"], answer.Attributes.Keys.Order());
        Assert.Equal("3", answer.Attributes["n"].N);
        Assert.Equal("new", answer.Attributes["put"].S);
        Assert.Equal(["b"], answer.Attributes["set"].SS);
        Assert.Equal(["a", "b"], answer.Attributes["list"].L.Select(value => value.S));
    }

    [Fact]
    public async Task Expected_Guards_A_Write()
    {
        var table = await _client.CreateTableAsync();
        var absent = new Dictionary<string, ExpectedAttributeValue> { ["id"] = new(false) };
        var item = Attributes(("id", S("1")), ("n", N("5")));
        await _client.PutItemAsync(new PutItemRequest { TableName = table, Item = item, Expected = absent }, Cancellation);

        await Assert.ThrowsAsync<ConditionalCheckFailedException>(
            () => _client.PutItemAsync(new PutItemRequest { TableName = table, Item = item, Expected = absent }, Cancellation));
        await _client.DeleteItemAsync(
            new DeleteItemRequest
            {
                TableName = table,
                Key = Attributes(("id", S("1"))),
                Expected = new()
                {
                    ["n"] = new() { ComparisonOperator = ComparisonOperator.GT, AttributeValueList = [N("9")] },
                    ["id"] = new(S("1")),
                },
                ConditionalOperator = ConditionalOperator.OR,
            },
            Cancellation);

        Assert.Null((await _client.GetItemAsync(table, Attributes(("id", S("1"))), Cancellation)).Item);
    }

    [Fact]
    public async Task KeyConditions_And_Filters_Choose_Items()
    {
        var table = await _client.CreateTableAsync(sort: "at");
        foreach (var number in Enumerable.Range(0, 6))
        {
            await _client.PutItemAsync(table, Attributes(("id", S("1")), ("at", S($"{number}")), ("even", new AttributeValue { BOOL = number % 2 == 0 })), Cancellation);
        }

        var isEven = new Condition { ComparisonOperator = ComparisonOperator.EQ, AttributeValueList = [new AttributeValue { BOOL = true }] };
        var query = await _client.QueryAsync(
            new QueryRequest
            {
                TableName = table,
                KeyConditions = new()
                {
                    ["id"] = new() { ComparisonOperator = ComparisonOperator.EQ, AttributeValueList = [S("1")] },
                    ["at"] = new() { ComparisonOperator = ComparisonOperator.BETWEEN, AttributeValueList = [S("1"), S("4")] },
                },
                QueryFilter = new() { ["even"] = isEven },
                AttributesToGet = ["at"],
            },
            Cancellation);
        var scan = await _client.ScanAsync(new ScanRequest { TableName = table, ScanFilter = new() { ["even"] = isEven } }, Cancellation);

        Assert.Equal(["2", "4"], query.Items.Select(item => Assert.Single(item).Value.S));
        Assert.Equal(4, query.ScannedCount);
        Assert.Equal(3, scan.Count);
    }

    public static TheoryData<string, UpdateItemRequest> Refused => new()
    {
        {
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {ConditionExpression}",
            new() { AttributeUpdates = new() { ["a"] = new(S("x"), AttributeAction.PUT) }, ConditionExpression = "attribute_exists(id)" }
        },
        {
            "One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified",
            new() { AttributeUpdates = new() { ["a"] = new() { Action = AttributeAction.PUT } } }
        },
        {
            "One or more parameter values were invalid: ADD action is not supported for the type S",
            new() { AttributeUpdates = new() { ["a"] = new(S("x"), AttributeAction.ADD) } }
        },
        {
            "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key",
            new() { AttributeUpdates = new() { ["id"] = new(S("x"), AttributeAction.PUT) } }
        },
        {
            "One or more parameter values were invalid: Value must be provided when Exists is set to true for Attribute: a",
            new() { Expected = new() { ["a"] = new(true) } }
        },
        {
            "One or more parameter values were invalid: Invalid number of argument(s) for the BETWEEN ComparisonOperator",
            new() { Expected = new() { ["a"] = new() { ComparisonOperator = ComparisonOperator.BETWEEN, AttributeValueList = [S("x")] } } }
        },
        {
            "One or more parameter values were invalid: ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
            new() { Expected = new() { ["a"] = new() { ComparisonOperator = ComparisonOperator.BEGINS_WITH, AttributeValueList = [N("1")] } } }
        },
        {
            "ConditionalOperator cannot be used without Filter or Expected",
            new() { ConditionalOperator = ConditionalOperator.AND }
        },
        {
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
            new() { ConditionalOperator = ConditionalOperator.AND, Expected = new() { ["a"] = new(false) } }
        },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task Wrong_Parameter_Is_Refused_In_DynamoDBs_Words(string message, UpdateItemRequest request)
    {
        request.TableName = await _client.CreateTableAsync();
        request.Key = Attributes(("id", S("1")));

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.UpdateItemAsync(request, Cancellation));

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Equal(message, error.Message);
    }
}
