using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Reads the members of calls.</summary>
internal static class CallInput
{
    private const int LongestName = 80;
    private const int DefaultPage = 100;
    private const int LargestPage = 1000;
    private const int LongestToken = 1024;

    // What AWS forbids in names of machines, executions and activities, besides control characters and white space.
    private const string ForbiddenInNames = "<>{}[]?*\"#%\\^|~`$&,;:/";

    /// <exception cref="AwsServiceException">ValidationException when it is absent.</exception>
    public static string Required(this AwsCall call, string member) => call.OptionalString(member) ?? throw StepFunctionsErrors.Missing(member);

    public static bool Flag(this AwsCall call, string member, bool byDefault = false) =>
        call.Input.TryGetProperty(member, out var value) ? value.ValueKind == JsonValueKind.True || (value.ValueKind != JsonValueKind.False && byDefault) : byDefault;

    /// <exception cref="AwsServiceException">SerializationException: no whole number of 32 bits.</exception>
    public static int? Number(this AwsCall call, string member) =>
        !call.Input.TryGetProperty(member, out var value) || value.ValueKind != JsonValueKind.Number ? null
        : value.TryGetInt32(out var number) ? number
        : throw new AwsServiceException("SerializationException", $"The member {member} must be a whole number of 32 bits.");

    /// <exception cref="AwsServiceException">SerializationException: a number that no double can hold.</exception>
    public static AslValue? Json(this AwsCall call, string member)
    {
        try
        {
            return call.Input.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null ? AslValue.From(value) : null;
        }
        catch (JsonException error)
        {
            throw new AwsServiceException("SerializationException", $"The member {member} cannot be read: {error.Message}");
        }
    }

    /// <exception cref="AwsServiceException">InvalidName.</exception>
    public static string Name(this AwsCall call, string member) => CheckName(call.Required(member), member);

    /// <exception cref="AwsServiceException">InvalidName, ValidationException when it is empty or too long.</exception>
    public static string CheckName(string name, string member)
    {
        if (name.Length == 0)
        {
            throw StepFunctionsErrors.Constraint(name, member, "Member must have length greater than or equal to 1");
        }

        if (name.Length > LongestName)
        {
            throw StepFunctionsErrors.TooLong(name, member, LongestName);
        }

        foreach (var c in name)
        {
            if (char.IsControl(c) || char.IsWhiteSpace(c) || ForbiddenInNames.Contains(c, StringComparison.Ordinal) || c is >= '\uFFFE' and <= '\uFFFF')
            {
                throw StepFunctionsErrors.InvalidName(name);
            }
        }

        return name;
    }

    /// <summary>The page that the call asks for by maxResults and nextToken.</summary>
    /// <exception cref="AwsServiceException">InvalidToken, ValidationException for maxResults out of range.</exception>
    /// <param name="longestToken">How long the operation's nextToken may be.</param>
    public static (IReadOnlyList<T> Items, string? NextToken) Page<T>(this AwsCall call, IReadOnlyList<T> all, int longestToken = LongestToken)
    {
        var size = call.Number("maxResults") switch
        {
            null or 0 => DefaultPage,
            { } asked and >= 0 and <= LargestPage => asked,
            { } wrong => throw StepFunctionsErrors.Constraint(
                wrong.ToString(CultureInfo.InvariantCulture),
                "maxResults",
                $"Member must have value {(wrong > 0 ? $"less than or equal to {LargestPage}" : "greater than or equal to 0")}"),
        };
        var start = 0;
        if (call.OptionalString("nextToken") is { } token)
        {
            if (token.Length == 0 || token.Length > longestToken)
            {
                throw token.Length == 0
                    ? StepFunctionsErrors.Constraint("", "nextToken", "Member must have length greater than or equal to 1")
                    : StepFunctionsErrors.TooLong(token, "nextToken", longestToken);
            }

            Span<byte> bytes = stackalloc byte[64];
            if (token.Length > 60 || !Base64.IsValid(token) || !Convert.TryFromBase64String(token, bytes, out var written)
                || !int.TryParse(Encoding.ASCII.GetString(bytes[..written]), NumberStyles.None, CultureInfo.InvariantCulture, out start))
            {
                throw StepFunctionsErrors.InvalidPageToken();
            }
        }

        var items = all.Skip(start).Take(size).ToArray();
        var next = start + items.Length;
        return (items, next < all.Count ? Convert.ToBase64String(Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture))) : null);
    }

    public static void WriteTime(this Utf8JsonWriter writer, string member, DateTimeOffset time) =>
        writer.WriteNumber(member, time.ToUnixTimeMilliseconds() / 1000m);

    public static void WriteOptional(this Utf8JsonWriter writer, string member, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(member, value);
        }
    }

    public static void WriteIncluded(this Utf8JsonWriter writer, string member)
    {
        writer.WriteStartObject(member);
        writer.WriteBoolean("included", true);
        writer.WriteEndObject();
    }

    public static void WriteJson(this Utf8JsonWriter writer, string member, AslValue value)
    {
        writer.WritePropertyName(member);
        value.WriteTo(writer);
    }
}
