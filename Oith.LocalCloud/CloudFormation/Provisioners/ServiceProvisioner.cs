using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>What the provisioners of one service share: its API.</summary>
/// <param name="service">The signing name.</param>
internal abstract class ServiceProvisioner(IAwsApi api, string service) : IProvisioner
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_pollLimit = TimeSpan.FromMinutes(2);

    public abstract IReadOnlyDictionary<string, ResourceHandler> Handlers { get; }

    protected IAwsApi Api => api;

    protected ValueTask<JsonObject> CallAsync(string operation, JsonObject input, CancellationToken cancellationToken) =>
        api.InvokeAsync(service, operation, input, cancellationToken);

    /// <returns>The answer, null when the service answered with one of the codes.</returns>
    protected async ValueTask<JsonObject?> CallUnlessAsync(
        string operation, JsonObject input, IReadOnlyCollection<string> codes, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(operation, input, cancellationToken);
        }
        catch (AwsServiceException error) when (codes.Contains(error.Code))
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the further steps of a creation. When one fails, the resource goes: it has no physical ID yet, so the stack's rollback cannot delete it.
    /// </summary>
    protected static async ValueTask CompleteAsync(Func<ValueTask> steps, Func<ValueTask> delete)
    {
        try
        {
            await steps();
        }
        catch
        {
            await delete();
            throw;
        }
    }

    /// <summary>Asks again until the resource is what it is to be.</summary>
    /// <exception cref="ProvisioningException">It is not after two minutes.</exception>
    protected async ValueTask WaitAsync(
        string what, TimeProvider time, Func<CancellationToken, ValueTask<bool>> isReady, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!await isReady(cancellationToken))
        {
            if (time.GetElapsedTime(start) > s_pollLimit)
            {
                throw new ProvisioningException($"{what} did not stabilize.", "NotStabilized");
            }

            await Task.Delay(s_pollInterval, time, cancellationToken);
        }
    }

    /// <summary>Brings an ARN's tags to what the request says, through the service's TagResource and UntagResource.</summary>
    /// <param name="target">The member that names the resource, with its value.</param>
    /// <param name="tagsMember">The member that carries new tags: <c>Tags</c>, <c>tags</c>.</param>
    /// <param name="keysMember">The member that carries the keys to remove.</param>
    /// <param name="render">The tags in the service's shape.</param>
    protected async ValueTask UpdateTagsAsync(
        ResourceRequest request,
        KeyValuePair<string, string> target,
        string tagsMember,
        string keysMember,
        Func<IReadOnlyDictionary<string, string>, JsonNode> render,
        CancellationToken cancellationToken)
    {
        var (tags, previous) = (request.Tags(), request.PreviousTags());
        var removed = previous.Keys.Except(tags.Keys).ToList();
        if (removed.Count > 0)
        {
            await CallAsync(
                "UntagResource",
                new JsonObject { [target.Key] = target.Value, [keysMember] = new JsonArray([.. removed.Select(key => (JsonNode?)key)]) },
                cancellationToken);
        }

        var set = tags.Where(tag => previous.GetValueOrDefault(tag.Key) != tag.Value).ToDictionary();
        if (set.Count > 0)
        {
            await CallAsync("TagResource", new JsonObject { [target.Key] = target.Value, [tagsMember] = render(set) }, cancellationToken);
        }
    }

    /// <summary>Tags as a list of <c>Key</c> and <c>Value</c>, the members' names in the service's own case.</summary>
    protected static JsonArray TagList(IReadOnlyDictionary<string, string> tags, string key = "Key", string value = "Value") =>
        new([.. tags.Select(tag => new JsonObject { [key] = tag.Key, [value] = tag.Value })]);

    /// <summary>Tags as an object.</summary>
    protected static JsonObject TagMap(IReadOnlyDictionary<string, string> tags) =>
        new(tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));

    /// <summary>A document that a template may give as an object or as text, as text.</summary>
    protected static string Document(JsonNode value) =>
        value is JsonValue text && text.TryGetValue<string>(out var given) ? given : value.ToJsonString();

    protected static ValueTask<ProvisionedResource> Unchanged(ResourceRequest request) =>
        ValueTask.FromResult(new ProvisionedResource(request.Id, (JsonObject)request.Attributes.DeepClone()));
}
