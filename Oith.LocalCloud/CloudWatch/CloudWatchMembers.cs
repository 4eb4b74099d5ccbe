using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch;

/// <summary>Which members are times and which are fractions: JSON writes both as numbers, Query and CBOR each in their way.</summary>
internal static class CloudWatchMembers
{
    public static readonly HashSet<string> Times = new(StringComparer.Ordinal)
    {
        "Timestamp", "Timestamps", "AlarmConfigurationUpdatedTimestamp", "StateUpdatedTimestamp", "StateTransitionedTimestamp", "LastModified",
    };

    public static readonly HashSet<string> Fractions = new(StringComparer.Ordinal)
    {
        "Value", "Values", "Sum", "Average", "Minimum", "Maximum", "SampleCount", "Threshold", "ExtendedStatistics",
    };

    // Above it a number has no digit to spare for a fraction.
    private const double LargestPlain = 1e15;

    public static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>A time as JSON and CBOR (epoch seconds) or Query (ISO 8601) give it.</summary>
    public static DateTimeOffset? Time(this JsonObject input, string name)
    {
        if (input.Text(name) is not { } text)
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time
            : throw CloudWatchErrors.InvalidValue($"The parameter {name} must be a time, not '{text}'.");
    }

    /// <summary>Writes an answer with its times and fractions as AWS prints them: <c>1765977780.0</c>, <c>41.0</c>.</summary>
    public static void WriteTo(JsonNode? node, Utf8JsonWriter output, bool isFraction = false)
    {
        switch (node)
        {
            case JsonObject members:
                output.WriteStartObject();
                foreach (var (name, value) in members)
                {
                    output.WritePropertyName(name);
                    WriteTo(value, output, Times.Contains(name) || Fractions.Contains(name) || (isFraction && value is JsonValue));
                }

                output.WriteEndObject();
                break;
            case JsonArray items:
                output.WriteStartArray();
                foreach (var item in items)
                {
                    WriteTo(item, output, isFraction);
                }

                output.WriteEndArray();
                break;
            case JsonValue number when isFraction && number.GetValueKind() == JsonValueKind.Number:
                output.WriteRawValue(Fraction(double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture)));
                break;
            case null:
                output.WriteNullValue();
                break;
            default:
                node.WriteTo(output);
                break;
        }
    }

    private static string Fraction(double number) => double.IsInteger(number) && Math.Abs(number) < LargestPlain
        ? number.ToString("F1", CultureInfo.InvariantCulture)
        : number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Turns the times of an answer into the Query protocol's ISO 8601.</summary>
    public static JsonObject ToQuery(string action, JsonObject answer)
    {
        Convert(answer);
        return answer;

        static void Convert(JsonNode? node)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach (var (name, value) in members.ToList())
                    {
                        if (Times.Contains(name) && value is JsonValue)
                        {
                            members[name] = Iso(value);
                        }
                        else if (Times.Contains(name) && value is JsonArray times)
                        {
                            members[name] = new JsonArray([.. times.Select(time => (JsonNode?)Iso(time!))]);
                        }
                        else
                        {
                            Convert(value);
                        }
                    }

                    break;
                case JsonArray items:
                    foreach (var item in items)
                    {
                        Convert(item);
                    }

                    break;
            }
        }
    }

    private static string Iso(JsonNode seconds) =>
        DateTimeOffset.UnixEpoch.AddSeconds(seconds.GetValue<double>()).ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}
