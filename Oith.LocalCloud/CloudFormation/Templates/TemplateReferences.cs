using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>Finds what a template's expressions refer to, and refuses what refers to nothing.</summary>
internal static class TemplateReferences
{
    /// <summary>A mention of a resource or parameter; <paramref name="Attribute"/> is null for a <c>Ref</c>.</summary>
    public readonly record struct Reference(string Name, string? Attribute);

    /// <summary>All mentions in an expression. A branch of <c>Fn::If</c> counts only when <paramref name="takesBranch"/> says so.</summary>
    /// <param name="takesBranch">Given a condition's name, whether its first (true) or second branch is looked at; null: both are.</param>
    public static IEnumerable<Reference> In(JsonNode? node, Func<string, bool>? takesBranch = null)
    {
        if (Intrinsics.TryReadCall(node, out var name, out var argument))
        {
            return name switch
            {
                "Ref" when Intrinsics.IsText(argument) => [new Reference(argument!.GetValue<string>(), null)],
                "Fn::GetAtt" => InGetAtt(argument, takesBranch),
                "Fn::Sub" => InSub(argument, takesBranch),
                "Fn::If" when takesBranch is not null && argument is JsonArray { Count: 3 } branches =>
                    In(branches[takesBranch(branches[0]!.ToString()) ? 1 : 2], takesBranch),
                _ => In(argument, takesBranch),
            };
        }

        return node switch
        {
            JsonObject members => members.SelectMany(member => In(member.Value, takesBranch)),
            JsonArray items => items.SelectMany(item => In(item, takesBranch)),
            _ => [],
        };
    }

    /// <exception cref="Wire.AwsServiceException">ValidationError that names what is not there.</exception>
    public static void Check(Template template)
    {
        foreach (var (logicalId, resource) in template.Resources)
        {
            foreach (var name in resource.DependsOn.Where(name => !template.Resources.ContainsKey(name)))
            {
                throw TemplateErrors.Format($"Unresolved resource dependencies [{name}] in the Resources block of the template");
            }

            CheckCondition(template, resource.Condition, $"[/Resources/{logicalId}]");
            CheckExpression(template, resource.Properties, "Template format error: Unresolved resource dependencies [{0}] in the Resources block of the template");
        }

        foreach (var output in template.Outputs.Values)
        {
            CheckCondition(template, output.Condition, $"[/Outputs/{output.Name}]");
            const string Unresolved = "Template format error: Unresolved resource dependencies [{0}] in the Outputs block of the template";
            CheckExpression(template, output.Value, Unresolved);
            CheckExpression(template, output.ExportName, Unresolved);
        }

        foreach (var (_, condition) in template.Conditions)
        {
            foreach (var reference in In(condition).Where(reference => !IsParameterOrPseudo(template, reference.Name)))
            {
                throw TemplateErrors.Format(
                    $"Unresolved dependencies [{reference.Name}]. Cannot reference resources in the Conditions block of the template");
            }
        }
    }

    private static void CheckCondition(Template template, string? condition, string where)
    {
        if (condition is not null && !template.Conditions.ContainsKey(condition))
        {
            throw TemplateErrors.Format($"{where} Condition {condition} is not defined.");
        }
    }

    private static void CheckExpression(Template template, JsonNode? expression, string unresolved)
    {
        foreach (var reference in In(expression))
        {
            if (reference.Attribute is null)
            {
                if (!IsParameterOrPseudo(template, reference.Name) && !template.Resources.ContainsKey(reference.Name))
                {
                    throw TemplateErrors.Validation(string.Format(System.Globalization.CultureInfo.InvariantCulture, unresolved, reference.Name));
                }
            }
            else if (!template.Resources.TryGetValue(reference.Name, out var resource))
            {
                throw TemplateErrors.Template($"instance of Fn::GetAtt references undefined resource {reference.Name}");
            }
            else if (reference.Attribute.Length > 0 && !HasAttribute(resource.ResourceType, reference.Attribute))
            {
                throw TemplateErrors.Template($"resource {reference.Name} does not support attribute type {reference.Attribute} in Fn::GetAtt");
            }
        }
    }

    private static bool HasAttribute(ResourceType type, string attribute) =>
        type.Attributes.Contains(attribute)
        || (type.Name == "AWS::CloudFormation::Stack" && attribute.StartsWith("Outputs.", StringComparison.Ordinal));

    private static bool IsParameterOrPseudo(Template template, string name) =>
        template.Parameters.ContainsKey(name) || PseudoParameters.Names.Contains(name);

    private static IEnumerable<Reference> InGetAtt(JsonNode? argument, Func<string, bool>? takesBranch)
    {
        var (logicalId, attribute) = Intrinsics.ReadGetAtt(argument);
        // An attribute given by a function is known only when the stack is worked on.
        return Intrinsics.IsText(attribute)
            ? [new Reference(logicalId, attribute.GetValue<string>())]
            : In(attribute, takesBranch).Append(new Reference(logicalId, ""));
    }

    private static IEnumerable<Reference> InSub(JsonNode? argument, Func<string, bool>? takesBranch)
    {
        var (text, variables) = Intrinsics.ReadSub(argument);
        foreach (var (name, isVariable) in Intrinsics.SplitSub(text))
        {
            if (isVariable && !variables.ContainsKey(name))
            {
                var dot = name.IndexOf('.', StringComparison.Ordinal);
                yield return dot < 0 ? new Reference(name, null) : new Reference(name[..dot], name[(dot + 1)..]);
            }
        }

        foreach (var reference in In(variables, takesBranch))
        {
            yield return reference;
        }
    }
}
