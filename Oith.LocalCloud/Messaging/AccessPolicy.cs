using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Messaging;

/// <summary>The access policy documents of queues and topics, as AddPermission and RemovePermission change them. Nobody enforces them.</summary>
internal static class AccessPolicy
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(JsonObject policy) => policy.ToJsonString(s_options);

    /// <summary>The policy's statements, to be changed in place. A single one may have been written without a list around it, or none at all.</summary>
    public static JsonArray StatementsOf(JsonObject policy)
    {
        if (policy["Statement"] is not JsonArray statements)
        {
            statements = policy["Statement"]?.DeepClone() is { } single ? [single] : [];
            policy["Statement"] = statements;
        }

        return statements;
    }

    /// <summary>The statement of that label, null when there is none.</summary>
    public static JsonNode? Find(JsonObject policy, string label) =>
        StatementsOf(policy).FirstOrDefault(statement => (statement as JsonObject)?["Sid"]?.ToString() == label);

    /// <summary>A statement that lets accounts call actions.</summary>
    /// <param name="actions">With their service before them: <c>SQS:SendMessage</c>.</param>
    public static JsonObject Allow(string label, IEnumerable<string> accounts, IEnumerable<string> actions, string resourceArn) => new()
    {
        ["Sid"] = label,
        ["Effect"] = "Allow",
        ["Principal"] = new JsonObject { ["AWS"] = OneOrMany(accounts.Select(account => $"arn:aws:iam::{account}:root")) },
        ["Action"] = OneOrMany(actions),
        ["Resource"] = resourceArn,
    };

    // AWS writes a single item without a list around it.
    private static JsonNode OneOrMany(IEnumerable<string> items)
    {
        var list = items.Select(item => (JsonNode)JsonValue.Create(item)).ToArray();
        return list.Length == 1 ? list[0] : new JsonArray(list);
    }
}
