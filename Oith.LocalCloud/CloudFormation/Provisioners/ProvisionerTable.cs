using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.ResourceTypes;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>Finds the handler of a resource type.</summary>
internal sealed class ProvisionerTable(IEnumerable<IProvisioner> provisioners)
{
    private readonly Dictionary<string, ResourceHandler> _handlers = provisioners
        .SelectMany(provisioner => provisioner.Handlers)
        .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);

    public IEnumerable<string> Types => _handlers.Keys;

    /// <exception cref="ProvisioningException">The properties do not fit the type, or the service refuses.</exception>
    public ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        HandlerOf(request.Type).Create(request with { Properties = Validate(request.Type, request.Properties) }, cancellationToken);

    /// <inheritdoc cref="CreateAsync"/>
    public ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        HandlerOf(request.Type).Update(
            request with
            {
                Properties = Validate(request.Type, request.Properties),
                PreviousProperties = Validate(request.Type, request.PreviousProperties),
            },
            cancellationToken);

    /// <inheritdoc cref="CreateAsync"/>
    public ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        HandlerOf(request.Type).Delete(request with { Properties = Validate(request.Type, request.Properties) }, cancellationToken);

    private ResourceHandler HandlerOf(string type) => _handlers.GetValueOrDefault(type)
        ?? throw new ProvisioningException($"LocalCloud does not support the resource type {type}.", "InvalidRequest");

    private static JsonObject Validate(string type, JsonObject properties) => PropertyValidator.Validate(ResourceTypeTable.All[type], properties);
}
