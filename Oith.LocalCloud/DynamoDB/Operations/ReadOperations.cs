using System.Text;
using System.Text.Json;
using Oith.LocalCloud.DynamoDB.Storage;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Query and Scan.</summary>
internal sealed class ReadOperations(TableStore store)
{
    private const int MaximumSegments = 1_000_000;

    private const string Common =
        "TableName IndexName Select Limit ConsistentRead FilterExpression ProjectionExpression "
        + "ExpressionAttributeNames ExpressionAttributeValues ExclusiveStartKey ReturnConsumedCapacity";

    private static readonly RequestMembers s_query = new(
        "Query", Common + " KeyConditionExpression ScanIndexForward", "AttributesToGet KeyConditions QueryFilter ConditionalOperator");

    private static readonly RequestMembers s_scan = new("Scan", Common + " Segment TotalSegments", "AttributesToGet ScanFilter ConditionalOperator");

    public void Query(JsonElement input, Utf8JsonWriter output)
    {
        input = s_query.Check(input) ? LegacyParameters.Translate(input) : input;
        PageRead.CheckLimit(input, isQuery: true);
        var attributes = new ExpressionAttributes(input);
        var keyCondition = attributes.Condition("KeyConditionExpression");
        var expressions = PageRead.ReadExpressions(attributes);
        if (keyCondition is null)
        {
            throw DynamoDBError.Validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        }

        attributes.Finish("FilterExpression", "KeyConditionExpression");
        var read = new PageRead(store.ForItems(input.TableName()), input, expressions);
        var condition = KeyCondition.Read(keyCondition, read.Key);
        CheckFilter(read);
        read.Forward = input.Flag("ScanIndexForward"u8) ?? true;
        read.Lower = condition.Lower;
        read.Upper = condition.Upper;
        if (read.StartKey is { } start)
        {
            CheckStart(start, condition);
            read.Lower = read.Forward ? [.. start, 0] : read.Lower;
            read.Upper = read.Forward ? read.Upper : start;
        }

        read.Carry(output);
    }

    public void Scan(JsonElement input, Utf8JsonWriter output)
    {
        input = s_scan.Check(input) ? LegacyParameters.Translate(input) : input;
        PageRead.CheckLimit(input, isQuery: false);
        var attributes = new ExpressionAttributes(input);
        var expressions = PageRead.ReadExpressions(attributes);
        attributes.Finish("FilterExpression");
        var (segment, total) = Segment(input);
        var read = new PageRead(store.ForItems(input.TableName()), input, expressions);
        read.Lower = KeyEncoding.SegmentStart(segment, total);
        read.Upper = KeyEncoding.SegmentStart(segment + 1, total);
        if (read.StartKey is { } start)
        {
            if ((read.Lower is not null && start.AsSpan().SequenceCompareTo(read.Lower) < 0)
                || (read.Upper is not null && start.AsSpan().SequenceCompareTo(read.Upper) >= 0))
            {
                throw DynamoDBError.Validation(
                    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
                    + $"TotalSegments: {total} Segment: {segment}");
            }

            read.Lower = [.. start, 0];
        }

        read.Carry(output);
    }

    private static (int Segment, int Total) Segment(JsonElement input)
    {
        var segment = input.Integer("Segment"u8);
        var total = input.Integer("TotalSegments"u8);
        if (total is < 1)
        {
            throw DynamoDBError.Constraint("totalSegments", $"{total}", "Member must have value greater than or equal to 1");
        }

        if (total is > MaximumSegments)
        {
            throw DynamoDBError.Constraint("totalSegments", $"{total}", $"Member must have value less than or equal to {MaximumSegments}");
        }

        if (segment is < 0)
        {
            throw DynamoDBError.Constraint("segment", $"{segment}", "Member must have value greater than or equal to 0");
        }

        if (segment is not null && total is null)
        {
            throw DynamoDBError.Validation(
                "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
        }

        if (total is not null && segment is null)
        {
            throw DynamoDBError.Validation(
                "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
        }

        if (segment >= total)
        {
            throw DynamoDBError.Validation(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                + $"Segment: {segment} is not less than TotalSegments: {total}");
        }

        return ((int)(segment ?? 0), (int)(total ?? 1));
    }

    private static void CheckFilter(PageRead read)
    {
        if (read.Filter is not { } filter)
        {
            return;
        }

        foreach (var path in filter.Expression.Paths)
        {
            var head = path.Head(filter.Bindings);
            if (read.Key.Contains(head))
            {
                throw DynamoDBError.Validation(
                    "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
                    + Encoding.UTF8.GetString(head));
            }
        }
    }

    private static void CheckStart(byte[] start, KeyCondition condition)
    {
        if (!start.AsSpan().StartsWith(condition.PartitionPrefix))
        {
            throw DynamoDBError.Validation(
                condition.HasSort
                    ? "The query can return at most one row and cannot be restarted"
                    : "The provided starting key is outside query boundaries based on provided conditions");
        }

        if (start.AsSpan().SequenceCompareTo(condition.Lower) < 0
            || (condition.Upper is not null && start.AsSpan().SequenceCompareTo(condition.Upper) >= 0))
        {
            throw DynamoDBError.Validation("The provided starting key does not match the range key predicate");
        }
    }
}
