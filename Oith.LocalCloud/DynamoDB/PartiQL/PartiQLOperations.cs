using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Expressions;
using Oith.LocalCloud.DynamoDB.Operations;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.PartiQL;

/// <summary>ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.</summary>
internal sealed class PartiQLOperations(TableStore store, ItemOperations items, TransactionOperations transactions)
{
    private const int MaximumBatch = 25;
    private const int MaximumTransaction = 100;
    private const int MaximumBytes = 1 << 20;

    private static readonly RequestMembers s_execute = new(
        "ExecuteStatement", "Statement Parameters ConsistentRead NextToken Limit ReturnConsumedCapacity ReturnValuesOnConditionCheckFailure");

    private static readonly RequestMembers s_batch = new("BatchExecuteStatement", "Statements ReturnConsumedCapacity");
    private static readonly RequestMembers s_transaction = new(
        "ExecuteTransaction", "TransactStatements ClientRequestToken ReturnConsumedCapacity");

    private static readonly RequestMembers s_statement = new(
        "BatchExecuteStatement", "Statement Parameters ConsistentRead ReturnValuesOnConditionCheckFailure");

    public void Execute(JsonElement input, Utf8JsonWriter output)
    {
        s_execute.Check(input);
        var statement = Parse(input, "");
        output.WriteStartObject();
        output.WriteStartArray("Items"u8);
        string? next = null;
        if (statement is PartiQLSelect select)
        {
            next = Select(select, input, output);
        }
        else if (Carry(statement, input) is { } write)
        {
            write(output);
        }

        output.WriteEndArray();
        if (next is not null)
        {
            output.WriteString("NextToken"u8, next);
        }

        output.WriteEndObject();
    }

    public void ExecuteBatch(JsonElement input, Utf8JsonWriter output)
    {
        s_batch.Check(input);
        var statements = Statements(input, "Statements"u8, "statements", MaximumBatch);
        output.WriteStartObject();
        output.WriteStartArray("Responses"u8);
        foreach (var json in statements.EnumerateArray())
        {
            s_statement.Check(json);
            output.WriteStartObject();
            ExecuteOne(json, output);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }

    public void ExecuteTransaction(JsonElement input, Utf8JsonWriter output)
    {
        s_transaction.Check(input);
        var json = Statements(input, "TransactStatements"u8, "transactStatements", MaximumTransaction);
        var statements = json.EnumerateArray().Select(element => Parse(element, "")).ToList();
        var reads = statements.OfType<PartiQLSelect>().ToList();
        if (reads.Count > 0 && reads.Count < statements.Count)
        {
            throw DynamoDBError.Validation("The transaction cannot include both read and write statements.");
        }

        if (reads.Count == 0)
        {
            transactions.Carry([.. statements.Zip(json.EnumerateArray(), Change)], input.Text("ClientRequestToken"u8), json);
        }

        output.WriteStartObject();
        output.WriteStartArray("Responses"u8);
        foreach (var (table, key, projection) in reads.Select(read => SingleRead(read)).ToList())
        {
            output.WriteStartObject();
            WriteItemMember(output, ItemOperations.Read(table, key), projection);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }

    private void ExecuteOne(JsonElement json, Utf8JsonWriter output)
    {
        string? table = null;
        try
        {
            var statement = Parse(json, "statements.1.member.");
            table = statement.Table;
            if (statement is PartiQLSelect select)
            {
                var (found, key, projection) = SingleRead(select);
                WriteItemMember(output, ItemOperations.Read(found, key), projection);
            }
            else
            {
                Carry(statement, json);
            }
        }
        catch (AwsServiceException error)
        {
            output.WriteStartObject("Error"u8);
            output.WriteString("Code"u8, error.Code.Replace("Exception", "", StringComparison.Ordinal) switch
            {
                "Validation" => "ValidationError",
                var code => code,
            });
            output.WriteString("Message"u8, error.Message);
            output.WriteEndObject();
        }

        if (table is not null)
        {
            output.WriteString("TableName"u8, table);
        }
    }

    private static void WriteItemMember(Utf8JsonWriter output, Item? item, BoundProjection? projection)
    {
        if (item is not null)
        {
            output.WritePropertyName("Item"u8);
            ItemOperations.WriteItem(output, item, projection);
        }
    }

    /// <returns>Writes what the statement returns; null: nothing.</returns>
    private Action<Utf8JsonWriter>? Carry(PartiQLStatement statement, JsonElement input)
    {
        var change = Change(statement, input);
        try
        {
            return items.Carry(change, (statement as PartiQLUpdate)?.Returning ?? (statement as PartiQLDelete)?.Returning);
        }
        catch (AwsServiceException error) when (statement is PartiQLInsert && error.Code == "ConditionalCheckFailedException")
        {
            throw DynamoDBError.DuplicateItem();
        }
    }

    private ItemChange Change(PartiQLStatement statement, JsonElement input)
    {
        var table = store.ForItems(RequestReader.TableNameOf(statement.Table));
        var showsItem = ItemChanges.ShowsItem(input);
        switch (statement)
        {
            case PartiQLInsert insert:
                var absent = new ExistsCondition(new DocumentPath([new PathStep(table.Key.Partition.Utf8Name, -1, -1)]), exists: false);
                return new ItemPut(table, KeyReader.CheckItem(table, insert.Item), insert.Item, Bound(absent));
            case PartiQLUpdate update:
                var expression = new UpdateExpression
                {
                    Actions = update.Actions,
                    Paths = [.. update.Actions.Select(action => action.Path)],
                    Names = [],
                    Values = [],
                };
                var (key, keyItem) = KeyOf(table, update.Where);
                var bound = new BoundUpdate(expression, Bindings.Empty);
                ItemUpdate.CheckPaths(table, bound);
                return new ItemUpdate(table, key, keyItem, bound, Bound(update.Where)) { ShowsItemOnFailure = showsItem };
            case PartiQLDelete delete:
                return new ItemDelete(table, KeyOf(table, delete.Where).Key, Bound(delete.Where)) { ShowsItemOnFailure = showsItem };
            default:
                throw DynamoDBError.Validation("Unsupported operation: a SELECT is not a write");
        }
    }

    private (Table Table, byte[] Key, BoundProjection? Projection) SingleRead(PartiQLSelect select)
    {
        var table = store.ForItems(RequestReader.TableNameOf(select.Table));
        return select is { Index: null, Where: { } where }
            ? (table, KeyOf(table, where).Key, Projection(select))
            : throw DynamoDBError.Validation("Select statements within BatchExecuteStatement must specify the primary key in the where clause.");
    }

    /// <summary>Reads a page of items; the token carries the last key read.</summary>
    private string? Select(PartiQLSelect select, JsonElement input, Utf8JsonWriter output)
    {
        var table = store.ForItems(RequestReader.TableNameOf(select.Table));
        var index = select.Index is null
            ? null
            : table.Index(select.Index) ?? throw DynamoDBError.Validation($"The table does not have the specified index: {select.Index}");
        var equal = Equalities(select.Where).ToList();
        var partitionKeys = (index?.Key ?? table.Key).Partitions;
        var partition = partitionKeys.Select(key => equal.Find(pair => pair.Name.AsSpan().SequenceEqual(key.Utf8Name)).Value).ToArray();
        var isWhole = partition.Zip(partitionKeys).All(pair => pair.First.IsPresent && pair.First.Type == pair.Second.Type);
        var lower = isWhole ? KeyEncoding.PartitionPrefix(partition) : null;
        var upper = lower is null ? null : KeyEncoding.After(lower);
        if (input.Text("NextToken"u8) is { } token)
        {
            lower = [.. KeyOfToken(token), 0];
        }

        var limit = input.Integer("Limit"u8) ?? long.MaxValue;
        var page = new List<Item>();
        byte[]? last = null;
        lock (table.Lock)
        {
            TableStore.CheckAlive(table);
            var bytes = 0L;
            for (var cursor = (index?.Items ?? table.Items).Range(lower, upper); cursor.MoveNext();)
            {
                page.Add(cursor.Item);
                bytes += cursor.Item.Size;
                if (page.Count >= limit || bytes >= MaximumBytes)
                {
                    last = cursor.Key;
                    break;
                }
            }
        }

        var projection = Projection(select);
        foreach (var item in page.Where(item => select.Where?.IsTrue(item.Root, Bindings.Empty) != false))
        {
            ItemOperations.WriteItem(output, item, projection);
        }

        return last is null ? null : Convert.ToBase64String(last);
    }

    private static byte[] KeyOfToken(string token)
    {
        var key = new byte[token.Length];
        return Convert.TryFromBase64String(token, key, out var length) ? key[..length] : throw DynamoDBError.Validation("The NextToken is not valid.");
    }

    private static BoundProjection? Projection(PartiQLSelect select) =>
        select.Paths is null
            ? null
            : new BoundProjection(new ProjectionTree(select.Paths, Bindings.Empty))
            {
                Flat = select.Paths.All(path => !path.Steps[^1].IsIndex) ? select.Paths : null,
            };

    private static (byte[] Key, Item KeyItem) KeyOf(Table table, Condition where)
    {
        var equal = Equalities(where).ToList();
        var writer = ValueWriter.Rent();
        try
        {
            var start = writer.StartContainer(AttributeType.M);
            foreach (var attribute in table.Key.Attributes)
            {
                var value = equal.Find(pair => pair.Name.AsSpan().SequenceEqual(attribute.Utf8Name)).Value;
                if (!value.IsPresent)
                {
                    throw DynamoDBError.Validation("Where clause does not contain a mandatory equality on all key attributes");
                }

                writer.WriteBytes(attribute.Utf8Name);
                writer.WriteEncoded(value.Encoded);
            }

            writer.EndContainer(start, table.Key.Count);
            var key = new Item(writer.ToArray());
            KeyReader.CheckKey(table.Key, key.Root);
            return (KeyEncoding.Of(table.Key, key.Root)!, key);
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>The attributes that a condition sets equal to a value, whatever else it says.</summary>
    private static IEnumerable<(byte[] Name, AttributeValue Value)> Equalities(Condition? condition) => condition switch
    {
        AndCondition and => Equalities(and.Left).Concat(Equalities(and.Right)),
        ComparisonCondition { Comparison: Comparison.Equal, Left: PathOperand { Path.Steps: [var step] }, Right: LiteralOperand literal } =>
            [(step.Name!, literal.Value)],
        ComparisonCondition { Comparison: Comparison.Equal, Left: LiteralOperand literal, Right: PathOperand { Path.Steps: [var step] } } =>
            [(step.Name!, literal.Value)],
        _ => [],
    };

    private static BoundCondition Bound(Condition condition) =>
        new(new ConditionExpression { Root = condition, Paths = [], Names = [], Values = [] }, Bindings.Empty);

    private static JsonElement Statements(JsonElement input, ReadOnlySpan<byte> name, string path, int maximum)
    {
        var list = input.List(name) ?? throw DynamoDBError.Constraint(path, null, "Member must not be null");
        var count = list.GetArrayLength();
        if (count == 0 || count > maximum)
        {
            throw DynamoDBError.Constraint(
                path, list.GetRawText(),
                count == 0 ? "Member must have length greater than or equal to 1" : $"Member must have length less than or equal to {maximum}");
        }

        return list;
    }

    private static PartiQLStatement Parse(JsonElement input, string path)
    {
        var text = input.RequiredText("Statement"u8, path + "statement");
        if (text.Length is 0 or > PartiQLParser.MaximumLength)
        {
            throw DynamoDBError.Constraint(
                path + "statement", text,
                text.Length == 0 ? "Member must have length greater than or equal to 1" : $"Member must have length less than or equal to {PartiQLParser.MaximumLength}");
        }

        var parameters = new List<AttributeValue>();
        if (input.List("Parameters"u8) is { } list)
        {
            if (list.GetArrayLength() == 0)
            {
                throw DynamoDBError.Constraint(path + "parameters", "[]", "Member must have length greater than or equal to 1");
            }

            parameters.AddRange(list.EnumerateArray().Select(AttributeJson.ReadValue));
        }

        return new PartiQLParser(text, parameters).Parse();
    }
}
