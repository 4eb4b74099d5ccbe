using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>What deploying a definition would change in a stack, without changing anything.</summary>
internal sealed class ChangePlan : IStackReferences
{
    private readonly StackStore _store;
    private readonly Stack _stack;
    private readonly Template _template;
    private readonly Template? _oldTemplate;
    private readonly TemplateResolver _resolver;
    private readonly StackDefinition _definition;
    private readonly bool _showsValues;
    private readonly List<string> _secrets;
    private readonly HashSet<string> _replaced = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _changedProperties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StackResource> _resources;

    public ChangePlan(StackStore store, Stack stack, Template template, StackDefinition definition, LocalCloudOptions options, bool showsValues)
    {
        (_store, _stack, _template, _definition, _showsValues) = (store, stack, template, definition, showsValues);
        _secrets = [.. definition.Parameters.Concat(stack.Definition?.Parameters ?? [])
            .Where(parameter => template.Parameters.TryGetValue(parameter.Key, out var declared) && declared.NoEcho && parameter.Value.Length > 0)
            .Select(parameter => parameter.Value)];
        _oldTemplate = stack.Definition is null ? null : Template.Parse(stack.Definition.TemplateBody);
        _resources = store.Read(() => stack.Resources.Values.Where(resource => resource.PhysicalId is not null).ToDictionary(resource => resource.LogicalId));
        _resolver = new TemplateResolver(
            template,
            ParameterValues.References(template, definition.Parameters, hideNoEcho: false),
            new PseudoParameters(options.AccountId, options.Region, stack.Name, stack.Id, definition.NotificationARNs),
            this);
        var graph = DependencyGraph.Build(template, _resolver);
        Changes = new JsonArray([.. InOrder(graph)
            .Select(name => Plan(template.Resources[name]))
            .Concat(_resources.Values.Where(resource => !graph.ContainsKey(resource.LogicalId)).Select(Removal))
            .OfType<JsonObject>()
            .OrderBy(change => change["LogicalResourceId"]!.GetValue<string>(), StringComparer.Ordinal)
            .Select(change => new JsonObject { ["Type"] = "Resource", ["ResourceChange"] = change })]);
        IsEmpty = Changes.Count == 0 && HasSameOutputs() && SameSettings(stack.Definition);
    }

    /// <summary>The changes as DescribeChangeSet shows them.</summary>
    public JsonArray Changes { get; }

    /// <summary>Nothing at all would change.</summary>
    public bool IsEmpty { get; }

    public JsonNode? FindResource(string logicalId) =>
        _resources.TryGetValue(logicalId, out var resource) && !_replaced.Contains(logicalId) ? resource.PhysicalId
        : _template.Resources.ContainsKey(logicalId) ? TemplateResolver.KnownAfterApply
        : null;

    public JsonNode GetAttribute(string logicalId, string attribute) =>
        _resources.TryGetValue(logicalId, out var resource) && !_replaced.Contains(logicalId)
            && _changedProperties.GetValueOrDefault(logicalId)?.Contains(attribute) != true
            && StackReferences.AttributeOf(resource, attribute) is { } value
            ? value
            : TemplateResolver.KnownAfterApply;

    // An export that is missing now may be there when the change set is executed.
    public string? FindExport(string name) => _store.FindExport(name)?.Output.Value ?? TemplateResolver.KnownAfterApply;

    private static IEnumerable<string> InOrder(Dictionary<string, HashSet<string>> graph)
    {
        var left = graph.ToDictionary(pair => pair.Key, pair => pair.Value.ToHashSet(StringComparer.Ordinal));
        while (left.Count > 0)
        {
            var next = left.First(pair => !pair.Value.Overlaps(left.Keys)).Key;
            left.Remove(next);
            yield return next;
        }
    }

    private JsonObject? Plan(TemplateResource declared)
    {
        var after = (JsonObject)_resolver.Resolve(declared.Properties)!;
        if (!_resources.TryGetValue(declared.LogicalId, out var existing))
        {
            return Addition(declared, after);
        }

        var details = new JsonArray();
        var scope = new List<string>();
        var replacement = Replacement.Never;
        _changedProperties[declared.LogicalId] = [];
        foreach (var change in PropertyChanges.Between(declared.ResourceType, existing.Properties, after))
        {
            _changedProperties[declared.LogicalId].Add(change.Name);
            replacement = (Replacement)Math.Max((int)replacement, (int)change.Replacement);
            scope.Add(change.Name == "Tags" ? "Tags" : "Properties");
            AddDetails(details, declared, change, existing.Properties[change.Name], after[change.Name]);
        }

        AddAttributeChange(details, scope, "Metadata", existing.Metadata != declared.Metadata?.ToJsonString());
        AddAttributeChange(details, scope, "DeletionPolicy", existing.DeletionPolicy != declared.DeletionPolicy);
        AddAttributeChange(details, scope, "UpdateReplacePolicy", existing.UpdateReplacePolicy != declared.UpdateReplacePolicy);
        if (details.Count == 0)
        {
            return null;
        }

        if (replacement == Replacement.Always)
        {
            _replaced.Add(declared.LogicalId);
        }

        var result = new JsonObject { ["Action"] = "Modify" };
        if (replacement == Replacement.Always)
        {
            result["PolicyAction"] = existing.UpdateReplacePolicy == "Delete" ? "ReplaceAndDelete" : $"ReplaceAnd{existing.UpdateReplacePolicy}";
        }

        result["LogicalResourceId"] = declared.LogicalId;
        result["PhysicalResourceId"] = existing.PhysicalId;
        result["ResourceType"] = declared.Type;
        result["Replacement"] = replacement switch { Replacement.Always => "True", Replacement.Conditional => "Conditional", _ => "False" };
        result["Scope"] = StackDescriptions.Texts(scope.Distinct());
        result["Details"] = details;
        if (_showsValues)
        {
            result["BeforeContext"] = Context(existing.Properties);
            result["AfterContext"] = Context(after);
        }

        return result;
    }

    private JsonObject Addition(TemplateResource declared, JsonObject after)
    {
        var result = new JsonObject
        {
            ["Action"] = "Add",
            ["LogicalResourceId"] = declared.LogicalId,
            ["ResourceType"] = declared.Type,
            ["Scope"] = new JsonArray(),
            ["Details"] = new JsonArray(),
        };
        if (_showsValues)
        {
            result["AfterContext"] = Context(after);
        }

        return result;
    }

    private static JsonObject Removal(StackResource resource) => new()
    {
        ["Action"] = "Remove",
        ["PolicyAction"] = resource.DeletionPolicy == "RetainExceptOnCreate" ? "Retain" : resource.DeletionPolicy,
        ["LogicalResourceId"] = resource.LogicalId,
        ["PhysicalResourceId"] = resource.PhysicalId,
        ["ResourceType"] = resource.Type,
        ["Scope"] = new JsonArray(),
        ["Details"] = new JsonArray(),
    };

    // A changed parameter or resource that the expression mentions is the cause; the expression itself counts only when
    // its own text changed, or as the (dynamic) consequence of the cause.
    private void AddDetails(JsonArray details, TemplateResource declared, PropertyChanges.Change change, JsonNode? before, JsonNode? after)
    {
        var expression = declared.Properties[change.Name];
        var oldExpression = _oldTemplate?.Resources.GetValueOrDefault(declared.LogicalId)?.Properties[change.Name];
        var causes = TemplateReferences.In(expression, condition => _resolver.Holds(condition)).Distinct().Select(Cause).Where(cause => cause.Source is not null).ToList();
        foreach (var (source, entity) in causes)
        {
            var cause = Detail(change, before, after, "Static", source!);
            cause["CausingEntity"] = entity;
            details.Add(cause);
        }

        var isRewritten = !JsonNode.DeepEquals(expression, oldExpression);
        if (causes.Count == 0 || isRewritten || _showsValues || causes.Exists(cause => cause.Source == "ParameterReference"))
        {
            details.Add(Detail(change, before, after, causes.Count == 0 || isRewritten ? "Static" : "Dynamic", "DirectModification"));
        }
    }

    private JsonObject Detail(PropertyChanges.Change change, JsonNode? before, JsonNode? after, string evaluation, string source)
    {
        var target = new JsonObject { ["Attribute"] = change.Name == "Tags" ? "Tags" : "Properties" };
        if (change.Name != "Tags")
        {
            target["Name"] = change.Name;
        }

        target["RequiresRecreation"] = change.Replacement switch
        {
            Replacement.Always => "Always",
            Replacement.Conditional => "Conditionally",
            _ => "Never",
        };
        if (_showsValues)
        {
            target["Path"] = $"/Properties/{change.Name}";
            StackDescriptions.Set(target, "BeforeValue", Shown(before));
            StackDescriptions.Set(target, "AfterValue", Shown(after));
            target["AttributeChangeType"] = before is null ? "Add" : after is null ? "Remove" : "Modify";
        }

        return new JsonObject { ["Target"] = target, ["Evaluation"] = evaluation, ["ChangeSource"] = source };
    }

    private static void AddAttributeChange(JsonArray details, List<string> scope, string attribute, bool hasChanged)
    {
        if (hasChanged)
        {
            scope.Add(attribute);
            details.Add(new JsonObject
            {
                ["Target"] = new JsonObject { ["Attribute"] = attribute, ["RequiresRecreation"] = "Never" },
                ["Evaluation"] = "Static",
                ["ChangeSource"] = "DirectModification",
            });
        }
    }

    private (string? Source, string? Entity) Cause(TemplateReferences.Reference reference)
    {
        if (reference.Attribute is not null)
        {
            var isChanged = !_resources.ContainsKey(reference.Name) || _replaced.Contains(reference.Name)
                || _changedProperties.GetValueOrDefault(reference.Name)?.Contains(reference.Attribute) == true;
            return isChanged ? ("ResourceAttribute", $"{reference.Name}.{reference.Attribute}") : default;
        }

        if (_template.Resources.ContainsKey(reference.Name))
        {
            return !_resources.ContainsKey(reference.Name) || _replaced.Contains(reference.Name) ? ("ResourceReference", reference.Name) : default;
        }

        var value = _definition.Parameters.FirstOrDefault(parameter => parameter.Key == reference.Name);
        var old = _stack.Definition?.Parameters.FirstOrDefault(parameter => parameter.Key == reference.Name);
        return value is not null && value != old ? ("ParameterReference", reference.Name) : default;
    }

    private bool HasSameOutputs()
    {
        var after = _template.Outputs.Values
            .Where(output => _resolver.Holds(output.Condition))
            .Select(output => new StackOutput(
                output.Name,
                _resolver.ResolveText(output.Value, output.Name),
                output.Description,
                output.ExportName is null ? null : _resolver.ResolveText(output.ExportName, output.Name)))
            .ToHashSet();
        return after.SetEquals(_store.Read(() => _stack.Outputs.ToList()));
    }

    private bool SameSettings(StackDefinition? old) =>
        old is not null && old.Tags.SequenceEqual(_definition.Tags) && old.NotificationARNs.SequenceEqual(_definition.NotificationARNs);

    private string Context(JsonObject properties) => new JsonObject { ["Properties"] = Masked(properties) }.ToJsonString();

    private string? Shown(JsonNode? value) =>
        Masked(value) is { } masked ? Intrinsics.IsText(masked) ? masked.GetValue<string>() : masked.ToJsonString() : null;

    // A NoEcho parameter's value stays hidden wherever it went.
    private JsonNode? Masked(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Masked(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Masked)]),
        JsonValue text when Intrinsics.IsText(text) =>
            _secrets.Aggregate(text.GetValue<string>(), (shown, secret) => shown.Replace(secret, ParameterValues.Hidden, StringComparison.Ordinal)),
        _ => node?.DeepClone(),
    };
}
