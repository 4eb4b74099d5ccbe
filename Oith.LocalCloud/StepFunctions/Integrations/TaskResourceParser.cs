namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>Reads the Resource of a Task state.</summary>
internal static class TaskResourceParser
{
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

        // Region and account may be there or not: arn:aws:states:::aws-sdk:s3:getObject, arn:aws:states:us-east-1:111122223333:aws-sdk:s3:getObject.
        return Service(arn, parts[5]);
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
        if (parts is ["aws-sdk", { Length: > 0 } sdkName, { Length: > 0 } sdkAction])
        {
            return pattern is TaskPattern.Sync or TaskPattern.Sync2 || !AwsSdkActions.Exists(sdkName, sdkAction)
                ? null
                : new ServiceTask(arn, AwsServices.Of(sdkName), $"aws-sdk:{sdkName}", sdkAction, pattern, isSdk: true);
        }

        return parts is [{ Length: > 0 } name, { Length: > 0 } action] && OptimizedIntegrations.Exists(name, action, pattern)
            ? new ServiceTask(arn, OptimizedIntegrations.ServiceOf(name), name, action, pattern, isSdk: false)
            : null;
    }
}
