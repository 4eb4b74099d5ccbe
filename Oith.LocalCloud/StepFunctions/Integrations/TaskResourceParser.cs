namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>Reads the Resource of a Task state.</summary>
internal static class TaskResourceParser
{
    /// <summary>The services with an integration of their own, by the name in the resource, and the name of each in the SDK.</summary>
    private static readonly Dictionary<string, (string SdkName, string[] Actions)> s_optimized = new(StringComparer.Ordinal)
    {
        ["lambda"] = ("lambda", ["invoke"]),
        ["sqs"] = ("sqs", ["sendMessage"]),
        ["sns"] = ("sns", ["publish"]),
        ["dynamodb"] = ("dynamodb", ["getItem", "putItem", "updateItem", "deleteItem"]),
        ["states"] = ("sfn", ["startExecution"]),
        ["events"] = ("eventbridge", ["putEvents"]),
        ["apigateway"] = ("apigateway", ["invoke"]),
        ["http"] = ("http", ["invoke"]),
    };

    /// <returns>Null when AWS knows no such resource.</returns>
    public static TaskResource? TryParse(string arn)
    {
        var parts = arn.Split(':', 6);
        if (parts.Length < 6 || parts[0] != "arn" || parts[1].Length == 0)
        {
            return null;
        }

        if (parts[2] == "lambda")
        {
            return parts[5].StartsWith("function:", StringComparison.Ordinal) ? new LambdaFunctionTask(arn) : null;
        }

        if (parts[2] != "states")
        {
            return null;
        }

        if (parts[5].StartsWith("activity:", StringComparison.Ordinal))
        {
            return new ActivityTask(arn);
        }

        return parts[3].Length == 0 && parts[4].Length == 0 ? Service(arn, parts[5]) : null;
    }

    private static ServiceTask? Service(string arn, string resource)
    {
        var pattern = TaskPattern.RequestResponse;
        foreach (var (ending, one) in new[]
        {
            (".waitForTaskToken", TaskPattern.WaitForTaskToken), (".sync:2", TaskPattern.Sync2), (".sync", TaskPattern.Sync),
        })
        {
            if (resource.EndsWith(ending, StringComparison.Ordinal))
            {
                resource = resource[..^ending.Length];
                pattern = one;
                break;
            }
        }

        var parts = resource.Split(':');
        if (parts is ["aws-sdk", { Length: > 0 } sdkName, { Length: > 0 } action])
        {
            return pattern is TaskPattern.Sync or TaskPattern.Sync2
                ? null
                : new ServiceTask(arn, AwsServices.Of(sdkName), $"aws-sdk:{sdkName}", action, pattern, isSdk: true);
        }

        return parts.Length == 2 && s_optimized.TryGetValue(parts[0], out var known) && known.Actions.Contains(parts[1])
            && (pattern is not (TaskPattern.Sync or TaskPattern.Sync2) || parts[0] == "states")
            ? new ServiceTask(arn, AwsServices.Of(known.SdkName), parts[0], parts[1], pattern, isSdk: false)
            : null;
    }
}
