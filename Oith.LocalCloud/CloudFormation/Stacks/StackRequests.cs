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
        CheckRollbackTriggers(definition.RollbackConfiguration);
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
        if (graph.Keys.SelectMany(name => Missing(template.Resources[name].Properties)).FirstOrDefault() is { } inResources)
        {
            throw TemplateErrors.Format($"Unresolved resource dependencies [{inResources}] in the Resources block of the template");
        }

        var outputs = template.Outputs.Values.Where(output => resolver.Holds(output.Condition));
        if (outputs.SelectMany(output => Missing(output.Value)).FirstOrDefault() is { } inOutputs)
        {
            throw TemplateErrors.Validation($"Unresolved resource dependencies [{inOutputs}] in the Outputs block of the template");
        }

        // The resources that an expression needs and that a condition keeps out of the stack.
        IEnumerable<string> Missing(JsonNode expression) => TemplateReferences.In(expression, condition => resolver.Holds(condition))
            .Select(reference => reference.Name)
            .Where(name => template.Resources.ContainsKey(name) && !graph.ContainsKey(name));
    }

    private static void CheckRollbackTriggers(JsonObject? configuration)
    {
        foreach (var trigger in (configuration?["RollbackTriggers"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (trigger.Text("Type") is not ("AWS::CloudWatch::Alarm" or "AWS::CloudWatch::CompositeAlarm"))
            {
                throw TemplateErrors.Validation("Rollback Trigger Type not supported");
            }

            if (Arn.ResourceOf(trigger.Text("Arn") ?? "")?.StartsWith("alarm:", StringComparison.Ordinal) != true)
            {
                throw TemplateErrors.Validation("RelativeId of a Rollback Trigger's ARN is incorrect");
            }
        }
    }
}
