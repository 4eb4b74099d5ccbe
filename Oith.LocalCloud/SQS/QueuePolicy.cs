using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.SQS;

/// <summary>Adds and removes the statements of AddPermission and RemovePermission. LocalCloud shows policies and enforces none.</summary>
internal static class QueuePolicy
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HashSet<string> s_actions = new(StringComparer.OrdinalIgnoreCase)
    {
        "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl",
        "ListDeadLetterSourceQueues", "PurgeQueue",
    };

    public static string Add(string? policy, string queueArn, string label, IReadOnlyList<string> accounts, IReadOnlyList<string> actions)
    {
        foreach (var action in actions)
        {
            if (!s_actions.Contains(action))
            {
                throw SQSErrors.InvalidValue(
                    "SQS:" + action, "ActionName", "Please refer to the appropriate WSDL for a list of valid actions. ");
            }
        }

        var root = policy is null
            ? new JsonObject
            {
                ["Version"] = "2008-10-17",
                ["Id"] = $"{queueArn}/SQSDefaultPolicy",
                ["Statement"] = new JsonArray(),
            }
            : JsonNode.Parse(policy)!.AsObject();
        var statements = root["Statement"] as JsonArray ?? (JsonArray)(root["Statement"] = new JsonArray());
        if (statements.Any(statement => statement?["Sid"]?.GetValue<string>() == label))
        {
            throw SQSErrors.InvalidValue(label, "Label", "Already exists.");
        }

        statements.Add(new JsonObject
        {
            ["Sid"] = label,
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = OneOrMany(accounts.Select(account => $"arn:aws:iam::{account}:root")) },
            ["Action"] = OneOrMany(actions.Select(action => "SQS:" + action)),
            ["Resource"] = queueArn,
        });
        return root.ToJsonString(s_options);
    }

    /// <returns>The policy without the statement; empty when none is left.</returns>
    public static string Remove(string? policy, string label)
    {
        var root = policy is null ? null : JsonNode.Parse(policy)!.AsObject();
        var statement = (root?["Statement"] as JsonArray)?.FirstOrDefault(item => item?["Sid"]?.GetValue<string>() == label)
            ?? throw SQSErrors.InvalidValue(label, "Label", "can't find label.");
        var statements = root!["Statement"]!.AsArray();
        statements.Remove(statement);
        return statements.Count == 0 ? "" : root.ToJsonString(s_options);
    }

    // AWS writes a single item without a list around it.
    private static JsonNode OneOrMany(IEnumerable<string> items)
    {
        var list = items.Select(item => (JsonNode)JsonValue.Create(item)).ToArray();
        return list.Length == 1 ? list[0] : new JsonArray(list);
    }
}
