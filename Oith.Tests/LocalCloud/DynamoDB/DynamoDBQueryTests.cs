using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBQueryTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("p = :p", "00 01 02 03 04 05 06 07 08 09 10 11")]
    [InlineData("p = :p AND s = :a", "03")]
    [InlineData("p = :p AND s < :a", "00 01 02")]
    [InlineData("p = :p AND s <= :a", "00 01 02 03")]
    [InlineData("p = :p AND s > :b", "09 10 11")]
    [InlineData("p = :p AND :b <= s", "08 09 10 11")]
    [InlineData("s BETWEEN :a AND :b AND p = :p", "03 04 05 06 07 08")]
    [InlineData("(p = :p) AND begins_with(s, :c)", "10 11")]
    public async Task Query_Finds_The_Sort_Keys_Of_Its_Condition(string condition, string expected)
    {
        var table = await _client.CreateTableAsync("p", "s");
        foreach (var number in Enumerable.Range(0, 12).Reverse())
        {
            await _client.PutItemAsync(table, Attributes(("p", S("one")), ("s", S($"{number:D2}"))), Cancellation);
            await _client.PutItemAsync(table, Attributes(("p", S("two")), ("s", S($"{number:D2}"))), Cancellation);
        }

        var all = Attributes((":p", S("one")), (":a", S("03")), (":b", S("08")), (":c", S("1")));
        var request = new QueryRequest
        {
            TableName = table,
            KeyConditionExpression = condition,
            ExpressionAttributeValues = all.Where(value => condition.Contains(value.Key)).ToDictionary(),
        };

        Assert.Equal(expected, string.Join(' ', (await _client.QueryAsync(request, Cancellation)).Items.Select(item => item["s"].S)));
        request.ScanIndexForward = false;
        Assert.Equal(
            expected.Split(' ').Reverse(), (await _client.QueryAsync(request, Cancellation)).Items.Select(item => item["s"].S));
    }

    [Fact]
    public async Task Query_Orders_Numbers_By_Value()
    {
        var table = await _client.CreateTableAsync("p", "s", request => request.AttributeDefinitions[1].AttributeType = ScalarAttributeType.N);
        string[] numbers = ["-1000", "-12.5", "-12", "-0.001", "0", "0.0001", "0.001", "1", "1.5", "2", "10", "10.01", "99", "100", "12345678901234567890"];
        foreach (var number in numbers.Reverse())
        {
            await _client.PutItemAsync(table, Attributes(("p", S("one")), ("s", N(number))), Cancellation);
        }

        var answer = await _client.QueryAsync(
            new QueryRequest
            {
                TableName = table,
                KeyConditionExpression = "p = :p",
                ExpressionAttributeValues = Attributes((":p", S("one"))),
            },
            Cancellation);

        Assert.Equal(numbers, answer.Items.Select(item => item["s"].N));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Query_Pages_By_Limit_Through_All_Items(bool forward)
    {
        var table = await _client.CreateTableAsync("p", "s");
        var expected = Enumerable.Range(0, 25).Select(number => $"{number:D2}").ToList();
        foreach (var sort in expected)
        {
            await _client.PutItemAsync(table, Attributes(("p", S("one")), ("s", S(sort))), Cancellation);
        }

        var found = new List<string>();
        var request = new QueryRequest
        {
            TableName = table,
            KeyConditionExpression = "p = :p",
            FilterExpression = "attribute_not_exists(gone)",
            ExpressionAttributeValues = Attributes((":p", S("one"))),
            Limit = 4,
            ScanIndexForward = forward,
        };
        do
        {
            var page = await _client.QueryAsync(request, Cancellation);
            Assert.True(page.Count <= 4);
            found.AddRange(page.Items.Select(item => item["s"].S));
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });

        Assert.Equal(forward ? expected : Enumerable.Reverse(expected), found);
    }

    [Fact]
    public async Task Scan_Ends_A_Page_At_One_Megabyte()
    {
        var table = await _client.CreateTableAsync();
        foreach (var number in Enumerable.Range(0, 8))
        {
            await _client.PutItemAsync(table, Attributes(("id", S($"{number}")), ("big", S(new string('x', 300_000)))), Cancellation);
        }

        var first = await _client.ScanAsync(new ScanRequest(table), Cancellation);
        var second = await _client.ScanAsync(new ScanRequest(table) { ExclusiveStartKey = first.LastEvaluatedKey }, Cancellation);

        Assert.Equal(4, first.Count);
        Assert.Equal(4, second.Count);
        Assert.Equal(8, first.Items.Concat(second.Items).Select(item => item["id"].S).Distinct().Count());
    }

    [Fact]
    public async Task Scan_In_Parallel_Segments_Finds_Each_Item_Once()
    {
        var table = await _client.CreateTableAsync();
        foreach (var chunk in Enumerable.Range(0, 200).Chunk(25))
        {
            await _client.BatchWriteItemAsync(
                new Dictionary<string, List<WriteRequest>>
                {
                    [table] = [.. chunk.Select(number => new WriteRequest(new PutRequest(Attributes(("id", S($"item-{number}"))))))],
                },
                Cancellation);
        }

        var segments = await Task.WhenAll(Enumerable.Range(0, 5).Select(segment =>
            _client.ScanAsync(new ScanRequest(table) { Segment = segment, TotalSegments = 5 }, Cancellation)));

        Assert.All(segments, segment => Assert.InRange(segment.Count!.Value, 1, 199));
        Assert.Equal(200, segments.SelectMany(segment => segment.Items).Select(item => item["id"].S).Distinct().Count());
        Assert.Equal(200, segments.Sum(segment => segment.Count));
    }

    [Fact]
    public async Task Filter_Counts_What_It_Scanned()
    {
        var table = await _client.CreateTableAsync();
        foreach (var number in Enumerable.Range(0, 10))
        {
            await _client.PutItemAsync(table, Attributes(("id", S($"{number}")), ("n", N($"{number}"))), Cancellation);
        }

        var answer = await _client.ScanAsync(
            new ScanRequest(table)
            {
                FilterExpression = "n >= :seven",
                ExpressionAttributeValues = Attributes((":seven", N("7"))),
                Select = Select.COUNT,
            },
            Cancellation);

        Assert.Equal(3, answer.Count);
        Assert.Equal(10, answer.ScannedCount);
        Assert.Empty(answer.Items ?? []);
    }

    [Fact]
    public async Task GlobalIndex_Follows_Every_Change_Of_Its_Items()
    {
        var table = await CreateUsersAsync();
        await PutUserAsync(table, "ann@x", "9q8y", 100);
        await PutUserAsync(table, "bob@x", "9q8y", 300);
        await PutUserAsync(table, "cyd@x", "9q8y", 200);
        await PutUserAsync(table, "dan@x", "dr5r", 50);
        Assert.Equal(["ann@x", "cyd@x", "bob@x"], await QueryGeohashAsync(table, "9q8y"));

        await _client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = table,
                Key = Attributes(("email", S("ann@x"))),
                UpdateExpression = "SET lastSeen = :later",
                ExpressionAttributeValues = Attributes((":later", N("400"))),
            },
            Cancellation);
        await _client.UpdateItemAsync(
            new UpdateItemRequest { TableName = table, Key = Attributes(("email", S("cyd@x"))), UpdateExpression = "REMOVE geohash" }, Cancellation);
        await _client.DeleteItemAsync(table, Attributes(("email", S("dan@x"))), Cancellation);

        Assert.Equal(["bob@x", "ann@x"], await QueryGeohashAsync(table, "9q8y"));
        Assert.Empty(await QueryGeohashAsync(table, "dr5r"));
    }

    [Fact]
    public async Task GlobalIndex_Pages_Over_Equal_Keys_And_Names_Both_Keys()
    {
        var table = await CreateUsersAsync();
        foreach (var number in Enumerable.Range(0, 10))
        {
            await PutUserAsync(table, $"user-{number}@x", "9q8y", 7);
        }

        var request = new QueryRequest
        {
            TableName = table,
            IndexName = "geohash-lastSeen-index",
            KeyConditionExpression = "geohash = :g AND lastSeen = :t",
            ExpressionAttributeValues = Attributes((":g", S("9q8y")), (":t", N("7"))),
            Limit = 3,
        };
        var found = new List<string>();
        do
        {
            var page = await _client.QueryAsync(request, Cancellation);
            found.AddRange(page.Items.Select(item => item["email"].S));
            request.ExclusiveStartKey = page.LastEvaluatedKey;
            Assert.True(page.LastEvaluatedKey is null or { Count: 0 } or { Count: 3 });
        }
        while (request.ExclusiveStartKey is { Count: > 0 });

        Assert.Equal(10, found.Distinct().Count());
        Assert.Equal(10, found.Count);
    }

    [Fact]
    public async Task Index_Shows_Only_What_It_Projects()
    {
        var table = await _client.CreateTableAsync("id", "s", request =>
        {
            request.AttributeDefinitions.Add(new AttributeDefinition("g", ScalarAttributeType.S));
            request.GlobalSecondaryIndexes =
            [
                new GlobalSecondaryIndex
                {
                    IndexName = "by-g",
                    KeySchema = [new KeySchemaElement("g", KeyType.HASH)],
                    Projection = new Projection { ProjectionType = ProjectionType.INCLUDE, NonKeyAttributes = ["shown"] },
                },
            ];
            request.LocalSecondaryIndexes =
            [
                new LocalSecondaryIndex
                {
                    IndexName = "local-g",
                    KeySchema = [new KeySchemaElement("id", KeyType.HASH), new KeySchemaElement("g", KeyType.RANGE)],
                    Projection = new Projection { ProjectionType = ProjectionType.KEYS_ONLY },
                },
            ];
        });
        await _client.PutItemAsync(
            table, Attributes(("id", S("1")), ("s", S("2")), ("g", S("3")), ("shown", S("yes")), ("hidden", S("no"))), Cancellation);

        var global = new QueryRequest
        {
            TableName = table,
            IndexName = "by-g",
            KeyConditionExpression = "g = :g",
            ExpressionAttributeValues = Attributes((":g", S("3"))),
        };
        var local = new QueryRequest
        {
            TableName = table,
            IndexName = "local-g",
            KeyConditionExpression = "id = :id",
            ExpressionAttributeValues = Attributes((":id", S("1"))),
        };

        Assert.Equal(["g", "id", "s", "shown"], (await _client.QueryAsync(global, Cancellation)).Items[0].Keys.Order());
        Assert.Equal(["g", "id", "s"], (await _client.QueryAsync(local, Cancellation)).Items[0].Keys.Order());
        local.Select = Select.ALL_ATTRIBUTES;
        Assert.Equal(["g", "hidden", "id", "s", "shown"], (await _client.QueryAsync(local, Cancellation)).Items[0].Keys.Order());
        global.Select = Select.ALL_ATTRIBUTES;
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.QueryAsync(global, Cancellation));
        Assert.Equal(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index by-g "
            + "because its projection type is not ALL",
            error.Message);
    }

    [Fact]
    public async Task ConsumedCapacity_Is_Shown_Only_When_Asked_For()
    {
        var table = await CreateUsersAsync();
        await PutUserAsync(table, "ann@x", "9q8y", 1);

        var silent = await _client.GetItemAsync(table, Attributes(("email", S("ann@x"))), Cancellation);
        var read = await _client.GetItemAsync(
            new GetItemRequest
            {
                TableName = table,
                Key = Attributes(("email", S("ann@x"))),
                ConsistentRead = true,
                ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL,
            },
            Cancellation);
        var write = await _client.PutItemAsync(
            new PutItemRequest
            {
                TableName = table,
                Item = Attributes(("email", S("new@x")), ("geohash", S("dr5r")), ("lastSeen", N("1")), ("bio", S(new string('x', 1500)))),
                ReturnConsumedCapacity = ReturnConsumedCapacity.INDEXES,
            },
            Cancellation);

        Assert.Null(silent.ConsumedCapacity);
        Assert.Equal(1, read.ConsumedCapacity.CapacityUnits);
        Assert.Equal(4, write.ConsumedCapacity.CapacityUnits);
        Assert.Equal(2, write.ConsumedCapacity.Table.CapacityUnits);
        Assert.Equal(2, write.ConsumedCapacity.GlobalSecondaryIndexes["geohash-lastSeen-index"].CapacityUnits);
    }

    [Fact]
    public async Task BatchGet_Finds_Items_Of_Several_Tables()
    {
        var (first, second) = (await _client.CreateTableAsync(), await _client.CreateTableAsync());
        await _client.PutItemAsync(first, Attributes(("id", S("a")), ("n", N("1"))), Cancellation);
        await _client.PutItemAsync(second, Attributes(("id", S("b")), ("n", N("2"))), Cancellation);

        var answer = await _client.BatchGetItemAsync(
            new Dictionary<string, KeysAndAttributes>
            {
                [first] = new() { Keys = [Attributes(("id", S("a"))), Attributes(("id", S("nobody")))] },
                [second] = new() { Keys = [Attributes(("id", S("b")))], ProjectionExpression = "n" },
            },
            Cancellation);

        Assert.Equal("1", Assert.Single(answer.Responses[first])["n"].N);
        Assert.Equal(["n"], Assert.Single(answer.Responses[second]).Keys);
        Assert.Empty(answer.UnprocessedKeys);
    }

    [Fact]
    public async Task BatchGet_Leaves_Keys_Unprocessed_Above_Its_Answers_Limit()
    {
        var table = await _client.CreateTableAsync();
        var keys = Enumerable.Range(0, 50).Select(number => Attributes(("id", S(number.ToString(CultureInfo.InvariantCulture))))).ToList();
        foreach (var key in keys)
        {
            await _client.PutItemAsync(table, new(key) { ["big"] = S(new string('x', 390_000)) }, Cancellation);
        }

        var answer = await _client.BatchGetItemAsync(
            new Dictionary<string, KeysAndAttributes> { [table] = new() { Keys = keys } }, Cancellation);

        var unprocessed = answer.UnprocessedKeys[table].Keys;
        Assert.NotEmpty(unprocessed);
        Assert.Equal(50, answer.Responses[table].Count + unprocessed.Count);
    }

    private Task<string> CreateUsersAsync() => _client.CreateTableAsync("email", null, request =>
    {
        request.AttributeDefinitions.Add(new AttributeDefinition("geohash", ScalarAttributeType.S));
        request.AttributeDefinitions.Add(new AttributeDefinition("lastSeen", ScalarAttributeType.N));
        request.GlobalSecondaryIndexes =
        [
            new GlobalSecondaryIndex
            {
                IndexName = "geohash-lastSeen-index",
                KeySchema = [new KeySchemaElement("geohash", KeyType.HASH), new KeySchemaElement("lastSeen", KeyType.RANGE)],
                Projection = new Projection { ProjectionType = ProjectionType.ALL },
            },
        ];
    });

    private Task<PutItemResponse> PutUserAsync(string table, string email, string geohash, int lastSeen) => _client.PutItemAsync(
        table, Attributes(("email", S(email)), ("geohash", S(geohash)), ("lastSeen", N($"{lastSeen}"))), Cancellation);

    private async Task<IEnumerable<string>> QueryGeohashAsync(string table, string geohash) => (await _client.QueryAsync(
        new QueryRequest
        {
            TableName = table,
            IndexName = "geohash-lastSeen-index",
            KeyConditionExpression = "geohash = :g",
            ExpressionAttributeValues = Attributes((":g", S(geohash))),
        },
        Cancellation)).Items.Select(item => item["email"].S);
}
