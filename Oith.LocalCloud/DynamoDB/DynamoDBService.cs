using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Operations;
using Oith.LocalCloud.DynamoDB.PartiQL;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB;

/// <summary>Amazon DynamoDB, API version 2012-08-10.</summary>
internal sealed class DynamoDBService : IAwsService, IDisposable
{
    private readonly TimeToLiveSweeper _sweeper;
    private readonly TableEncryption _encryption;
    private readonly TableOperations _tables;
    private readonly TableFeatureOperations _features;
    private readonly ItemOperations _items;
    private readonly ReadOperations _reads;
    private readonly BatchOperations _batches;
    private readonly TransactionOperations _transactions;
    private readonly PartiQLOperations _partiQL;

    public DynamoDBService(TableStore store, Arn arn, IAwsApi api, LocalCloudOptions options, TimeProvider time, ILogger<DynamoDBService> logger)
    {
        _sweeper = new TimeToLiveSweeper(store, time, logger);
        var description = new TableDescription(arn);
        _encryption = new TableEncryption(arn, api);
        _tables = new TableOperations(store, description, _encryption, time);
        _features = new TableFeatureOperations(store, description, options, time);
        _items = new ItemOperations(store);
        _reads = new ReadOperations(store);
        _batches = new BatchOperations(store);
        _transactions = new TransactionOperations(store, time);
        _partiQL = new PartiQLOperations(store, _items, _transactions);
    }

    public AwsServiceDescription Description { get; } = new("dynamodb") { JsonTargetPrefix = "DynamoDB_20120810" };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        if (call.Operation is "CreateTable" or "UpdateTable")
        {
            return InvokeAfterPreparingAsync(call, output, cancellationToken);
        }

        Invoke(call.Operation, call.Input, output);
        return ValueTask.CompletedTask;
    }

    private async ValueTask InvokeAfterPreparingAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        await _encryption.PrepareAsync(call.Input, cancellationToken);
        Invoke(call.Operation, call.Input, output);
    }

    public void Dispose() => _sweeper.Dispose();

    private void Invoke(string operation, JsonElement input, Utf8JsonWriter output)
    {
        switch (operation)
        {
            case "GetItem":
                _items.Get(input, output);
                break;
            case "PutItem":
                _items.Put(input, output);
                break;
            case "UpdateItem":
                _items.Update(input, output);
                break;
            case "DeleteItem":
                _items.Delete(input, output);
                break;
            case "Query":
                _reads.Query(input, output);
                break;
            case "Scan":
                _reads.Scan(input, output);
                break;
            case "BatchGetItem":
                _batches.Get(input, output);
                break;
            case "BatchWriteItem":
                _batches.Write(input, output);
                break;
            case "TransactGetItems":
                _transactions.Get(input, output);
                break;
            case "TransactWriteItems":
                _transactions.Write(input, output);
                break;
            case "ExecuteStatement":
                _partiQL.Execute(input, output);
                break;
            case "BatchExecuteStatement":
                _partiQL.ExecuteBatch(input, output);
                break;
            case "ExecuteTransaction":
                _partiQL.ExecuteTransaction(input, output);
                break;
            default:
                InvokeOnTable(operation, input, output);
                break;
        }
    }

    private void InvokeOnTable(string operation, JsonElement input, Utf8JsonWriter output)
    {
        switch (operation)
        {
            case "CreateTable":
                _tables.Create(input, output);
                break;
            case "DescribeTable":
                _tables.Describe(input, output);
                break;
            case "ListTables":
                _tables.List(input, output);
                break;
            case "UpdateTable":
                _tables.Update(input, output);
                break;
            case "DeleteTable":
                _tables.Delete(input, output);
                break;
            case "UpdateTimeToLive":
                _features.UpdateTimeToLive(input, output);
                break;
            case "DescribeTimeToLive":
                _features.DescribeTimeToLive(input, output);
                break;
            case "UpdateContinuousBackups":
                _features.UpdateBackups(input, output);
                break;
            case "DescribeContinuousBackups":
                _features.DescribeBackups(input, output);
                break;
            case "DescribeContributorInsights":
                _features.DescribeContributorInsights(input, output);
                break;
            case "DescribeKinesisStreamingDestination":
                _features.DescribeKinesisDestinations(input, output);
                break;
            case "TagResource":
                _features.Tag(input);
                break;
            case "UntagResource":
                _features.Untag(input);
                break;
            case "ListTagsOfResource":
                _features.ListTags(input, output);
                break;
            case "DescribeLimits":
                TableFeatureOperations.DescribeLimits(output);
                break;
            case "DescribeEndpoints":
                _features.DescribeEndpoints(output);
                break;
            default:
                throw AwsServiceException.UnknownOperation("dynamodb", operation);
        }
    }
}
