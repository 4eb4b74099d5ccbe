namespace Oith.LocalCloud.Wire;

/// <summary>Amazon Resource Names of this LocalCloud: <c>arn:aws:sqs:us-east-1:000000000000:oith-development-notifications</c>.</summary>
public sealed class Arn(LocalCloudOptions options)
{
    /// <param name="service">The service's name in ARNs: <c>sqs</c>, <c>states</c>, <c>lambda</c>.</param>
    /// <param name="resource">The last part: <c>stateMachine:name</c>, <c>table/name</c>.</param>
    public string Of(string service, string resource) => $"arn:aws:{service}:{options.Region}:{options.AccountId}:{resource}";

    /// <summary>The part after the account, null when the text is no ARN.</summary>
    public static string? ResourceOf(string arn)
    {
        var parts = arn.Split(':', 6);
        return parts.Length == 6 && parts[0] == "arn" ? parts[5] : null;
    }

    /// <summary>The service's name in an ARN, null when the text is no ARN.</summary>
    public static string? ServiceOf(string arn)
    {
        var parts = arn.Split(':', 6);
        return parts.Length == 6 && parts[0] == "arn" ? parts[2] : null;
    }
}
