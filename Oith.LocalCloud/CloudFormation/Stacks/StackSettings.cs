using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>A stack's own settings: its policy and its termination protection.</summary>
internal sealed class StackSettings(StackStore store, TemplateSource templates)
{
    public JsonObject UpdateTerminationProtection(JsonObject input)
    {
        var stack = store.RequireBracketed(input.StackName());
        store.Change(stack, changed => changed.EnableTerminationProtection = input.IsTrue("EnableTerminationProtection"));
        return new JsonObject { ["StackId"] = stack.Id };
    }

    public async ValueTask<JsonObject> SetStackPolicyAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var stack = store.Require(input.StackName());
        if (input.ContainsKey("StackPolicyBody") && input.ContainsKey("StackPolicyURL"))
        {
            throw TemplateErrors.Validation("You cannot specify both StackPolicyURL and StackPolicyBody");
        }

        var policy = await templates.ReadAsync(input.Text("StackPolicyBody"), input.Text("StackPolicyURL"), cancellationToken);
        if (policy is not null)
        {
            StackPolicy.Parse(policy);
        }

        store.Change(stack, changed => changed.StackPolicy = policy);
        return [];
    }

    public JsonObject GetStackPolicy(JsonObject input)
    {
        var result = new JsonObject();
        StackDescriptions.Set(result, "StackPolicyBody", store.Require(input.StackName()).StackPolicy);
        return result;
    }
}
