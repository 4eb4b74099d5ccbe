using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.Conformance;

/// <summary>
/// Stands before LocalCloud's services and plays the corpus's Python functions that echo, answer a constant or raise, with the
/// answers that Python's runtime gives (JSON with spaces, the stack trace of the source line).
/// </summary>
internal sealed partial class AslFunctions(IAwsApi services) : IAwsApi
{
    private readonly ConcurrentDictionary<string, JsonObject> _functions = new(StringComparer.Ordinal);

    public void Add(string name, JsonObject function) => _functions[name] = function;

    public IAwsService? Find(string signingName) => services.Find(signingName);

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken) => call.Service == "lambda"
        ? PlayAsync(call, output, cancellationToken)
        : services.InvokeAsync(call, output, cancellationToken);

    private async ValueTask PlayAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var name = call.RequiredString("FunctionName").Split(':')[^1];
        if (!_functions.TryGetValue(name, out var function))
        {
            throw new AwsServiceException(
                "ResourceNotFoundException", $"Function not found: arn:aws:lambda:us-east-1:000000000000:function:{name}:$LATEST", System.Net.HttpStatusCode.NotFound);
        }

        output.WriteStartObject();
        output.WriteNumber("StatusCode", 200);
        switch (function["behaviour"]!.GetValue<string>())
        {
            case "identity":
                output.WritePropertyName("Payload");
                if (call.Input.TryGetProperty("Payload", out var payload))
                {
                    payload.WriteTo(output);
                }
                else
                {
                    output.WriteRawValue("{}");
                }

                break;
            case "constant":
                output.WritePropertyName("Payload");
                output.WriteRawValue(function["returns"]?.ToJsonString() ?? "null");
                break;
            case "raise":
                output.WriteString("FunctionError", "Unhandled");
                output.WritePropertyName("Payload");
                output.WriteRawValue(Raise(function));
                break;
            default:
                // Those in use here sleep for longer than their state waits.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                break;
        }

        if (call.OptionalString("LogType") == "Tail")
        {
            output.WriteString("LogResult", Convert.ToBase64String("START RequestId"u8));
        }

        output.WriteString("ExecutedVersion", "$LATEST");
        output.WriteEndObject();
    }

    private static string Raise(JsonObject function)
    {
        var lines = function["source"]!.GetValue<string>().Split('\n');
        var line = Array.FindLastIndex(lines, one => one.TrimStart().StartsWith("raise ", StringComparison.Ordinal));
        var statement = lines[line].Trim();
        var trace = $"  File \"/var/task/handler.py\", line {(line + 1).ToString(CultureInfo.InvariantCulture)}, in handler\n    {statement}\n";
        // An exception's text is what its constructor was given, whatever it keeps for itself.
        var message = ConstructorArgument().Match(statement) is { Success: true } match ? match.Groups[1].Value : "";
        return $"{{\"errorMessage\": {Quote(message)}, \"errorType\": {Quote(function["error"]!["errorType"]!.GetValue<string>())}, "
            + $"\"requestId\": \"{Guid.NewGuid()}\", \"stackTrace\": [{Quote(trace)}]}}";
    }

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString(new JsonSerializerOptions
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    [GeneratedRegex("""raise \w+\(["'](.*)["']\)""")]
    private static partial Regex ConstructorArgument();
}
