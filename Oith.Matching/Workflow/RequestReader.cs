using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Oith.Matching.Api;

namespace Oith.Matching.Workflow;

/// <summary>
/// Reads the input of an execution, which is either <c>{"requestId": "5f0c…", "userEmail": "a@…"}</c> or what a Pipe sends:
/// <c>[{"messageId": "…", "body": "{\"requestId\": …}", "attributes": {"ApproximateReceiveCount": "1"}}]</c>.
/// </summary>
internal static class RequestReader
{
    public static bool TryRead(JsonElement input, out IReadOnlyList<ReadRequest> requests, [NotNullWhen(false)] out string? problem)
    {
        var read = new List<ReadRequest>();
        requests = read;
        problem = null;
        if (input.ValueKind != JsonValueKind.Array)
        {
            if (!TryReadRequest(input, receiveCount: 1, out var request, out problem))
            {
                return false;
            }

            read.Add(request);
            return true;
        }

        foreach (var message in input.EnumerateArray())
        {
            if (!TryReadMessage(message, out var request, out problem))
            {
                return false;
            }

            read.Add(request);
        }

        problem = read.Count == 0 ? "The input has no messages." : null;
        return problem is null;
    }

    private static bool TryReadMessage(
        JsonElement message, [NotNullWhen(true)] out ReadRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("body", out var body))
        {
            problem = "A message has no body.";
            return false;
        }

        var count = message.TryGetProperty("attributes", out var attributes) && attributes.ValueKind == JsonValueKind.Object
            && attributes.TryGetProperty("ApproximateReceiveCount", out var text) && text.ValueKind == JsonValueKind.String
            && int.TryParse(text.GetString(), out var received)
            ? received
            : 1;
        if (body.ValueKind != JsonValueKind.String)
        {
            return TryReadRequest(body, count, out request, out problem);
        }

        try
        {
            using var document = JsonDocument.Parse(body.GetString()!);
            return TryReadRequest(document.RootElement, count, out request, out problem);
        }
        catch (JsonException)
        {
            problem = "A message's body is not JSON.";
            return false;
        }
    }

    private static bool TryReadRequest(
        JsonElement body, int receiveCount, [NotNullWhen(true)] out ReadRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        if (body.ValueKind != JsonValueKind.Object)
        {
            problem = "A match request is not a JSON object.";
            return false;
        }

        if (!Guid.TryParse(TextOf(body, "requestId"), out var id))
        {
            problem = "A match request's requestId is not a UUID.";
            return false;
        }

        if (!EmailAddress.TryNormalize(TextOf(body, "userEmail"), out var email))
        {
            problem = "A match request's userEmail is not an e-mail address.";
            return false;
        }

        // Never empty: it becomes a message attribute, and those must not be.
        var traceparent = ActivityContext.TryParse(TextOf(body, "traceparent"), null, out _)
            ? TextOf(body, "traceparent")!
            : Activity.Current?.Id ?? $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";
        request = new ReadRequest(id, email, traceparent, receiveCount);
        problem = null;
        return true;
    }

    private static string? TextOf(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

internal sealed record ReadRequest(Guid RequestId, string UserEmail, string Traceparent, int ReceiveCount);
