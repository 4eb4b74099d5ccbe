namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>Makes the resources of one AWS service through that service's own API.</summary>
internal interface IProvisioner
{
    /// <summary>What it does, by resource type.</summary>
    IReadOnlyDictionary<string, ResourceHandler> Handlers { get; }
}

/// <summary>How the resources of one type come, change and go.</summary>
/// <param name="Create">Makes the resource.</param>
/// <param name="Update">Brings it from its previous properties to the new ones; never called when a changed property asks for a new resource.</param>
/// <param name="Delete">Removes it; one that is gone already is no error.</param>
internal sealed record ResourceHandler(
    Func<ResourceRequest, CancellationToken, ValueTask<ProvisionedResource>> Create,
    Func<ResourceRequest, CancellationToken, ValueTask<ProvisionedResource>> Update,
    Func<ResourceRequest, CancellationToken, ValueTask> Delete);
