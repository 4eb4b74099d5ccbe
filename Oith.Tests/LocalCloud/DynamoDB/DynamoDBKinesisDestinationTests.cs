using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Oith.Tests.Fixtures;
using static Oith.Tests.LocalCloud.DynamoDB.DynamoDBClientExtensions;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class DynamoDBKinesisDestinationTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private const string Stream = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";

    private readonly AmazonDynamoDBClient _client = Connect(fixture.Endpoint);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Destination_Goes_Through_Its_Life()
    {
        var table = await _client.CreateTableAsync();
        var update = new UpdateKinesisStreamingDestinationRequest
        {
            TableName = table,
            StreamArn = Stream,
            UpdateKinesisStreamingConfiguration = new UpdateKinesisStreamingConfiguration
            {
                ApproximateCreationDateTimePrecision = ApproximateCreationDateTimePrecision.MICROSECOND,
            },
        };
        var unknown = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.UpdateKinesisStreamingDestinationAsync(update, Cancellation));
        var enabled = await _client.EnableKinesisStreamingDestinationAsync(
            new EnableKinesisStreamingDestinationRequest { TableName = table, StreamArn = Stream }, Cancellation);
        var updated = await _client.UpdateKinesisStreamingDestinationAsync(update, Cancellation);
        var repeated = await Assert.ThrowsAsync<AmazonDynamoDBException>(() => _client.UpdateKinesisStreamingDestinationAsync(update, Cancellation));
        await _client.DisableKinesisStreamingDestinationAsync(
            new DisableKinesisStreamingDestinationRequest { TableName = table, StreamArn = Stream }, Cancellation);
        var described = await _client.DescribeKinesisStreamingDestinationAsync(
            new DescribeKinesisStreamingDestinationRequest { TableName = table }, Cancellation);

        Assert.Contains($"No streaming destination with streamArn: {Stream} found", unknown.Message, StringComparison.Ordinal);
        Assert.Equal(DestinationStatus.ENABLING, enabled.DestinationStatus);
        Assert.Equal(DestinationStatus.UPDATING, updated.DestinationStatus);
        Assert.StartsWith("Invalid Request: Precision is already set to the desired value of MICROSECOND", repeated.Message, StringComparison.Ordinal);
        Assert.Equal(DestinationStatus.DISABLED, Assert.Single(described.KinesisDataStreamDestinations).DestinationStatus);
    }
}
