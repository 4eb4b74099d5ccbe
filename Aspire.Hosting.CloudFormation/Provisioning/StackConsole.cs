namespace Aspire.Hosting.CloudFormation;

/// <summary>The page that shows a stack.</summary>
internal static class StackConsole
{
    /// <summary>Returns the page's address; null for an emulator without such a page.</summary>
    public static async Task<string?> GetUrlAsync(
        CloudFormationStackResource stack, string stackId, AwsConnection connection, CancellationToken cancellationToken)
    {
        if (stack.Endpoint is { } endpoint)
        {
            return endpoint.GetStackConsoleUrl(stack.StackName) is { } url ? await url.GetValueAsync(cancellationToken) : null;
        }

        return connection.IsEmulator
            ? null
            : $"https://{connection.Region}.console.aws.amazon.com/cloudformation/home?region={connection.Region}"
                + $"#/stacks/stackinfo?stackId={Uri.EscapeDataString(stackId)}";
    }
}
