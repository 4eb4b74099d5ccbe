using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBTableTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Table_Goes_Through_Its_Life()
    {
        var name = $"life-{Guid.NewGuid():N}";
        var created = (await _client.CreateTableAsync(
            new CreateTableRequest
            {
                TableName = name,
                KeySchema = [new KeySchemaElement("id", KeyType.HASH)],
                AttributeDefinitions = [new AttributeDefinition("id", ScalarAttributeType.S)],
                ProvisionedThroughput = new ProvisionedThroughput(5, 6),
                Tags = [new Tag { Key = "a", Value = "1" }],
            },
            Cancellation)).TableDescription;
        var described = (await _client.DescribeTableAsync(name, Cancellation)).Table;
        await _client.UpdateTableAsync(new UpdateTableRequest { TableName = name, BillingMode = BillingMode.PAY_PER_REQUEST }, Cancellation);
        var onDemand = (await _client.DescribeTableAsync(name, Cancellation)).Table;
        var duplicate = await Assert.ThrowsAsync<ResourceInUseException>(() => _client.CreateTableAsync(name, created.KeySchema, created.AttributeDefinitions, new ProvisionedThroughput(1, 1), Cancellation));
        var deleted = (await _client.DeleteTableAsync(name, Cancellation)).TableDescription;
        var gone = await Assert.ThrowsAsync<ResourceNotFoundException>(() => _client.DescribeTableAsync(name, Cancellation));

        Assert.Equal(TableStatus.CREATING, created.TableStatus);
        Assert.Equal($"arn:aws:dynamodb:us-east-1:000000000000:table/{name}", created.TableArn);
        Assert.Equal(TableStatus.ACTIVE, described.TableStatus);
        Assert.Equal(created.TableId, described.TableId);
        Assert.Equal(6, described.ProvisionedThroughput.WriteCapacityUnits);
        Assert.Equal(BillingMode.PAY_PER_REQUEST, onDemand.BillingModeSummary.BillingMode);
        Assert.Equal($"Table already exists: {name}", duplicate.Message);
        Assert.Equal(TableStatus.DELETING, deleted.TableStatus);
        Assert.Equal($"Requested resource not found: Table: {name} not found", gone.Message);
    }

    [Fact]
    public async Task Table_Is_Not_Deleted_While_It_Is_Protected()
    {
        var table = await _client.CreateTableAsync(configure: request => request.DeletionProtectionEnabled = true);
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.DeleteTableAsync(table, Cancellation));
        Assert.Equal("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.", error.Message);

        await _client.UpdateTableAsync(new UpdateTableRequest { TableName = table, DeletionProtectionEnabled = false }, Cancellation);
        await _client.DeleteTableAsync(table, Cancellation);
    }

    [Fact]
    public async Task Index_Created_Later_Has_The_Items_From_Before()
    {
        var table = await _client.CreateTableAsync();
        await _client.PutItemAsync(table, Attributes(("id", S("1")), ("g", S("x"))), Cancellation);
        await _client.UpdateTableAsync(
            new UpdateTableRequest
            {
                TableName = table,
                AttributeDefinitions = [new AttributeDefinition("g", ScalarAttributeType.S)],
                GlobalSecondaryIndexUpdates =
                [
                    new GlobalSecondaryIndexUpdate
                    {
                        Create = new CreateGlobalSecondaryIndexAction
                        {
                            IndexName = "by-g",
                            KeySchema = [new KeySchemaElement("g", KeyType.HASH)],
                            Projection = new Projection { ProjectionType = ProjectionType.ALL },
                        },
                    },
                ],
            },
            Cancellation);

        var found = await _client.ScanAsync(new ScanRequest(table) { IndexName = "by-g" }, Cancellation);
        Assert.Equal("1", Assert.Single(found.Items)["id"].S);

        await _client.UpdateTableAsync(
            new UpdateTableRequest
            {
                TableName = table,
                GlobalSecondaryIndexUpdates = [new GlobalSecondaryIndexUpdate { Delete = new DeleteGlobalSecondaryIndexAction { IndexName = "by-g" } }],
            },
            Cancellation);
        Assert.Empty((await _client.DescribeTableAsync(table, Cancellation)).Table.GlobalSecondaryIndexes ?? []);
    }

    [Fact]
    public async Task Tags_And_Backups_And_TimeToLive_Are_Kept()
    {
        var table = await _client.CreateTableAsync();
        var arn = (await _client.DescribeTableAsync(table, Cancellation)).Table.TableArn;
        await _client.TagResourceAsync(new TagResourceRequest { ResourceArn = arn, Tags = [new Tag { Key = "a", Value = "1" }, new Tag { Key = "b", Value = "2" }] }, Cancellation);
        await _client.UntagResourceAsync(new UntagResourceRequest { ResourceArn = arn, TagKeys = ["a"] }, Cancellation);
        await _client.UpdateContinuousBackupsAsync(
            new UpdateContinuousBackupsRequest
            {
                TableName = table,
                PointInTimeRecoverySpecification = new PointInTimeRecoverySpecification { PointInTimeRecoveryEnabled = true },
            },
            Cancellation);
        await _client.UpdateTimeToLiveAsync(
            new UpdateTimeToLiveRequest { TableName = table, TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = "ttl", Enabled = true } },
            Cancellation);

        var tags = (await _client.ListTagsOfResourceAsync(new ListTagsOfResourceRequest { ResourceArn = arn }, Cancellation)).Tags;
        var backups = (await _client.DescribeContinuousBackupsAsync(new DescribeContinuousBackupsRequest { TableName = table }, Cancellation)).ContinuousBackupsDescription;
        var timeToLive = (await _client.DescribeTimeToLiveAsync(table, Cancellation)).TimeToLiveDescription;

        Assert.Equal("b", Assert.Single(tags).Key);
        Assert.Equal(PointInTimeRecoveryStatus.ENABLED, backups.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus);
        Assert.Equal(TimeToLiveStatus.ENABLED, timeToLive.TimeToLiveStatus);
        Assert.Equal("ttl", timeToLive.AttributeName);
    }

    [Fact]
    public async Task Item_Disappears_When_Its_Time_To_Live_Is_Over()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 }, time);
        using var client = Connect(LocalCloudFixture.EndpointOf(app));
        var table = await client.CreateTableAsync();
        await client.UpdateTimeToLiveAsync(
            new UpdateTimeToLiveRequest { TableName = table, TimeToLiveSpecification = new TimeToLiveSpecification { AttributeName = "ttl", Enabled = true } },
            Cancellation);
        var now = time.GetUtcNow();
        await client.PutItemAsync(table, Attributes(("id", S("soon")), ("ttl", N($"{now.AddMinutes(1).ToUnixTimeSeconds()}"))), Cancellation);
        await client.PutItemAsync(table, Attributes(("id", S("later")), ("ttl", N($"{now.AddHours(1).ToUnixTimeSeconds()}"))), Cancellation);
        await client.PutItemAsync(table, Attributes(("id", S("ancient")), ("ttl", N($"{now.AddYears(-6).ToUnixTimeSeconds()}"))), Cancellation);
        await client.PutItemAsync(table, Attributes(("id", S("text")), ("ttl", S("1"))), Cancellation);

        time.Advance(TimeSpan.FromSeconds(30));
        var before = await client.ScanAsync(new ScanRequest(table), Cancellation);
        time.Advance(TimeSpan.FromMinutes(1));
        var after = await client.ScanAsync(new ScanRequest(table), Cancellation);

        Assert.Equal(4, before.Count);
        Assert.Equal(["ancient", "later", "text"], after.Items.Select(item => item["id"].S).Order());
    }

    [Fact]
    public async Task ListTables_Pages_By_Name()
    {
        await using var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 });
        using var client = Connect(LocalCloudFixture.EndpointOf(app));
        var names = new List<string>();
        for (var number = 0; number < 5; number++)
        {
            names.Add(await client.CreateTableAsync());
        }

        var first = await client.ListTablesAsync(new ListTablesRequest { Limit = 3 }, Cancellation);
        var second = await client.ListTablesAsync(new ListTablesRequest { ExclusiveStartTableName = first.LastEvaluatedTableName }, Cancellation);

        Assert.Equal(names.Order(StringComparer.Ordinal), first.TableNames.Concat(second.TableNames));
        Assert.Null(second.LastEvaluatedTableName);
    }

    [Fact]
    public async Task UnknownOperation_Is_An_Error_That_Names_It()
    {
        var error = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.ListBackupsAsync(new ListBackupsRequest(), Cancellation));

        Assert.Equal("UnknownOperationException", error.ErrorCode);
        Assert.Contains("ListBackups", error.Message, StringComparison.Ordinal);
    }
}
