namespace Aspire.Hosting.ApplicationModel;

/// <summary>Names of the pipeline's steps, for steps of an application that come before or after them.</summary>
public static class StackSteps
{
    /// <summary>Says which account the stacks are deployed to; before the first stack.</summary>
    public const string IdentifyAccount = "identify-account";

    /// <summary>Asks whether the stacks are to be deleted; before the first one is.</summary>
    public const string ConfirmDestroy = "confirm-destroy";

    /// <summary><c>publish-data-stack</c></summary>
    public static string Publish(CloudFormationStackResource stack) => $"publish-{NameOf(stack)}";

    /// <summary><c>deploy-data-stack</c></summary>
    public static string Deploy(CloudFormationStackResource stack) => $"deploy-{NameOf(stack)}";

    /// <summary><c>destroy-data-stack</c></summary>
    public static string Destroy(CloudFormationStackResource stack) => $"destroy-{NameOf(stack)}";

    private static string NameOf(CloudFormationStackResource stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return stack.Name;
    }
}
