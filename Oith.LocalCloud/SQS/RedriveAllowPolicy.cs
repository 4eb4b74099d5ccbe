using System.Text.Json;

namespace Oith.LocalCloud.SQS;

/// <summary>Which queues may name a queue as their dead-letter queue: <c>{"redrivePermission": "byQueue", "sourceQueueArns": […]}</c>.</summary>
internal static class RedriveAllowPolicy
{
    /// <param name="policy">The attribute, null for none: every queue may.</param>
    public static bool Allows(string? policy, string sourceArn)
    {
        if (policy is null)
        {
            return true;
        }

        using var document = JsonDocument.Parse(policy);
        var root = document.RootElement;
        var permission = root.TryGetProperty("redrivePermission", out var value) ? value.ToString() : "allowAll";
        return permission switch
        {
            "denyAll" => false,
            "byQueue" => root.TryGetProperty("sourceQueueArns", out var arns) && arns.ValueKind == JsonValueKind.Array
                && arns.EnumerateArray().Any(arn => arn.ToString() == sourceArn),
            _ => true,
        };
    }
}
