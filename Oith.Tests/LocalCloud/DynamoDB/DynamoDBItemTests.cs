using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBItemTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Item_Of_All_Types_Comes_Back_As_It_Was_Put()
    {
        var table = await _client.CreateTableAsync();
        var item = Attributes(
            ("id", S("1")),
            ("text", S("grün \"quoted\" \u0001 ✓")),
            ("empty", S("")),
            ("number", N("-12.5")),
            ("binary", new AttributeValue { B = new MemoryStream([0, 144, 255]) }),
            ("yes", new AttributeValue { BOOL = true }),
            ("no", new AttributeValue { BOOL = false }),
            ("nothing", new AttributeValue { NULL = true }),
            ("strings", new AttributeValue { SS = ["b", "a"] }),
            ("numbers", new AttributeValue { NS = ["1", "-2", "3.5"] }),
            ("binaries", new AttributeValue { BS = [new MemoryStream([1]), new MemoryStream([2])] }),
            ("list", L(S("x"), N("7"), L(), M(("deep", S("y"))))),
            ("map", M(("inner", M(("leaf", N("1")))))));
        await _client.PutItemAsync(table, item, Cancellation);

        var got = (await _client.GetItemAsync(table, Attributes(("id", S("1"))), Cancellation)).Item;

        Assert.Equal(item.Keys, got.Keys);
        Assert.Equal("grün \"quoted\" \u0001 ✓", got["text"].S);
        Assert.Equal("", got["empty"].S);
        Assert.Equal("-12.5", got["number"].N);
        Assert.Equal(new byte[] { 0, 144, 255 }, got["binary"].B.ToArray());
        Assert.True(got["yes"].BOOL);
        Assert.False(got["no"].BOOL);
        Assert.True(got["nothing"].NULL);
        Assert.Equal(["b", "a"], got["strings"].SS);
        Assert.Equal(["1", "-2", "3.5"], got["numbers"].NS);
        Assert.Equal(2, got["binaries"].BS.Count);
        Assert.Equal("y", got["list"].L[3].M["deep"].S);
        Assert.Equal("1", got["map"].M["inner"].M["leaf"].N);
    }

    [Theory]
    [InlineData("1", "1")]
    [InlineData("+001.500", "1.5")]
    [InlineData("-0", "0")]
    [InlineData("1E3", "1000")]
    [InlineData("1.5e-3", "0.0015")]
    [InlineData("-0.00012", "-0.00012")]
    [InlineData("99999999999999999999999999999999999999", "99999999999999999999999999999999999999")]
    [InlineData("1.2345678901234567890123456789012345678", "1.2345678901234567890123456789012345678")]
    [InlineData("1E-130", "0.0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001")]
    public async Task Number_Is_Answered_In_Plain_Notation(string written, string read)
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("1")), ("n", N(written))), Cancellation);

        Assert.Equal(read, (await _client.GetItemAsync(table, Attributes(("id", S("1"))), Cancellation)).Item["n"].N);
    }

    [Theory]
    [InlineData("", "The parameter cannot be converted to a numeric value")]
    [InlineData("abc", "The parameter cannot be converted to a numeric value: abc")]
    [InlineData("1.2.3", "The parameter cannot be converted to a numeric value: 1.2.3")]
    [InlineData("1E126", "Number overflow. Attempting to store a number with magnitude larger than supported range")]
    [InlineData("1E-131", "Number underflow. Attempting to store a number with magnitude smaller than supported range")]
    [InlineData("123456789012345678901234567890123456789", "Attempting to store more than 38 significant digits in a Number")]
    public async Task Number_Is_Refused_When_DynamoDB_Cannot_Hold_It(string number, string message)
    {
        var table = await _client.CreateTableAsync();

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(
            () => _client.PutItemAsync(table, Attributes(("id", S("1")), ("n", N(number))), Cancellation));

        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task ConditionalPut_Fails_With_The_Item_When_Asked_For()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("1")), ("price", N("650"))), Cancellation);

        var error = await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => _client.PutItemAsync(
            new PutItemRequest
            {
                TableName = table,
                Item = Attributes(("id", S("1"))),
                ConditionExpression = "attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
            },
            Cancellation));

        Assert.Equal("The conditional request failed", error.Message);
        Assert.Equal("650", error.Item["price"].N);
    }

    [Fact]
    public async Task Update_Carries_Out_All_Kinds_Of_Actions_On_The_Item_As_It_Was()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(
            table,
            Attributes(
                ("id", S("1")), ("a", N("5")), ("b", N("7")), ("list", L(N("0"), N("1"), N("2"))), ("tags", new AttributeValue { SS = ["x", "y"] }),
                ("map", M(("keep", S("k")), ("drop", S("d"))))),
            Cancellation);

        var answer = await _client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = table,
                Key = Attributes(("id", S("1"))),
                UpdateExpression =
                    "SET a = b, b = a + :one, #m.added = if_not_exists(nope, :v), #l[1] = :v, #l[9] = :end, c = list_append(:more, :more) "
                    + "REMOVE #m.#d, #l[0] ADD n :one DELETE tags :x",
                ExpressionAttributeNames = new Dictionary<string, string> { ["#m"] = "map", ["#l"] = "list", ["#d"] = "drop" },
                ExpressionAttributeValues = Attributes(
                    (":one", N("1")), (":v", S("v")), (":end", S("end")), (":more", L(S("m"))), (":x", new AttributeValue { SS = ["x"] })),
                ReturnValues = ReturnValue.ALL_NEW,
            },
            Cancellation);

        var item = answer.Attributes;
        Assert.Equal("7", item["a"].N);
        Assert.Equal("6", item["b"].N);
        Assert.Equal(["added", "keep"], item["map"].M.Keys.Order());
        Assert.Equal(["v", null, "end"], item["list"].L.Select(value => value.S));
        Assert.Equal("2", item["list"].L[1].N);
        Assert.Equal(["m", "m"], item["c"].L.Select(value => value.S));
        Assert.Equal("1", item["n"].N);
        Assert.Equal(["y"], item["tags"].SS);
    }

    [Fact]
    public async Task Update_Shows_Only_What_It_Changed_When_Asked_For_Updated_Values()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("1")), ("a", N("5")), ("m", M(("x", S("1")), ("y", S("2"))))), Cancellation);
        var request = new UpdateItemRequest
        {
            TableName = table,
            Key = Attributes(("id", S("1"))),
            UpdateExpression = "SET m.x = :v, fresh = :v",
            ExpressionAttributeValues = Attributes((":v", S("new"))),
            ReturnValues = ReturnValue.UPDATED_OLD,
        };

        var old = (await _client.UpdateItemAsync(request, Cancellation)).Attributes;
        request.ReturnValues = ReturnValue.UPDATED_NEW;
        var current = (await _client.UpdateItemAsync(request, Cancellation)).Attributes;

        Assert.Equal(["m"], old.Keys);
        Assert.Equal("1", Assert.Single(old["m"].M).Value.S);
        Assert.Equal(["fresh", "m"], current.Keys.Order());
        Assert.Equal("new", Assert.Single(current["m"].M).Value.S);
    }

    [Fact]
    public async Task Counter_Loses_No_Update_Under_Parallel_Clients()
    {
        var table = await _client.CreateTableAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (_, token) =>
            await _client.UpdateItemAsync(
                new UpdateItemRequest
                {
                    TableName = table,
                    Key = Attributes(("id", S("counter"))),
                    UpdateExpression = "ADD hits :one",
                    ExpressionAttributeValues = Attributes((":one", N("1"))),
                },
                token));

        Assert.Equal("200", (await _client.GetItemAsync(table, Attributes(("id", S("counter"))), Cancellation)).Item["hits"].N);
    }

    [Fact]
    public async Task Item_Is_Refused_Above_400_Kilobytes()
    {
        var table = await _client.CreateTableAsync();

        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.PutItemAsync(
            table, Attributes(("id", S("1")), ("big", S(new string('x', 400 * 1024)))), Cancellation));

        Assert.Equal("Item size has exceeded the maximum allowed size", error.Message);
    }

    [Fact]
    public async Task Item_Of_32_Levels_Is_Kept_And_A_Deeper_One_Refused()
    {
        var table = await _client.CreateTableAsync();
        var value = S("leaf");
        for (var level = 0; level < 32; level++)
        {
            value = L(value);
        }

        await _client.PutItemAsync(table, Attributes(("id", S("1")), ("deep", value)), Cancellation);
        var got = (await _client.GetItemAsync(table, Attributes(("id", S("1"))), Cancellation)).Item["deep"];
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(
            () => _client.PutItemAsync(table, Attributes(("id", S("1")), ("deep", L(value))), Cancellation));

        for (var level = 0; level < 32; level++)
        {
            got = Assert.Single(got.L);
        }

        Assert.Equal("leaf", got.S);
        Assert.Equal("ValidationException", error.ErrorCode);
        Assert.Contains("Nesting Levels have exceeded supported limits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownTable_Is_Not_Found()
    {
        var error = await Assert.ThrowsAsync<ResourceNotFoundException>(
            () => _client.GetItemAsync("no-such-table", Attributes(("id", S("1"))), Cancellation));

        Assert.Equal("Requested resource not found", error.Message);
    }
}
