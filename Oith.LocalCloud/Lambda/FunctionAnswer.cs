using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Lambda;

/// <summary>Reads the HTTP answer of the process that plays a function.</summary>
internal static class FunctionAnswer
{
    /// <summary>The header with which a runtime reports a function's error in AWS.</summary>
    private const string ErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";

    private const int FirstErrorStatus = 400;

    /// <summary>
    /// The failed invocation that the process asks for: by the runtime's error header, or by a status of 400 or more and a JSON object with a
    /// text <c>errorType</c>, as Lambda's runtimes write it.
    /// </summary>
    /// <returns>Null when the process names no error of its own.</returns>
    public static FunctionResult? Error(HttpResponseMessage response, byte[] body)
    {
        var errorType = response.Headers.TryGetValues(ErrorTypeHeader, out var values) ? values.First() : null;
        var report = (int)response.StatusCode >= FirstErrorStatus || errorType is not null ? Report(body) : null;
        if (report is not null && (errorType is null || errorType == report.Value.Type))
        {
            return new FunctionResult(body, IsError: true);
        }

        return errorType is null ? null : FunctionResult.Failed(errorType, report?.Message ?? Encoding.UTF8.GetString(body));
    }

    /// <summary>An answer that is no JSON becomes a JSON string; an empty one is null.</summary>
    public static ReadOnlyMemory<byte> AsJson(byte[] body)
    {
        if (body.Length == 0)
        {
            return "null"u8.ToArray();
        }

        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
            }

            return body;
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToUtf8Bytes(Encoding.UTF8.GetString(body));
        }
    }

    private static (string Type, string? Message)? Report(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject report && Text(report, "errorType") is { } type ? (type, Text(report, "errorMessage")) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject report, string member) =>
        report[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
