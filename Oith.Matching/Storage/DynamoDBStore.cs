using System.Net;
using System.Security.Cryptography;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;
using Polly;

namespace Oith.Matching.Storage;

/// <summary>
/// Every call to DynamoDB: measured, behind a bulkhead and a circuit breaker, conflicts of transactions tried again. A condition that did not
/// hold is an answer here, not an exception.
/// </summary>
internal sealed class DynamoDBStore(
    DynamoDBClients clients,
    [FromKeyedServices(DynamoDBStore.Circuit)] DependencyCircuit circuit,
    IOptions<MatchingOptions> options,
    MatchingMetrics metrics,
    TimeProvider time)
{
    public const string Circuit = "dynamodb";

    /// <summary>Items that one call reads.</summary>
    public const int BatchGetLimit = 100;

    private const int BatchWriteLimit = 25;
    private const int Attempts = 10;

    private const int WaitingPerCall = 64;

    private readonly string _tablePrefix = $"oith-{options.Value.Environment}-";

    // More calls at once would only be slower together, and time out together. Whoever waits for a place is not timed yet.
    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddConcurrencyLimiter(options.Value.DynamoDBCalls, WaitingPerCall * options.Value.DynamoDBCalls)
        .AddPipeline(circuit.Pipeline)
        .Build();

    /// <summary>True for an exception that says that DynamoDB, and not the call, is at fault.</summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        AmazonServiceException service => service.StatusCode >= HttpStatusCode.InternalServerError || service.StatusCode == 0 || IsThrottle(service),
        HttpRequestException or IOException or TimeoutException => true,
        // The SDK's own time-out; a caller who went away is no fault of DynamoDB's.
        OperationCanceledException cancelled => cancelled.InnerException is TimeoutException,
        _ => false,
    };

    /// <returns>The item as of now; null when there is none.</returns>
    public Task<Dictionary<string, AttributeValue>?> FindAsync(
        string table, Dictionary<string, AttributeValue> key, CancellationToken cancellationToken) =>
        FindAsync(table, key, consistent: true, cancellationToken);

    /// <returns>The item as it was a moment ago, which DAX may answer; null when there was none.</returns>
    public Task<Dictionary<string, AttributeValue>?> GlanceAsync(
        string table, Dictionary<string, AttributeValue> key, CancellationToken cancellationToken) =>
        FindAsync(table, key, consistent: false, cancellationToken);

    /// <summary>Reads many items as of now, in no order; absent ones are left out.</summary>
    public async Task<List<Dictionary<string, AttributeValue>>> FindAllAsync(
        string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken cancellationToken)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        foreach (var chunk in keys.Chunk(BatchGetLimit))
        {
            var pending = new Dictionary<string, KeysAndAttributes> { [table] = new() { Keys = [.. chunk], ConsistentRead = true } };
            for (var attempt = 0; pending.Count > 0; attempt++)
            {
                await BackOffAsync(attempt, cancellationToken);
                var response = await CallAsync(
                    "BatchGetItem",
                    static (client, request, token) => client.BatchGetItemAsync(request, token),
                    new BatchGetItemRequest { RequestItems = pending },
                    cancellationToken);
                items.AddRange(response.Responses?.GetValueOrDefault(table) ?? []);
                pending = response.UnprocessedKeys ?? [];
            }
        }

        return items;
    }

    /// <summary>Reads a few items of several tables in one call, each as of now.</summary>
    /// <param name="keys">Not two of them the same.</param>
    /// <returns>In the order of <paramref name="keys"/>; null where there is none.</returns>
    public async Task<Dictionary<string, AttributeValue>?[]> FindTogetherAsync(IReadOnlyList<ItemKey> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, AttributeValue>?[keys.Count];
        var pending = new Dictionary<string, KeysAndAttributes>();
        foreach (var (table, key) in keys)
        {
            if (!pending.TryGetValue(table, out var wanted))
            {
                pending[table] = wanted = new KeysAndAttributes { Keys = [], ConsistentRead = true };
            }

            wanted.Keys.Add(key);
        }

        for (var attempt = 0; pending.Count > 0; attempt++)
        {
            await BackOffAsync(attempt, cancellationToken);
            var response = await CallAsync(
                "BatchGetItem",
                static (client, request, token) => client.BatchGetItemAsync(request, token),
                new BatchGetItemRequest { RequestItems = pending },
                cancellationToken);
            foreach (var (table, items) in response.Responses ?? [])
            {
                foreach (var item in items)
                {
                    found[PlaceOf(keys, table, item)] = item;
                }
            }

            pending = response.UnprocessedKeys ?? [];
        }

        return found;
    }

    /// <summary>All pages of a query.</summary>
    public async Task<List<Dictionary<string, AttributeValue>>> QueryAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        do
        {
            var page = await CallAsync("Query", static (client, request, token) => client.QueryAsync(request, token), request, cancellationToken);
            items.AddRange(page.Items ?? []);
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });

        return items;
    }

    /// <summary>All items that name a user in an attribute with an index of its own; an index may be a moment behind.</summary>
    public Task<List<Dictionary<string, AttributeValue>>> FindByEmailAsync(
        string table, string attribute, string email, CancellationToken cancellationToken) => QueryAsync(
        new QueryRequest
        {
            TableName = table,
            IndexName = $"{attribute}-index",
            KeyConditionExpression = $"{attribute} = :email",
            ExpressionAttributeValues = new() { [":email"] = Attributes.Text(email) },
        },
        cancellationToken);

    /// <summary>All pages of one segment of a scan.</summary>
    public async IAsyncEnumerable<List<Dictionary<string, AttributeValue>>> ScanAsync(
        ScanRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            var page = await CallAsync("Scan", static (client, request, token) => client.ScanAsync(request, token), request, cancellationToken);
            yield return page.Items ?? [];
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>One conditional update. Ask for <see cref="ReturnValue.ALL_NEW"/> to see the item.</summary>
    public async Task<UpdateResult> UpdateAsync(UpdateItemRequest request, CancellationToken cancellationToken)
    {
        request.ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD;
        for (var attempt = 0; ; attempt++)
        {
            await BackOffAsync(attempt, cancellationToken);
            try
            {
                var response = await CallAsync(
                    "UpdateItem", static (client, request, token) => client.UpdateItemAsync(request, token), request, cancellationToken);
                return new UpdateResult(true, response.Attributes);
            }
            catch (ConditionalCheckFailedException exception)
            {
                return new UpdateResult(false, exception.Item is { Count: > 0 } item ? item : null);
            }
            catch (TransactionConflictException) when (attempt < Attempts)
            {
                metrics.TransactionConflict();
            }
        }
    }

    /// <summary>Deletes an item, if it is there and its condition holds.</summary>
    public async Task DeleteAsync(DeleteItemRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await BackOffAsync(attempt, cancellationToken);
            try
            {
                await CallAsync("DeleteItem", static (client, request, token) => client.DeleteItemAsync(request, token), request, cancellationToken);
                return;
            }
            catch (ConditionalCheckFailedException)
            {
                return;
            }
            catch (TransactionConflictException) when (attempt < Attempts)
            {
                metrics.TransactionConflict();
            }
        }
    }

    /// <summary>Deletes many items without a condition.</summary>
    public async Task DeleteAllAsync(string table, IEnumerable<Dictionary<string, AttributeValue>> keys, CancellationToken cancellationToken)
    {
        foreach (var chunk in keys.Chunk(BatchWriteLimit))
        {
            var pending = new Dictionary<string, List<WriteRequest>>
            {
                [table] = [.. chunk.Select(key => new WriteRequest(new DeleteRequest(key)))],
            };
            for (var attempt = 0; pending.Count > 0; attempt++)
            {
                await BackOffAsync(attempt, cancellationToken);
                var response = await CallAsync(
                    "BatchWriteItem",
                    static (client, request, token) => client.BatchWriteItemAsync(request, token),
                    new BatchWriteItemRequest { RequestItems = pending },
                    cancellationToken);
                pending = response.UnprocessedItems ?? [];
            }
        }
    }

    /// <summary>Writes all or, when a condition does not hold, nothing.</summary>
    /// <exception cref="ContentionException">Other transactions kept the same items busy.</exception>
    public async Task<TransactionResult> WriteAsync(List<TransactWriteItem> writes, CancellationToken cancellationToken)
    {
        var request = new TransactWriteItemsRequest { TransactItems = writes };
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await BackOffAsync(attempt, cancellationToken);
            // A token of its own each time: the former attempt is known to have been cancelled.
            request.ClientRequestToken = Guid.NewGuid().ToString("N");
            try
            {
                await CallAsync(
                    "TransactWriteItems",
                    static (client, request, token) => client.TransactWriteItemsAsync(request, token),
                    request,
                    cancellationToken);
                return default;
            }
            catch (TransactionCanceledException exception) when (exception.CancellationReasons is { } reasons)
            {
                if (reasons.Exists(reason => reason.Code == "ConditionalCheckFailed"))
                {
                    return new TransactionResult([.. writes.Where((_, at) => reasons[at].Code == "ConditionalCheckFailed")]);
                }

                if (!reasons.TrueForAll(reason => reason.Code is "None" or "TransactionConflict" or "ThrottlingError" or "ProvisionedThroughputExceeded"))
                {
                    throw;
                }

                metrics.TransactionConflict();
            }
        }

        throw new ContentionException();
    }

    private async Task<Dictionary<string, AttributeValue>?> FindAsync(
        string table, Dictionary<string, AttributeValue> key, bool consistent, CancellationToken cancellationToken)
    {
        var response = await CallAsync(
            "GetItem",
            static (client, request, token) => client.GetItemAsync(request, token),
            new GetItemRequest { TableName = table, Key = key, ConsistentRead = consistent },
            cancellationToken);
        return response.Item is { Count: > 0 } item ? item : null;
    }

    private static int PlaceOf(IReadOnlyList<ItemKey> keys, string table, Dictionary<string, AttributeValue> item)
    {
        var place = 0;
        while (keys[place].Table != table || !keys[place].Key.All(part => item[part.Key].S == part.Value.S))
        {
            place++;
        }

        return place;
    }

    private static bool IsThrottle(AmazonServiceException exception) => exception.ErrorCode is
        "ProvisionedThroughputExceededException" or "ThrottlingException" or "RequestLimitExceeded";

    // Full jitter: whoever collided once must not collide again in step.
    private Task BackOffAsync(int attempt, CancellationToken cancellationToken) => attempt == 0
        ? Task.CompletedTask
        : Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, Math.Min(200, 4 << attempt))), time, cancellationToken);

    private async ValueTask<TResponse> CallAsync<TRequest, TResponse>(
        string operation, Func<IAmazonDynamoDB, TRequest, CancellationToken, Task<TResponse>> call, TRequest request, CancellationToken cancellationToken)
        where TResponse : AmazonWebServiceResponse
    {
        var table = TableOf(request);
        using var activity = AwsSpans.StartDynamoDB(operation);
        activity?.SetTables(operation, TablesOf(request), _tablePrefix);
        var start = time.GetTimestamp();
        try
        {
            // Scans read everybody, for long, and few at once: they must not take the places of people who wait.
            var (client, pipeline) = operation == "Scan" ? (clients.Scans, circuit.Pipeline) : (clients.Items, _pipeline);
            var response = await pipeline.ExecuteAsync(
                static async (state, token) => await state.call(state.client, state.request, token), (client, call, request), cancellationToken);
            activity.SetResponse(response);
            return response;
        }
        catch (Exception exception)
        {
            activity.SetFailure(exception);
            if (exception is AmazonServiceException service && IsThrottle(service))
            {
                metrics.Throttled(operation, table);
            }

            throw;
        }
        finally
        {
            metrics.DynamoDBCall(operation, table, time.GetElapsedTime(start));
        }
    }

    // The one table of a call; calls that span several have none.
    private static string? TableOf<TRequest>(TRequest request) => request switch
    {
        GetItemRequest get => get.TableName,
        QueryRequest query => query.TableName,
        ScanRequest scan => scan.TableName,
        UpdateItemRequest update => update.TableName,
        DeleteItemRequest delete => delete.TableName,
        BatchGetItemRequest { RequestItems.Count: 1 } batch => batch.RequestItems.Keys.First(),
        BatchWriteItemRequest { RequestItems.Count: 1 } batch => batch.RequestItems.Keys.First(),
        _ => null,
    };

    private static string[] TablesOf<TRequest>(TRequest request) => request switch
    {
        BatchGetItemRequest batch => [.. batch.RequestItems.Keys],
        BatchWriteItemRequest batch => [.. batch.RequestItems.Keys],
        TransactWriteItemsRequest transaction => [.. transaction.TransactItems.Select(TableOf).OfType<string>().Distinct(StringComparer.Ordinal)],
        _ => TableOf(request) is { } table ? [table] : [],
    };

    private static string? TableOf(TransactWriteItem item) =>
        item.Put?.TableName ?? item.Update?.TableName ?? item.Delete?.TableName ?? item.ConditionCheck?.TableName;
}

/// <param name="Key">Every part a string.</param>
internal readonly record struct ItemKey(string Table, Dictionary<string, AttributeValue> Key);

/// <param name="Done">False when the condition did not hold.</param>
/// <param name="Item">When done what was asked to be returned, else the item that the condition failed on; null when there is none.</param>
internal readonly record struct UpdateResult(bool Done, Dictionary<string, AttributeValue>? Item);

/// <summary>What became of a transaction; the default value is one that was committed.</summary>
internal readonly struct TransactionResult(TransactWriteItem[] failed)
{
    public bool Committed => failed is null;

    /// <summary>True when the condition of <paramref name="write"/>, one of the transaction's, did not hold.</summary>
    public bool Failed(TransactWriteItem write) => failed is not null && Array.IndexOf(failed, write) >= 0;
}

/// <summary>The same items were written by others again and again; to be tried again later.</summary>
internal sealed class ContentionException() : Exception("The items are busy with other transactions.");
