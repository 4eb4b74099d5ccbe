using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>The members that an operation knows; any other is an error that names it.</summary>
internal sealed class RequestMembers
{
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
        foreach (var member in input.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(member);
            if (Holds(_known, name) || member.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            hasLegacy = Holds(_legacy, name)
                ? true
                : throw DynamoDBError.Validation($"LocalCloud does not know the member {member.Name} of {_operation}.");
        }

        return hasLegacy;
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
