using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Stacks;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.CloudFormation;

/// <summary>AWS CloudFormation: stacks from templates, made through the other services' own API.</summary>
internal sealed class CloudFormationService : IAwsService
{
    private readonly Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject>>> _operations;

    public CloudFormationService(StackApi stacks, StackQueries queries, StackSettings settings, ChangeSetApi changeSets, TemplateApi templates)
    {
        _operations = new(StringComparer.Ordinal)
        {
            ["ContinueUpdateRollback"] = stacks.ContinueUpdateRollbackAsync,
            ["CreateChangeSet"] = changeSets.CreateAsync,
            ["CreateStack"] = stacks.CreateStackAsync,
            ["DeleteChangeSet"] = Now(changeSets.Delete),
            ["DeleteStack"] = stacks.DeleteStackAsync,
            ["DescribeChangeSet"] = Now(changeSets.Describe),
            ["DescribeStackEvents"] = Now(queries.DescribeStackEvents),
            ["DescribeStackResource"] = Now(queries.DescribeStackResource),
            ["DescribeStackResources"] = Now(queries.DescribeStackResources),
            ["DescribeStacks"] = Now(queries.DescribeStacks),
            ["ExecuteChangeSet"] = Now(changeSets.Execute),
            ["GetStackPolicy"] = Now(settings.GetStackPolicy),
            ["GetTemplate"] = Now(templates.GetTemplate),
            ["GetTemplateSummary"] = templates.GetTemplateSummaryAsync,
            ["ListChangeSets"] = Now(changeSets.List),
            ["ListExports"] = Now(queries.ListExports),
            ["ListImports"] = Now(queries.ListImports),
            ["ListStackResources"] = Now(queries.ListStackResources),
            ["ListStacks"] = Now(queries.ListStacks),
            ["RollbackStack"] = stacks.RollbackStackAsync,
            ["SetStackPolicy"] = settings.SetStackPolicyAsync,
            ["UpdateStack"] = stacks.UpdateStackAsync,
            ["UpdateTerminationProtection"] = Now(settings.UpdateTerminationProtection),
            ["ValidateTemplate"] = templates.ValidateTemplateAsync,
        };
    }

    public AwsServiceDescription Description { get; } = new("cloudformation")
    {
        QueryVersion = "2010-05-15",
        XmlNamespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        InputShapes = InputShapes.Of("cloudformation", TemplateErrors.Validation),
    };

    public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var operation = _operations.GetValueOrDefault(call.Operation) ?? throw AwsServiceException.UnknownOperation("cloudformation", call.Operation);
        var input = call.InputTree();
        StackMembers.Check(call.Operation, input);
        (await operation(input, cancellationToken)).WriteTo(output);
    }

    private static Func<JsonObject, CancellationToken, ValueTask<JsonObject>> Now(Func<JsonObject, JsonObject> operation) =>
        (input, _) => ValueTask.FromResult(operation(input));
}
