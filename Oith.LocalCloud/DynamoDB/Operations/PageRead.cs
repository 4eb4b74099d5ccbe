using System.Text;
using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>One page of a query or scan: what both have in common.</summary>
internal sealed class PageRead
{
    /// <summary>A page ends when it has read so much, before filtering.</summary>
    private const int MaximumBytes = 1 << 20;

    [ThreadStatic]
    private static List<Item>? s_page;

    private readonly Table _table;
    private readonly SecondaryIndex? _index;
    private readonly JsonElement _input;
    private readonly string? _select;
    private readonly long _limit;
    private readonly bool _consistent;
    private readonly BoundProjection? _projection;

    public PageRead(Table table, JsonElement input, (BoundCondition? Filter, BoundProjection? Projection) expressions)
    {
        _table = table;
        _input = input;
        (Filter, _projection) = expressions;
        _select = input.Choice("Select"u8, "select", RequestMembers.Selects);
        _limit = input.Integer("Limit"u8) ?? long.MaxValue;

        _consistent = input.Flag("ConsistentRead"u8) ?? false;
        if (input.Text("IndexName"u8) is { } name)
        {
            _index = table.Index(name) ?? throw DynamoDBError.Validation($"The table does not have the specified index: {name}");
            if (_consistent && _index.Definition.IsGlobal)
            {
                throw DynamoDBError.Validation("Consistent reads are not supported on global secondary indexes");
            }
        }
        else if (_select == "ALL_PROJECTED_ATTRIBUTES")
        {
            throw DynamoDBError.InvalidParameter("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
        }

        StartKey = ReadStartKey();
        CheckSelect();
    }

    public KeySchema Key => _index?.Key ?? _table.Key;

    public BoundCondition? Filter { get; }

    /// <summary>The last key of the page before, as the read's tree has it.</summary>
    public byte[]? StartKey { get; }

    public byte[]? Lower { get; set; }

    public byte[]? Upper { get; set; }

    public bool Forward { get; set; } = true;

    public static (BoundCondition? Filter, BoundProjection? Projection) ReadExpressions(ExpressionAttributes attributes) =>
        (attributes.Condition("FilterExpression"), attributes.Projection());

    /// <param name="isQuery">Query words it otherwise than Scan.</param>
    /// <exception cref="AwsServiceException">ValidationException: a page of less than one item.</exception>
    public static void CheckLimit(JsonElement input, bool isQuery)
    {
        if (input.Integer("Limit"u8) is < 1 and var limit)
        {
            throw DynamoDBError.Validation(
                $"1 validation error detected: Value {(isQuery ? "at 'Limit'" : $"'{limit}' at 'limit'")} "
                + "failed to satisfy constraint: Member must have value greater than or equal to 1");
        }
    }

    public void Carry(Utf8JsonWriter output)
    {
        var capacity = ConsumedCapacity.For(_table, _input);
        var page = s_page ?? new List<Item>();
        s_page = null;
        try
        {
            var (bytes, last) = Collect(page);
            output.WriteStartObject();
            var count = WriteItems(output, page);
            output.WriteNumber("Count"u8, count);
            output.WriteNumber("ScannedCount"u8, page.Count);
            if (last is not null)
            {
                output.WritePropertyName("LastEvaluatedKey"u8);
                WriteLastKey(output, last.Root);
            }

            if (capacity is not null)
            {
                capacity.AddRead(bytes, _consistent, _index);
                output.WritePropertyName("ConsumedCapacity"u8);
                capacity.Write(output);
            }

            output.WriteEndObject();
        }
        finally
        {
            page.Clear();
            s_page = page;
        }
    }

    /// <summary>Takes the page's items under the lock; they are immutable, so the rest is done outside of it.</summary>
    private (long Bytes, Item? Last) Collect(List<Item> page)
    {
        // A local index fetches from the table what it does not project.
        var fetches = _index is { Definition: { IsGlobal: false, Projection: not ProjectionType.ALL } }
            && (_select == "ALL_ATTRIBUTES" || (_projection is not null && _projection.Tree.Heads.Any(head => !_index.Projects(head))));
        var bytes = 0L;
        lock (_table.Lock)
        {
            TableStore.CheckAlive(_table);
            var cursor = (_index?.Items ?? _table.Items).Range(Lower, Upper, Forward);
            while (cursor.MoveNext())
            {
                var item = fetches ? _table.Items.Find(KeyEncoding.Of(_table.Key, cursor.Item.Root))! : cursor.Item;
                page.Add(item);
                bytes += item.Size;
                if (page.Count >= _limit || bytes >= MaximumBytes)
                {
                    return (bytes, item);
                }
            }
        }

        return (bytes, null);
    }

    private int WriteItems(Utf8JsonWriter output, List<Item> page)
    {
        var count = 0;
        var shows = _select != "COUNT";
        if (shows)
        {
            output.WriteStartArray("Items"u8);
        }

        foreach (var item in page)
        {
            if (Filter?.IsTrue(item) == false)
            {
                continue;
            }

            count++;
            if (shows)
            {
                ItemOperations.WriteItem(output, item, _projection);
            }
        }

        if (shows)
        {
            output.WriteEndArray();
        }

        return count;
    }

    private void WriteLastKey(Utf8JsonWriter output, AttributeValue item)
    {
        output.WriteStartObject();
        foreach (var attribute in KeyAttributes())
        {
            output.WritePropertyName(attribute.Utf8Name);
            AttributeJson.WriteValue(output, item.Member(attribute.Utf8Name));
        }

        output.WriteEndObject();
    }

    private IEnumerable<KeyAttribute> KeyAttributes() =>
        _index is null ? _table.Key.Attributes : _table.Key.Attributes.Concat(_index.Key.Attributes).DistinctBy(attribute => attribute.Name);

    private byte[]? ReadStartKey()
    {
        if (_input.Structure("ExclusiveStartKey"u8) is not { } json)
        {
            return null;
        }

        var key = new AttributeValue(AttributeJson.ReadMap(json, static (message, _) => "The provided starting key is invalid: " + message), 0);
        var expected = KeyAttributes().ToList();
        if (key.Count != expected.Count)
        {
            throw InvalidStart(_index is null ? "The provided key element does not match the schema" : null);
        }

        foreach (var attribute in expected)
        {
            var value = key.Member(attribute.Utf8Name);
            if (!value.IsPresent || value.Type != attribute.Type)
            {
                throw InvalidStart("The provided key element does not match the schema");
            }
        }

        var tableKey = KeyEncoding.Of(_table.Key, key)!;
        return _index is null ? tableKey : KeyEncoding.Of(_index.Key, key, tableKey);
    }

    private static AwsServiceException InvalidStart(string? detail) =>
        DynamoDBError.Validation("The provided starting key is invalid" + (detail is null ? "" : ": " + detail));

    private void CheckSelect()
    {
        if (_projection is not null && _select is not (null or "SPECIFIC_ATTRIBUTES"))
        {
            var parameter = _input.Has("ProjectionExpression"u8) ? "ProjectionExpression" : "AttributesToGet";
            throw DynamoDBError.Validation(
                $"Cannot specify the {parameter} when choosing to get {(_select == "COUNT" ? "only the Count" : _select)}");
        }

        if (_select == "SPECIFIC_ATTRIBUTES" && _projection is null)
        {
            throw DynamoDBError.Validation(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
        }

        if (_index is not { Definition: { IsGlobal: true, Projection: not ProjectionType.ALL } })
        {
            return;
        }

        if (_select == "ALL_ATTRIBUTES")
        {
            throw DynamoDBError.InvalidParameter(
                $"Select type ALL_ATTRIBUTES is not supported for global secondary index {_index.Definition.Name} "
                + "because its projection type is not ALL");
        }

        var missing = _projection?.Tree.Heads.Where(head => !_index.Projects(head)).Select(Encoding.UTF8.GetString).ToList() ?? [];
        if (missing.Count > 0)
        {
            throw DynamoDBError.InvalidParameter(
                $"Global secondary index {_index.Definition.Name} does not project [{string.Join(", ", missing)}]");
        }
    }
}
