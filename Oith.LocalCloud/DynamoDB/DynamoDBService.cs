using System.Diagnostics;
using System.Text.Json;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.DynamoDB.Operations;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB;

/// <summary>Amazon DynamoDB, API version 2012-08-10.</summary>
internal sealed class DynamoDBService : IAwsService, IDisposable
{
    private static readonly ActivitySource s_activities = new("Oith.LocalCloud.DynamoDB");

    private readonly TableStore _store;
    private readonly TimeToLiveSweeper _sweeper;
    private readonly TableOperations _tables;
    private readonly TableFeatureOperations _features;
    private readonly ItemOperations _items;
    private readonly ReadOperations _reads;
    private readonly BatchOperations _batches;
    private readonly TransactionOperations _transactions;

    public DynamoDBService(JournalFactory journals, Arn arn, LocalCloudOptions options, TimeProvider time, ILogger<DynamoDBService> logger)
    {
        _store = new TableStore(new TableJournal(journals));
        _sweeper = new TimeToLiveSweeper(_store, time, logger);
        var description = new TableDescription(arn);
        _tables = new TableOperations(_store, description, new TableEncryption(arn), time);
        _features = new TableFeatureOperations(_store, description, options, time);
        _items = new ItemOperations(_store);
        _reads = new ReadOperations(_store);
        _batches = new BatchOperations(_store);
        _transactions = new TransactionOperations(_store, time);
    }

    public AwsServiceDescription Description { get; } = new("dynamodb") { JsonTargetPrefix = "DynamoDB_20120810" };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        using var activity = s_activities.StartActivity(call.Operation, ActivityKind.Server, call.TraceParent);
        Invoke(call.Operation, call.Input, output);
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        _sweeper.Dispose();
        _store.Dispose();
    }

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
