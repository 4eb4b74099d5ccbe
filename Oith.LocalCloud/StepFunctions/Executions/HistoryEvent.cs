using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>A detail of an event. Data (input, output) is shown as JSON text and left out when the caller asks for events without data.</summary>
/// <param name="Name">The member's name in the event's details.</param>
/// <param name="Value">A string or number shown as it is, a JSON value shown as text when <paramref name="IsData"/>.</param>
internal readonly record struct HistoryDetail(string Name, AslValue Value, bool IsData = false)
{
    public static HistoryDetail Text(string name, string value) => new(name, AslValue.Of(value));

    public static HistoryDetail Number(string name, long value) => new(name, AslValue.Of(value));

    public static HistoryDetail Data(string name, AslValue value) => new(name, value, IsData: true);
}

/// <summary>One event of an execution's history.</summary>
internal sealed record HistoryEvent(long Id, long PreviousEventId, string Type, DateTimeOffset Timestamp, HistoryDetail[] Details)
{
    private const long EmptyBytes = 150;

    /// <summary>About what the event takes in memory.</summary>
    public long Bytes => EmptyBytes + Details.Sum(detail => detail.Value.Bytes);

    public void WriteTo(Utf8JsonWriter writer, bool includesData)
    {
        writer.WriteStartObject();
        writer.WriteNumber("timestamp", Timestamp.ToUnixTimeMilliseconds() / 1000m);
        writer.WriteString("type", Type);
        writer.WriteNumber("id", Id);
        writer.WriteNumber("previousEventId", PreviousEventId);
        if (DetailsName(Type) is { } name)
        {
            writer.WriteStartObject(name);
            foreach (var detail in Details)
            {
                Write(writer, detail, includesData);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, HistoryDetail detail, bool includesData)
    {
        if (!detail.IsData)
        {
            writer.WritePropertyName(detail.Name);
            detail.Value.WriteTo(writer);
            return;
        }

        if (!includesData)
        {
            return;
        }

        if (detail.Name == "assignedVariables")
        {
            writer.WriteStartObject(detail.Name);
            foreach (var (variable, value) in detail.Value.Members)
            {
                writer.WriteString(variable, value.ToText());
            }

            writer.WriteEndObject();
        }
        else
        {
            writer.WriteString(detail.Name, detail.Value.ToText());
        }

        // "parameters" is the one that AWS shows without a note on truncation.
        if (detail.Name != "parameters")
        {
            writer.WriteStartObject(detail.Name + "Details");
            writer.WriteBoolean("truncated", false);
            writer.WriteEndObject();
        }
    }

    // PassStateEntered has stateEnteredEventDetails, TaskFailed has taskFailedEventDetails; some have none.
    private static string? DetailsName(string type)
    {
        if (type.EndsWith("StateEntered", StringComparison.Ordinal))
        {
            return "stateEnteredEventDetails";
        }

        if (type.EndsWith("StateExited", StringComparison.Ordinal))
        {
            return "stateExitedEventDetails";
        }

        return type is "MapStateSucceeded" or "MapStateFailed" or "ParallelStateStarted" or "ParallelStateSucceeded" or "ParallelStateFailed"
            or "LambdaFunctionStarted" or "MapRunSucceeded" or "MapRunAborted" || type.EndsWith("StateAborted", StringComparison.Ordinal)
            ? null
            : char.ToLowerInvariant(type[0]) + type[1..] + "EventDetails";
    }
}
