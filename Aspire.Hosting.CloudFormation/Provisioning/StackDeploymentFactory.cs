namespace Aspire.Hosting.CloudFormation;

/// <summary>Reads the template and resolves the parameters of a stack.</summary>
internal static class StackDeploymentFactory
{
    /// <param name="keepsParameters">
    /// True where a parameter without a value keeps the one that the stack has; false where the template's default applies.
    /// </param>
    /// <exception cref="DistributedApplicationException">The template is missing, or a parameter has no value.</exception>
    public static async Task<StackDeployment> CreateAsync(
        CloudFormationStackResource stack, bool mayDelete, bool keepsParameters, CancellationToken cancellationToken)
    {
        if (!File.Exists(stack.TemplatePath))
        {
            throw new DistributedApplicationException($"The template of stack {stack.StackName} does not exist: {stack.TemplatePath}");
        }

        var parameters = await ResolveAsync(stack, cancellationToken);
        return new StackDeployment(stack.StackName, await File.ReadAllTextAsync(stack.TemplatePath, cancellationToken))
        {
            Parameters = parameters,
            KeptParameters = keepsParameters ? [.. stack.Parameters.Keys.Where(name => !parameters.ContainsKey(name))] : [],
            Tags = stack.Tags,
            Capabilities = stack.Capabilities,
            TemplateBucket = stack.TemplateBucket,
            MayDelete = mayDelete,
        };
    }

    private static async Task<IReadOnlyDictionary<string, string>> ResolveAsync(
        CloudFormationStackResource stack, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in stack.Parameters)
        {
            var text = value switch
            {
                string given => given,
                IValueProvider provider => await provider.GetValueAsync(cancellationToken),
                Func<CancellationToken, Task<string?>> callback => await callback(cancellationToken),
                _ => throw new DistributedApplicationException(
                    $"Parameter {name} of stack {stack.StackName} is a {value.GetType()}, which has no value."),
            };
            if (!string.IsNullOrEmpty(text))
            {
                resolved[name] = text;
            }
        }

        return resolved;
    }
}
