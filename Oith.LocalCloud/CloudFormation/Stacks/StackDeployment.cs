using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.CloudFormation.ResourceTypes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>One pass over a stack that brings its resources to what a definition says.</summary>
internal sealed class StackDeployment
{
    private readonly StackStore _store;
    private readonly Stack _stack;
    private readonly StackReferences _references;
    private readonly TemplateResolver _resolver;
    private readonly TemplateResolver _shownResolver;
    private readonly ResourceWorker _worker;
    private readonly StackEventWriter _events;
    private readonly TimeProvider _time;
    private readonly Template _template;
    private readonly Dictionary<string, HashSet<string>> _graph;

    public StackDeployment(
        StackStore store, Stack stack, StackDefinition definition, LocalCloudOptions options, ResourceWorker worker, StackEventWriter events, TimeProvider time)
    {
        (_store, _stack, _worker, _events, _time) = (store, stack, worker, events, time);
        _template = Template.Parse(definition.TemplateBody);
        _references = new StackReferences(store, stack);
        var pseudoParameters = new PseudoParameters(options.AccountId, options.Region, stack.Name, stack.Id, definition.NotificationARNs);
        _resolver = new TemplateResolver(_template, ParameterValues.References(_template, definition.Parameters), pseudoParameters, _references);
        _shownResolver = new TemplateResolver(
            _template, ParameterValues.References(_template, definition.Parameters, hideNoEcho: true), pseudoParameters, _references);
        _graph = DependencyGraph.Build(_template, _resolver);
    }

    /// <summary>The resources that the definition no longer has.</summary>
    public IReadOnlyList<StackResource> Obsolete() =>
        _store.Read(() => _stack.Resources.Values.Where(resource => !_graph.ContainsKey(resource.LogicalId)).ToList());

    /// <summary>The stack's own tags have changed, which is a change of every resource that takes tags.</summary>
    public bool HasNewTags { get; init; }

    /// <summary>What the update may touch; null for everything.</summary>
    public StackPolicy? Policy { get; init; }

    public IReadOnlyList<string> Imports => [.. _references.Imports];

    /// <summary>Creates, changes and replaces; deletes nothing.</summary>
    /// <returns>The resources that failed.</returns>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken)
    {
        var kept = Obsolete().Where(resource => !IsAllowed(StackPolicy.Delete, resource)).Select(resource => resource.LogicalId).ToList();
        return kept.Count > 0 ? kept : await DependencyRunner.RunAsync(_graph, ApplyResourceAsync, cancellationToken);
    }

    /// <summary>The outputs, once the resources are there.</summary>
    /// <exception cref="AwsServiceException">An expression that fails, or an export that another stack has.</exception>
    public List<StackOutput> Outputs()
    {
        var outputs = new List<StackOutput>();
        foreach (var output in _template.Outputs.Values.Where(output => _resolver.Holds(output.Condition)))
        {
            var value = _resolver.ResolveText(output.Value, $"The Value of output {output.Name}");
            var exportName = output.ExportName is null ? null : _resolver.ResolveText(output.ExportName, $"The export name of output {output.Name}");
            if (exportName is not null && _store.FindExport(exportName) is { } export && export.Stack.Id != _stack.Id)
            {
                throw TemplateErrors.Validation($"Export with name {exportName} is already exported by stack {export.Stack.Name}");
            }

            outputs.Add(new StackOutput(output.Name, value, output.Description, exportName));
        }

        RefuseChangedExports(outputs);
        return outputs;
    }

    private void RefuseChangedExports(List<StackOutput> outputs)
    {
        foreach (var old in _store.Read(() => _stack.Outputs.Where(output => output.ExportName is not null).ToList()))
        {
            var kept = outputs.Find(output => output.ExportName == old.ExportName);
            if (kept?.Value != old.Value && _store.ImportersOf(old.ExportName!) is { Count: > 0 } importers)
            {
                throw TemplateErrors.Validation(
                    $"Export {old.ExportName} cannot be {(kept is null ? "deleted" : "updated")} as it is in use by {string.Join(" and ", importers)}");
            }
        }
    }

    private async Task<bool> ApplyResourceAsync(string logicalId, CancellationToken cancellationToken)
    {
        if (_events.IsSuperseded)
        {
            // What is under way ends, nothing further starts.
            return false;
        }

        var declared = _template.Resources[logicalId];
        var existing = _store.Read(() => _stack.Resources.GetValueOrDefault(logicalId));
        StackResource target;
        JsonObject shown;
        try
        {
            target = new StackResource(logicalId, declared.Type)
            {
                Properties = (JsonObject)_resolver.Resolve(declared.Properties)!,
                Status = StackStatus.CreateInProgress,
                Timestamp = _time.GetUtcNow(),
                DeletionPolicy = declared.DeletionPolicy,
                UpdateReplacePolicy = declared.UpdateReplacePolicy,
                Metadata = declared.Metadata?.ToJsonString(),
                DependsOn = [.. _graph[logicalId]],
            };
            shown = (JsonObject)_shownResolver.Resolve(declared.Properties)!;
        }
        catch (AwsServiceException error)
        {
            var failed = existing ?? new StackResource(logicalId, declared.Type) { Status = "", Timestamp = default };
            _events.Resource(failed with
            {
                Status = existing is null ? StackStatus.CreateFailed : StackStatus.UpdateFailed,
                StatusReason = error.Message,
                Timestamp = _time.GetUtcNow(),
            });
            return false;
        }

        if (existing?.PhysicalId is null)
        {
            return await _worker.CreateAsync(target, shown, cancellationToken);
        }

        var replacement = ReplacementFor(existing, target);
        if (replacement is not null && !IsAllowed(replacement == Replacement.Never ? StackPolicy.Modify : StackPolicy.Replace, existing))
        {
            return false;
        }

        switch (replacement)
        {
            case null:
                _store.SetResource(_stack, existing with
                {
                    DeletionPolicy = target.DeletionPolicy,
                    UpdateReplacePolicy = target.UpdateReplacePolicy,
                    Metadata = target.Metadata,
                    DependsOn = target.DependsOn,
                });
                return true;
            case Replacement.Never:
                return await _worker.UpdateAsync(existing, target, shown, cancellationToken);
            default:
                return await _worker.ReplaceAsync(existing, target, shown, cancellationToken);
        }
    }

    private bool IsAllowed(string action, StackResource resource)
    {
        try
        {
            Policy?.Check(action, resource.LogicalId, resource.Type);
            return true;
        }
        catch (ProvisioningException error)
        {
            _events.Resource(resource with { Status = StackStatus.UpdateFailed, StatusReason = error.Message, Timestamp = _time.GetUtcNow() });
            return false;
        }
    }

    private Replacement? ReplacementFor(StackResource existing, StackResource target)
    {
        var type = ResourceTypeTable.All[target.Type];
        if (JsonNode.DeepEquals(existing.Properties, target.Properties)
            && existing.Status != StackStatus.UpdateFailed
            && !(HasNewTags && type.Properties.ContainsKey("Tags")))
        {
            return null;
        }

        return PropertyChanges.Between(type, existing.Properties, target.Properties).Any(change => change.Replacement == Replacement.Always)
            ? Replacement.Always
            : Replacement.Never;
    }
}
