using System.Text.Json;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Reads members of a request with DynamoDB's words for what is wrong with them.</summary>
internal static class RequestReader
{
    public static readonly string[] ReturnConsumedCapacityValues = ["INDEXES", "TOTAL", "NONE"];

    /// <summary>A member that is present and not null.</summary>
    public static bool TryGet(this JsonElement input, ReadOnlySpan<byte> name, out JsonElement value) =>
        input.ValueKind != JsonValueKind.Object
            ? throw DynamoDBError.Serialization("Unexpected field type")
            : input.TryGetProperty(name, out value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);

    public static bool Has(this JsonElement input, ReadOnlySpan<byte> name) => input.TryGet(name, out _);

    public static string? Text(this JsonElement input, ReadOnlySpan<byte> name)
    {
        if (!input.TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => throw DynamoDBError.Serialization("NUMBER_VALUE cannot be converted to String"),
            JsonValueKind.True => throw DynamoDBError.Serialization("TRUE_VALUE cannot be converted to String"),
            JsonValueKind.False => throw DynamoDBError.Serialization("FALSE_VALUE cannot be converted to String"),
            JsonValueKind.Array => throw DynamoDBError.Serialization("Unrecognized collection type class java.lang.String"),
            _ => throw DynamoDBError.Serialization("Start of structure or map found where not expected"),
        };
    }

    public static bool? Flag(this JsonElement input, ReadOnlySpan<byte> name)
    {
        if (!input.TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => throw DynamoDBError.Serialization("NUMBER_VALUE cannot be converted to Boolean"),
            JsonValueKind.String when bool.TryParse(value.GetString(), out var flag) => flag,
            JsonValueKind.String => throw DynamoDBError.Serialization("Unexpected token received from parser"),
            _ => throw DynamoDBError.Serialization("Start of structure or map found where not expected"),
        };
    }

    public static long? Integer(this JsonElement input, ReadOnlySpan<byte> name)
    {
        if (!input.TryGet(name, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number)
        {
            throw DynamoDBError.Serialization(
                value.ValueKind == JsonValueKind.String
                    ? "STRING_VALUE cannot be converted to Long"
                    : "Start of structure or map found where not expected");
        }

        return value.TryGetInt64(out var whole) ? whole : (long)value.GetDouble();
    }

    public static JsonElement? Structure(this JsonElement input, ReadOnlySpan<byte> name)
    {
        if (!input.TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? value
            : throw DynamoDBError.Serialization(
                value.ValueKind == JsonValueKind.Array ? "Unrecognized collection type" : "Unexpected field type");
    }

    public static JsonElement? List(this JsonElement input, ReadOnlySpan<byte> name)
    {
        if (!input.TryGet(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array
            ? value
            : throw DynamoDBError.Serialization(
                value.ValueKind == JsonValueKind.Object ? "Start of structure or map found where not expected" : "Unexpected field type");
    }

    /// <summary>The texts of a list, none when it is absent.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement input, ReadOnlySpan<byte> name) => input.List(name) is not { } list ? [] :
    [
        .. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String
            ? item.GetString()!
            : throw DynamoDBError.Serialization(
                item.ValueKind == JsonValueKind.Number ? "NUMBER_VALUE cannot be converted to String" : "Start of structure or map found where not expected")),
    ];

    /// <summary>A required structure; <paramref name="path"/> names it in the error.</summary>
    public static JsonElement RequiredStructure(this JsonElement input, ReadOnlySpan<byte> name, string path) =>
        input.Structure(name) ?? throw DynamoDBError.Constraint(path, null, "Member must not be null");

    public static string RequiredText(this JsonElement input, ReadOnlySpan<byte> name, string path) =>
        input.Text(name) ?? throw DynamoDBError.Constraint(path, null, "Member must not be null");

    /// <summary>A member that must be one of some values; null when it is absent.</summary>
    public static string? Choice(this JsonElement input, ReadOnlySpan<byte> name, string path, IReadOnlyList<string> values)
    {
        var text = input.Text(name);
        return text is null || values.Contains(text)
            ? text
            : throw DynamoDBError.Constraint(path, text, $"Member must satisfy enum value set: [{string.Join(", ", values)}]");
    }

    /// <summary>The table's name; an ARN stands for the name in it.</summary>
    public static string TableName(this JsonElement input) => TableNameOf(input.RequiredText("TableName"u8, "tableName"));

    public static string TableNameOf(string nameOrArn)
    {
        if (nameOrArn.StartsWith("arn:", StringComparison.Ordinal) && nameOrArn.Split(":table/") is [_, var resource])
        {
            return resource.Split('/')[0];
        }

        if (nameOrArn.Length < 1)
        {
            throw DynamoDBError.Constraint("tableName", nameOrArn, "Member must have length greater than or equal to 1");
        }

        return nameOrArn;
    }
}
