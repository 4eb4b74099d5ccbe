using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>A topic's access policy: shown and changed as AWS does, enforced by nobody.</summary>
internal static class TopicPolicy
{
    private static readonly string[] s_actions =
    [
        "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
        "ListSubscriptionsByTopic", "Publish",
    ];

    public static string Default(string topicArn, string owner) => AccessPolicy.Text(new JsonObject
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
    });

    public static string Add(string policy, string topicArn, string label, IReadOnlyList<string> accounts, IReadOnlyList<string> actions)
    {
        if (actions.Any(action => !s_actions.Contains(action)))
        {
            throw SNSErrors.InvalidParameter("Policy statement action out of service scope!");
        }

        var root = JsonInput.Parse(policy)!.AsObject();
        if (AccessPolicy.Find(root, label) is not null)
        {
            throw SNSErrors.InvalidParameter("Statement already exists");
        }

        AccessPolicy.StatementsOf(root).Add(AccessPolicy.Allow(label, accounts, actions.Select(action => "SNS:" + action), topicArn));
        return AccessPolicy.Text(root);
    }

    public static string Remove(string policy, string label)
    {
        var root = JsonInput.Parse(policy)!.AsObject();
        if (AccessPolicy.Find(root, label) is { } statement)
        {
            AccessPolicy.StatementsOf(root).Remove(statement);
        }

        return AccessPolicy.Text(root);
    }
}
