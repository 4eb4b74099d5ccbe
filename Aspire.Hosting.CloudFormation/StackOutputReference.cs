namespace Aspire.Hosting.ApplicationModel;

/// <summary>An output of a stack. Its value is available once the stack is deployed; a read before that waits.</summary>
public sealed class StackOutputReference(
    CloudFormationStackResource stack, string name) : IValueProvider, IManifestExpressionProvider, IValueWithReferences
{
    public CloudFormationStackResource Stack { get; } = stack;

    /// <summary>The output's logical ID in the template.</summary>
    public string Name { get; } = name;

    public string ValueExpression => $"{{{Stack.Name}.outputs.{Name}}}";

    IEnumerable<object> IValueWithReferences.References => [Stack];

    /// <summary>Waits for the deployment that is under way and returns the output's value.</summary>
    /// <exception cref="DistributedApplicationException">The deployment failed, or the stack has no such output.</exception>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var outputs = await Stack.Outputs.ReadAsync(cancellationToken);
        return outputs.TryGetValue(Name, out var value)
            ? value
            : throw new DistributedApplicationException(outputs.Count == 0
                ? $"Stack {Stack.StackName} has no output {Name}; its template declares no outputs."
                : $"Stack {Stack.StackName} has no output {Name}. "
                    + $"It has: {string.Join(", ", outputs.Keys.Order(StringComparer.Ordinal))}.");
    }
}
