using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.SNS;

/// <summary>A topic's access policy: shown and changed as AWS does, enforced by nobody.</summary>
internal static class TopicPolicy
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_actions =
    [
        "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
        "ListSubscriptionsByTopic", "Publish",
    ];

    public static string Default(string topicArn, string owner) => new JsonObject
    {
        ["Version"] = "2008-10-17",
        ["Id"] = "__default_policy_ID",
        ["Statement"] = new JsonArray(new JsonObject
        {
            ["Sid"] = "__default_statement_ID",
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = "*" },
            ["Action"] = new JsonArray([.. s_actions.Select(action => (JsonNode)("SNS:" + action))]),
            ["Resource"] = topicArn,
            ["Condition"] = new JsonObject { ["StringEquals"] = new JsonObject { ["AWS:SourceOwner"] = owner } },
        }),
    }.ToJsonString(s_options);

    public static string Add(string policy, string topicArn, string label, IReadOnlyList<string> accounts, IReadOnlyList<string> actions)
    {
        if (actions.Any(action => !s_actions.Contains(action)))
        {
            throw SNSErrors.InvalidParameter("Policy statement action out of service scope!");
        }

        var root = JsonNode.Parse(policy)!.AsObject();
        var statements = root["Statement"]!.AsArray();
        if (statements.Any(statement => statement?["Sid"]?.GetValue<string>() == label))
        {
            throw SNSErrors.InvalidParameter("Statement already exists");
        }

        statements.Add(new JsonObject
        {
            ["Sid"] = label,
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = OneOrMany(accounts.Select(account => $"arn:aws:iam::{account}:root")) },
            ["Action"] = OneOrMany(actions.Select(action => "SNS:" + action)),
            ["Resource"] = topicArn,
        });
        return root.ToJsonString(s_options);
    }

    public static string Remove(string policy, string label)
    {
        var root = JsonNode.Parse(policy)!.AsObject();
        var statements = root["Statement"]!.AsArray();
        if (statements.FirstOrDefault(item => item?["Sid"]?.GetValue<string>() == label) is { } statement)
        {
            statements.Remove(statement);
        }

        return root.ToJsonString(s_options);
    }

    // AWS writes a single item without a list around it.
    private static JsonNode OneOrMany(IEnumerable<string> items)
    {
        var list = items.Select(item => (JsonNode)JsonValue.Create(item)).ToArray();
        return list.Length == 1 ? list[0] : new JsonArray(list);
    }
}
