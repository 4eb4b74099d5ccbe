using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Reads what a request wants a stack to be deployed from, and checks all that can be checked before any work.</summary>
internal sealed class StackRequests(StackStore store, TemplateSource templates, ParameterValues parameters, LocalCloudOptions options)
{
    /// <param name="stack">The stack that is changed; null when it is new.</param>
    /// <exception cref="AwsServiceException">ValidationError or InsufficientCapabilitiesException.</exception>
    public async ValueTask<(Template Template, StackDefinition Definition)> ReadAsync(
        JsonObject input, string stackName, Stack? stack, bool checkCapabilities, CancellationToken cancellationToken)
    {
        var previous = stack?.Definition;
        var body = await templates.ReadAsync(input.Text("TemplateBody"), input.Text("TemplateURL"), cancellationToken)
            ?? (input.IsTrue("UsePreviousTemplate") ? previous?.TemplateBody : null)
            ?? throw TemplateErrors.Validation("Either Template URL or Template Body must be specified.");
        var template = Template.Parse(body);
        var definition = new StackDefinition
        {
            TemplateBody = body,
            Description = template.Description,
            Parameters = await parameters.ResolveAsync(template, input.Items("Parameters"), previous?.Parameters ?? [], cancellationToken),
            Tags = input.ContainsKey("Tags") ? input.Tags() : previous?.Tags ?? [],
            Capabilities = input.TextList("Capabilities"),
            NotificationARNs = input.ContainsKey("NotificationARNs") ? input.TextList("NotificationARNs") : previous?.NotificationARNs ?? [],
            RoleARN = input.Text("RoleARN") ?? previous?.RoleARN,
            TimeoutInMinutes = input.Integer("TimeoutInMinutes") ?? previous?.TimeoutInMinutes,
            RollbackConfiguration = (input["RollbackConfiguration"] ?? previous?.RollbackConfiguration)?.DeepClone() as JsonObject,
        };
        CheckResourceTypes(template, input.TextList("ResourceTypes"));
        CheckGraph(template, definition, stackName, stack);
        if (checkCapabilities)
        {
            Capabilities.Check(template, definition.Capabilities);
        }

        return (template, definition);
    }

    private static void CheckResourceTypes(Template template, IReadOnlyList<string> allowed)
    {
        foreach (var type in template.ResourceTypes.Where(type => allowed.Count > 0 && !allowed.Any(pattern => Matches(pattern, type))))
        {
            throw TemplateErrors.Validation($"Resource type {type} is not allowed by parameter ResourceTypes [{string.Join(", ", allowed)}]");
        }
    }

    private static bool Matches(string pattern, string type) => pattern.EndsWith('*')
        ? type.StartsWith(pattern.AsSpan()[..^1], StringComparison.Ordinal)
        : type == pattern;

    // Circles, and conditions that cannot be evaluated, are known before anything is created.
    private void CheckGraph(Template template, StackDefinition definition, string stackName, Stack? stack)
    {
        var references = new StackReferences(store, stack ?? new Stack { Id = "", Name = stackName, CreationTime = default, Status = "" });
        var resolver = new TemplateResolver(
            template,
            ParameterValues.References(template, definition.Parameters),
            new PseudoParameters(options.AccountId, options.Region, stackName, stack?.Id ?? "", definition.NotificationARNs),
            references);
        var graph = DependencyGraph.Build(template, resolver);
        foreach (var resource in graph.Keys.Select(name => template.Resources[name]))
        {
            foreach (var reference in TemplateReferences.In(resource.Properties, condition => resolver.Holds(condition)))
            {
                if (template.Resources.ContainsKey(reference.Name) && !graph.ContainsKey(reference.Name))
                {
                    throw TemplateErrors.Format($"Unresolved resource dependencies [{reference.Name}] in the Resources block of the template");
                }
            }
        }
    }
}
