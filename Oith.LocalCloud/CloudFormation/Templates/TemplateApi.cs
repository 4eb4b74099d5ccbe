using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Stacks;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>The operations on templates.</summary>
internal sealed class TemplateApi(StackStore store, TemplateSource templates)
{
    public JsonObject GetTemplate(JsonObject input)
    {
        var changeSetName = input.Text("ChangeSetName");
        var stackName = input.Text("StackName");
        if (changeSetName is null && stackName is null)
        {
            throw TemplateErrors.Validation("StackName is required if ChangeSetName is not specified.");
        }

        string? body;
        if (changeSetName is null)
        {
            var stack = store.Require(stackName!);
            body = stack.Definition?.TemplateBody ?? throw TemplateErrors.Validation($"Stack with id {stackName} does not exist");
        }
        else
        {
            body = ChangeSetApi.Find(store, changeSetName, stackName, "StackName is a required parameter.").ChangeSet.Definition.TemplateBody;
        }

        return new JsonObject { ["TemplateBody"] = body, ["StagesAvailable"] = new JsonArray("Original", "Processed") };
    }

    public async ValueTask<JsonObject> GetTemplateSummaryAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var template = Template.Parse(await BodyAsync(input, cancellationToken));
        var result = new JsonObject();
        StackDescriptions.Set(result, "Description", template.Description);
        StackDescriptions.Set(result, "Metadata", template.Metadata?.ToJsonString());
        AddCapabilities(result, template);
        result["Parameters"] = new JsonArray([.. template.Parameters.Values.Select(parameter => Parameter(parameter, withType: true))]);
        result["ResourceTypes"] = StackDescriptions.Texts(template.ResourceTypes);
        result["ResourceIdentifierSummaries"] = new JsonArray(
            [.. template.Resources.Values.GroupBy(resource => resource.ResourceType).Select(group =>
            {
                var summary = new JsonObject
                {
                    ["ResourceType"] = group.Key.Name,
                    ["LogicalResourceIds"] = StackDescriptions.Texts(group.Select(resource => resource.LogicalId)),
                };
                StackDescriptions.AddUnlessEmpty(summary, "ResourceIdentifiers", StackDescriptions.Texts(group.Key.Identifiers));
                return summary;
            })]);
        result["Version"] = "2010-09-09";
        return result;
    }

    public async ValueTask<JsonObject> ValidateTemplateAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var body = await templates.ReadAsync(input.Text("TemplateBody"), input.Text("TemplateURL"), cancellationToken)
            ?? throw TemplateErrors.Validation("Either Template URL or Template Body must be specified.");
        var template = Template.Parse(body);
        var result = new JsonObject
        {
            ["Parameters"] = new JsonArray([.. template.Parameters.Values.Select(parameter => Parameter(parameter, withType: false))]),
        };
        StackDescriptions.Set(result, "Description", template.Description);
        AddCapabilities(result, template);
        return result;
    }

    private async ValueTask<string> BodyAsync(JsonObject input, CancellationToken cancellationToken)
    {
        if (input.Text("StackName") is not { } stackName)
        {
            return await templates.ReadAsync(input.Text("TemplateBody"), input.Text("TemplateURL"), cancellationToken)
                ?? throw TemplateErrors.Validation("Either StackName, Template URL or Template Body must be specified.");
        }

        var stack = store.Require(stackName);
        return stack.Status == StackStatus.ReviewInProgress
            ? throw TemplateErrors.Validation("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
            : stack.Definition!.TemplateBody;
    }

    private static void AddCapabilities(JsonObject result, Template template)
    {
        var needed = Capabilities.Needed(template);
        if (needed.Count > 0)
        {
            result["Capabilities"] = needed;
            result["CapabilitiesReason"] =
                $"The following resource(s) require capabilities: [{string.Join(", ", Capabilities.ResourceTypes(template))}]";
        }
    }

    private static JsonObject Parameter(TemplateParameter parameter, bool withType)
    {
        var result = new JsonObject { ["ParameterKey"] = parameter.Name };
        StackDescriptions.Set(result, "DefaultValue", parameter.Default);
        if (withType)
        {
            result["ParameterType"] = parameter.Type;
        }

        result["NoEcho"] = parameter.NoEcho;
        StackDescriptions.Set(result, "Description", parameter.Description);
        if (withType)
        {
            result["ParameterConstraints"] = parameter.AllowedValues is null
                ? new JsonObject()
                : new JsonObject { ["AllowedValues"] = StackDescriptions.Texts(parameter.AllowedValues) };
        }

        return result;
    }
}
