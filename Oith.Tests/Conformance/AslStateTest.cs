using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.Tests.Conformance;

/// <summary>One recorded call of TestState.</summary>
internal sealed class AslStateTest(AslRunner runner, AslFunctions functions, JsonObject row, int number)
{
    private static readonly JsonSerializerOptions s_text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<string?> DifferenceAsync(CancellationToken cancellationToken)
    {
        var request = row["request"]!.DeepClone().AsObject();
        var definition = row["definition"]!.ToJsonString(s_text);
        foreach (var (name, function) in row["lambdas"] as JsonObject ?? [])
        {
            functions.Add($"{name}-{number}", Known(function!.AsObject()));
            definition = definition.Replace(name, $"{name}-{number}", StringComparison.Ordinal);
            request["input"] = request["input"]?.GetValue<string>().Replace(name, $"{name}-{number}", StringComparison.Ordinal);
        }

        request["definition"] = definition;
        if (row["needs"] is JsonArray { Count: > 0 })
        {
            request["roleArn"] = "arn:aws:iam::111111111111:role/corpus";
        }

        if (request["mock"]?["result"] is { } mocked)
        {
            // What the recorded test filled in before it called AWS.
            request["mock"]!["result"] = mocked.GetValue<string>().Replace(
                "{{localstack.utils.aws.arns.stepfunctions_standard_execution_arn()}}",
                "arn:aws:states:us-east-1:111111111111:execution:TargetStateMachine:TestStartTarget",
                StringComparison.Ordinal);
        }

        var expected = row["expected"]!.AsObject();
        try
        {
            var answer = await runner.CallAsync("TestState", request, cancellationToken);
            if (row["expect_error"]!.GetValue<bool>())
            {
                return $"expected an error but got {answer.ToJsonString(s_text)}";
            }

            var wildcards = (row["wildcards"]?.AsArray() ?? []).Select(pointer => pointer!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
            var words = (row["placeholder_words"] as JsonArray ?? ["date"]).Select(word => word!.GetValue<string>()).ToArray();
            return new AslComparison(wildcards, words).Difference(Parsed(expected), Parsed(answer), "");
        }
        catch (AslApiException error)
        {
            return CompareError(expected, error);
        }
    }

    // The one function that returns bytes returns JSON text.
    private static JsonObject Known(JsonObject function) => function["source"]!.GetValue<string>().Contains("b'\"HelloWorld!\"'", StringComparison.Ordinal)
        ? new JsonObject { ["behaviour"] = "constant", ["returns"] = "HelloWorld!" }
        : function;

    private static string? CompareError(JsonObject expected, AslApiException error)
    {
        if (expected["exception_typename"] is { } type)
        {
            // What boto3 refuses itself never reached AWS.
            if (type.GetValue<string>() == "ParamValidationError")
            {
                return null;
            }

            var told = expected["exception_value"]!.GetValue<string>();
            var message = told[(told.IndexOf(" operation: ", StringComparison.Ordinal) + " operation: ".Length)..];
            return type.GetValue<string>() == error.Code && message == error.Words ? null : $"expected {told} but got {error.Message}";
        }

        var recorded = expected["Error"];
        return recorded is not null && recorded["Code"]!.GetValue<string>() == error.Code && recorded["Message"]!.GetValue<string>() == error.Words
            ? null
            : $"expected {expected.ToJsonString(s_text)} but got {error.Message}";
    }

    /// <summary>Data is JSON text, which the recording holds parsed in part.</summary>
    private static JsonNode? Parsed(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Parsed(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Parsed)]),
        JsonValue value when value.TryGetValue<string>(out var text) && IsJson(text.TrimStart()) => Parsed(JsonNode.Parse(text)),
        _ => node?.DeepClone(),
    };

    // Neither an expression nor a placeholder of the recording.
    private static bool IsJson(string text) =>
        text is ['{' or '[' or '"', ..] && !text.StartsWith("{%", StringComparison.Ordinal) && !text.StartsWith("{{", StringComparison.Ordinal);
}
