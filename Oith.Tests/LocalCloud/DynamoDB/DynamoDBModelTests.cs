using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.DynamoDB;

/// <summary>Random sequences of operations against a plain model, alone and from several clients at once.</summary>
public sealed class DynamoDBModelTests(LocalCloudFixture fixture) : IClassFixture<LocalCloudFixture>
{
    private const int Keys = 8;
    private const int Groups = 3;

    private enum Kind
    {
        Put,
        PutNew,
        Add,
        Delete,
        Move,
    }

    private static readonly Gen<Operation> s_operations = Gen.Select(
        Gen.Enum<Kind>(), Gen.Int[0, Keys - 1], Gen.Int[0, Keys - 1], Gen.Int[0, Groups - 1], Gen.Int[1, 5],
        (kind, key, other, group, amount) => new Operation(kind, key, other, group, amount));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Table_And_Index_Equal_The_Model_After_Any_Sequence() => await s_operations.Array[1, 80].SampleAsync(
        async operations =>
        {
            var table = await CreateTableAsync();
            var model = new Dictionary<int, (int Group, int Count)>();
            foreach (var operation in operations)
            {
                Assert.Equal(ApplyToModel(model, operation), await ApplyAsync(table, operation));
            }

            await CheckContentsAsync(table, model);
        },
        iter: 60,
        threads: 1);

    [Fact]
    public async Task Parallel_Clients_Lose_No_Update_And_Split_No_Transaction() => await s_operations.Array[40, 160].SampleAsync(
        async operations =>
        {
            var table = await CreateTableAsync();
            for (var key = 0; key < Keys; key++)
            {
                await ApplyAsync(table, new Operation(Kind.Put, key, 0, key % Groups, 100));
            }

            // Adding and moving commute, so the result does not depend on the order that the clients met in.
            var commuting = operations.Where(operation => operation.Kind is Kind.Add or Kind.Move && operation.Key != operation.Other).ToList();
            var moved = new int[Keys];
            var added = 0;
            using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            var watching = WatchSumAsync(table, () => Volatile.Read(ref added), done.Token);
            await Parallel.ForEachAsync(commuting, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation }, async (operation, _) =>
            {
                await Task.Yield();
                if (operation.Kind == Kind.Add)
                {
                    Interlocked.Add(ref added, operation.Amount);
                    await ApplyAsync(table, operation);
                    Interlocked.Add(ref moved[operation.Key], operation.Amount);
                }
                else if (await ApplyAsync(table, operation))
                {
                    Interlocked.Add(ref moved[operation.Key], -operation.Amount);
                    Interlocked.Add(ref moved[operation.Other], operation.Amount);
                }
            });
            await done.CancelAsync();
            await watching;

            await CheckContentsAsync(
                table, Enumerable.Range(0, Keys).ToDictionary(key => key, key => (Group: key % Groups, Count: 100 + moved[key])));
        },
        iter: 25,
        threads: 1);

    /// <summary>A transaction that reads all items must never see half of a move.</summary>
    private async Task WatchSumAsync(string table, Func<int> addedSoFar, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            var gets = Enumerable.Range(0, Keys).Select(key => (JsonNode)new JsonObject
            {
                ["Get"] = new JsonObject { ["TableName"] = table, ["Key"] = Key(key) },
            });
            var answer = await InvokeAsync("TransactGetItems", new JsonObject { ["TransactItems"] = new JsonArray([.. gets]) });
            var sum = answer["Responses"]!.AsArray().Sum(response => Number(response!["Item"]!, "n"));
            Assert.InRange(sum, 100 * Keys, (100 * Keys) + addedSoFar());
            await Task.Yield();
        }
    }

    private static bool ApplyToModel(Dictionary<int, (int Group, int Count)> model, Operation operation)
    {
        switch (operation.Kind)
        {
            case Kind.Put:
                model[operation.Key] = (operation.Group, operation.Amount);
                return true;
            case Kind.PutNew:
                return model.TryAdd(operation.Key, (operation.Group, operation.Amount));
            case Kind.Add:
                model[operation.Key] = model.TryGetValue(operation.Key, out var counted)
                    ? (counted.Group, counted.Count + operation.Amount)
                    : (-1, operation.Amount);
                return true;
            case Kind.Delete:
                return model.Remove(operation.Key);
            default:
                if (operation.Key == operation.Other
                    || !model.TryGetValue(operation.Key, out var from) || !model.TryGetValue(operation.Other, out var to)
                    || from.Count < operation.Amount)
                {
                    return false;
                }

                model[operation.Key] = (from.Group, from.Count - operation.Amount);
                model[operation.Other] = (to.Group, to.Count + operation.Amount);
                return true;
        }
    }

    /// <returns>False when a condition failed.</returns>
    private async Task<bool> ApplyAsync(string table, Operation operation)
    {
        try
        {
            switch (operation.Kind)
            {
                case Kind.Put or Kind.PutNew:
                    var put = new JsonObject
                    {
                        ["TableName"] = table,
                        ["Item"] = new JsonObject
                        {
                            ["id"] = new JsonObject { ["S"] = $"{operation.Key}" },
                            ["g"] = new JsonObject { ["S"] = $"{operation.Group}" },
                            ["n"] = new JsonObject { ["N"] = $"{operation.Amount}" },
                        },
                    };
                    if (operation.Kind == Kind.PutNew)
                    {
                        put["ConditionExpression"] = "attribute_not_exists(id)";
                    }

                    await InvokeAsync("PutItem", put);
                    break;
                case Kind.Add:
                    await InvokeAsync("UpdateItem", Update(table, operation.Key, "ADD n :n", operation.Amount, null));
                    break;
                case Kind.Delete:
                    await InvokeAsync("DeleteItem", new JsonObject
                    {
                        ["TableName"] = table,
                        ["Key"] = Key(operation.Key),
                        ["ConditionExpression"] = "attribute_exists(id)",
                    });
                    break;
                default:
                    if (operation.Key == operation.Other)
                    {
                        return false;
                    }

                    await InvokeAsync("TransactWriteItems", new JsonObject
                    {
                        ["TransactItems"] = new JsonArray(
                            new JsonObject { ["Update"] = Update(table, operation.Key, "SET n = n - :n", operation.Amount, "n >= :n") },
                            new JsonObject { ["Update"] = Update(table, operation.Other, "SET n = n + :n", operation.Amount, "attribute_exists(id)") }),
                    });
                    break;
            }

            return true;
        }
        catch (AwsServiceException error) when (error.Code is "ConditionalCheckFailedException" or "TransactionCanceledException")
        {
            return false;
        }
    }

    private async Task CheckContentsAsync(string table, Dictionary<int, (int Group, int Count)> model)
    {
        var scanned = (await InvokeAsync("Scan", new JsonObject { ["TableName"] = table }))["Items"]!.AsArray();
        Assert.Equal(
            model.Select(item => (item.Key, item.Value.Count)).Order(),
            scanned.Select(item => (int.Parse((string)item!["id"]!["S"]!, CultureInfo.InvariantCulture), Number(item!, "n"))).Order());
        for (var group = 0; group < Groups; group++)
        {
            var found = (await InvokeAsync("Query", new JsonObject
            {
                ["TableName"] = table,
                ["IndexName"] = "by-g",
                ["KeyConditionExpression"] = "g = :g",
                ["ExpressionAttributeValues"] = new JsonObject { [":g"] = new JsonObject { ["S"] = $"{group}" } },
            }))["Items"]!.AsArray();
            Assert.Equal(
                model.Where(item => item.Value.Group == group).Select(item => item.Value.Count).Order(), found.Select(item => Number(item!, "n")));
        }
    }

    private async Task<string> CreateTableAsync()
    {
        var table = $"model-{Guid.NewGuid():N}";
        await InvokeAsync("CreateTable", JsonNode.Parse($$"""
            {
              "TableName": "{{table}}", "BillingMode": "PAY_PER_REQUEST",
              "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
              "AttributeDefinitions": [
                { "AttributeName": "id", "AttributeType": "S" }, { "AttributeName": "g", "AttributeType": "S" }, { "AttributeName": "n", "AttributeType": "N" }],
              "GlobalSecondaryIndexes": [{
                "IndexName": "by-g", "Projection": { "ProjectionType": "ALL" },
                "KeySchema": [{ "AttributeName": "g", "KeyType": "HASH" }, { "AttributeName": "n", "KeyType": "RANGE" }] }]
            }
            """)!.AsObject());
        return table;
    }

    private ValueTask<JsonObject> InvokeAsync(string operation, JsonObject input) => fixture.Api.InvokeAsync("dynamodb", operation, input, Cancellation);

    private static JsonObject Update(string table, int key, string update, int amount, string? condition)
    {
        var result = new JsonObject
        {
            ["TableName"] = table,
            ["Key"] = Key(key),
            ["UpdateExpression"] = update,
            ["ExpressionAttributeValues"] = new JsonObject { [":n"] = new JsonObject { ["N"] = $"{amount}" } },
        };
        if (condition is not null)
        {
            result["ConditionExpression"] = condition;
        }

        return result;
    }

    private static JsonObject Key(int key) => new() { ["id"] = new JsonObject { ["S"] = $"{key}" } };

    private static int Number(JsonNode item, string attribute) => int.Parse((string)item[attribute]!["N"]!, CultureInfo.InvariantCulture);

    private sealed record Operation(Kind Kind, int Key, int Other, int Group, int Amount);
}
