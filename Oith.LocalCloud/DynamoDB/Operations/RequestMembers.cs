using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>The members that an operation knows; any other is an error that names it.</summary>
internal sealed class RequestMembers
{
    public static readonly string[] Selects = ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"];

    private const int MaximumTableNameLength = 255;

    private static readonly string[] s_returnValues = ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"];
    private static readonly string[] s_metrics = ["SIZE", "NONE"];
    private static readonly string[] s_onFailure = ["ALL_OLD", "NONE"];

    private readonly string _operation;
    private readonly byte[][] _known;
    private readonly byte[][] _legacy;

    /// <param name="known">Names separated by spaces.</param>
    /// <param name="legacy">Members of the API from before expressions.</param>
    public RequestMembers(string operation, string known, string legacy = "")
    {
        _operation = operation;
        _known = Split(known);
        _legacy = Split(legacy);
    }

    /// <returns>Whether there are members of the API from before expressions.</returns>
    /// <exception cref="Wire.AwsServiceException">ValidationException: LocalCloud does not know a member.</exception>
    public bool Check(JsonElement input)
    {
        if (input.ValueKind != JsonValueKind.Object)
        {
            throw DynamoDBError.Serialization("Unexpected field type");
        }

        var hasLegacy = false;
        List<string>? failures = null;
        foreach (var member in input.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(member);
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            if (!Holds(_known, name))
            {
                hasLegacy = Holds(_legacy, name)
                    ? true
                    : throw DynamoDBError.Validation($"LocalCloud does not know the member {member.Name} of {_operation}.");
            }

            if (member.Value.ValueKind == JsonValueKind.String && Failure(name, member.Value) is { } failure)
            {
                (failures ??= []).Add(failure);
            }
        }

        return failures is null ? hasLegacy : throw DynamoDBError.Constraints(failures);
    }

    /// <summary>What is wrong with a member that has the same constraint in every operation, which DynamoDB checks before it looks for a table.</summary>
    private static string? Failure(ReadOnlySpan<byte> name, JsonElement value)
    {
        if (name.SequenceEqual("TableName"u8))
        {
            return TableNameFailure(value);
        }

        if (name[0] is not ((byte)'R' or (byte)'S'))
        {
            return null;
        }

        var values = name.SequenceEqual("ReturnValues"u8) ? s_returnValues
            : name.SequenceEqual("ReturnConsumedCapacity"u8) ? RequestReader.ReturnConsumedCapacityValues
            : name.SequenceEqual("ReturnItemCollectionMetrics"u8) ? s_metrics
            : name.SequenceEqual("ReturnValuesOnConditionCheckFailure"u8) ? s_onFailure
            : name.SequenceEqual("Select"u8) ? Selects
            : null;
        if (values is null || Array.Exists(values, value.ValueEquals))
        {
            return null;
        }

        var path = Encoding.UTF8.GetString(name);
        return DynamoDBError.Failure(
            char.ToLowerInvariant(path[0]) + path[1..], value.GetString(), $"Member must satisfy enum value set: [{string.Join(", ", values)}]");
    }

    private static string? TableNameFailure(JsonElement value)
    {
        var length = JsonMarshal.GetRawUtf8Value(value).Length - 2;
        if (length is > 0 and <= MaximumTableNameLength)
        {
            return null;
        }

        var name = value.GetString()!;
        return name.StartsWith("arn:", StringComparison.Ordinal)
            ? null
            : DynamoDBError.Failure(
                "tableName", name,
                length == 0
                    ? "Member must have length greater than or equal to 1"
                    : $"Member must have length less than or equal to {MaximumTableNameLength}");
    }

    private static bool Holds(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (var candidate in names)
        {
            if (name.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[][] Split(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Encoding.UTF8.GetBytes)];
}
