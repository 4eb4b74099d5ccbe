using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.Tests.Conformance;

/// <summary>One recorded judgement of a definition: an error of CreateStateMachine, diagnostics, variable references.</summary>
internal sealed class AslValidation(AslRunner runner, JsonObject row, int number)
{
    private const string Role = "arn:aws:iam::111111111111:role/corpus";

    private static readonly JsonSerializerOptions s_text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<string?> DifferenceAsync(CancellationToken cancellationToken)
    {
        var expected = row["expected"]!.AsObject();
        var definition = row["definition_string"]?.GetValue<string>() ?? row["definition"]!.ToJsonString(s_text);
        var create = new JsonObject
        {
            ["name"] = $"validated-{number}",
            ["definition"] = definition,
            ["roleArn"] = Role,
            ["type"] = row["type"]!.GetValue<string>(),
        };
        try
        {
            return row["api"]!.GetValue<string>() switch
            {
                "ValidateStateMachineDefinition" => Compare(expected, await runner.CallAsync(
                    "ValidateStateMachineDefinition",
                    new JsonObject { ["definition"] = definition, ["type"] = row["type"]!.GetValue<string>() },
                    cancellationToken)),
                "DescribeStateMachine" => Compare(expected, References(await DescribeAsync(create, forExecution: false, cancellationToken))),
                "DescribeStateMachineForExecution" => Compare(expected, References(await DescribeAsync(create, forExecution: true, cancellationToken))),
                "UpdateStateMachine" => await UpdateVersionAsync(create, cancellationToken),
                _ => await CreateAsync(create, expected, cancellationToken),
            };
        }
        catch (AslApiException error)
        {
            return CompareError(expected, error);
        }
    }

    // What the recorded tests did around the call: a machine of that name is there, a description comes without publish.
    private async Task<string?> CreateAsync(JsonObject create, JsonObject expected, CancellationToken cancellationToken)
    {
        switch (expected["error_code"]!.GetValue<string>())
        {
            case "StateMachineAlreadyExists":
                var other = create.DeepClone().AsObject();
                other["definition"] = """{"StartAt":"Other","States":{"Other":{"Type":"Pass","End":true}}}""";
                await runner.CallAsync("CreateStateMachine", other, cancellationToken);
                break;
            case "InvalidLoggingConfiguration":
                create["loggingConfiguration"] = new JsonObject { ["level"] = "ALL" };
                break;
            case "ValidationException":
                create["versionDescription"] = "version description";
                break;
        }

        await runner.CallAsync("CreateStateMachine", create, cancellationToken);
        return "accepted";
    }

    private async Task<string?> UpdateVersionAsync(JsonObject create, CancellationToken cancellationToken)
    {
        create["publish"] = true;
        var created = await runner.CallAsync("CreateStateMachine", create, cancellationToken);
        var version = created["stateMachineVersionArn"]!.GetValue<string>();
        await runner.CallAsync(
            "UpdateStateMachine",
            new JsonObject { ["stateMachineArn"] = version[..^1] + "2", ["definition"] = create["definition"]!.GetValue<string>() },
            cancellationToken);
        return "accepted";
    }

    private async Task<JsonObject> DescribeAsync(JsonObject create, bool forExecution, CancellationToken cancellationToken)
    {
        var arn = (await runner.CallAsync("CreateStateMachine", create, cancellationToken))["stateMachineArn"]!.GetValue<string>();
        if (!forExecution)
        {
            return await runner.CallAsync("DescribeStateMachine", new JsonObject { ["stateMachineArn"] = arn }, cancellationToken);
        }

        var started = await runner.CallAsync("StartExecution", new JsonObject { ["stateMachineArn"] = arn }, cancellationToken);
        return await runner.CallAsync(
            "DescribeStateMachineForExecution", new JsonObject { ["executionArn"] = started["executionArn"]!.GetValue<string>() }, cancellationToken);
    }

    private static JsonObject References(JsonObject described) => new() { ["variableReferences"] = described["variableReferences"]?.DeepClone() };

    private string? Compare(JsonObject expected, JsonObject actual)
    {
        var recorded = expected.DeepClone().AsObject();
        recorded.Remove("wildcards");
        return AslComparison.Of(expected, row["placeholder_words"]).Difference(recorded, actual, "");
    }

    private static string? CompareError(JsonObject expected, AslApiException error)
    {
        if (expected["error_code"] is null)
        {
            return error.Message;
        }

        // Some rows hold the message as boto3 shows it.
        var recorded = expected.DeepClone().AsObject();
        recorded.Remove("wildcards");
        var message = recorded["message"]!.GetValue<string>();
        var start = message.IndexOf(" operation: ", StringComparison.Ordinal);
        recorded["message"] = start < 0 ? message : message[(start + " operation: ".Length)..];
        return AslComparison.Of(expected, null).Difference(recorded, new JsonObject { ["error_code"] = error.Code, ["message"] = error.Words }, "");
    }
}
