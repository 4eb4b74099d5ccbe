using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Operations;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Streams;

/// <summary>Amazon DynamoDB Streams, API version 2012-08-10: the changes of tables that have a stream.</summary>
internal sealed class DynamoDBStreamsService(TableStore store, Arn arn, LocalCloudOptions options, TimeProvider time) : IAwsService
{
    private readonly StreamOperations _streams = new(store, new TableDescription(arn), options, time);

    public AwsServiceDescription Description { get; } = new("dynamodbstreams") { JsonTargetPrefix = "DynamoDBStreams_20120810" };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        switch (call.Operation)
        {
            case "ListStreams":
                _streams.List(call.Input, output);
                break;
            case "DescribeStream":
                _streams.Describe(call.Input, output);
                break;
            case "GetShardIterator":
                _streams.GetShardIterator(call.Input, output);
                break;
            case "GetRecords":
                _streams.GetRecords(call.Input, output);
                break;
            default:
                throw AwsServiceException.UnknownOperation("dynamodbstreams", call.Operation);
        }

        return ValueTask.CompletedTask;
    }
}
