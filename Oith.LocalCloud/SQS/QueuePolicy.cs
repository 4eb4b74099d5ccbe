using System.Text.Json.Nodes;
using Oith.LocalCloud.Messaging;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>Adds and removes the statements of AddPermission and RemovePermission. LocalCloud shows policies and enforces none.</summary>
internal static class QueuePolicy
{
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
            ? new JsonObject { ["Version"] = "2008-10-17", ["Id"] = $"{queueArn}/SQSDefaultPolicy", ["Statement"] = new JsonArray() }
            : JsonInput.Parse(policy)!.AsObject();
        if (AccessPolicy.Find(root, label) is not null)
        {
            throw SQSErrors.InvalidValue(label, "Label", "Already exists.");
        }

        AccessPolicy.StatementsOf(root).Add(AccessPolicy.Allow(label, accounts, actions.Select(action => "SQS:" + action), queueArn));
        return AccessPolicy.Text(root);
    }

    /// <returns>The policy without the statement; empty when none is left.</returns>
    public static string Remove(string? policy, string label)
    {
        var root = policy is null ? [] : JsonInput.Parse(policy)!.AsObject();
        var statement = AccessPolicy.Find(root, label) ?? throw SQSErrors.InvalidValue(label, "Label", "can't find label.");
        var statements = AccessPolicy.StatementsOf(root);
        statements.Remove(statement);
        return statements.Count == 0 ? "" : AccessPolicy.Text(root);
    }
}
