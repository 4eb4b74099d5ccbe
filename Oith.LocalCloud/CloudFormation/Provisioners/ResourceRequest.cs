using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>One resource that a provisioner is to create, change or delete.</summary>
/// <param name="Properties">Resolved and held against the type's table: every value has its declared kind.</param>
internal sealed record ResourceRequest(string StackName, string StackId, string LogicalId, string Type, JsonObject Properties)
{
    private const string NameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /// <summary>Null while it is being created.</summary>
    public string? PhysicalId { get; init; }

    /// <summary>What the resource was last created or updated with, for an update.</summary>
    public JsonObject PreviousProperties { get; init; } = [];

    /// <summary>What the resource's <c>Fn::GetAtt</c> gave so far.</summary>
    public JsonObject Attributes { get; init; } = [];

    /// <summary>The stack's own tags, which every resource that takes tags gets.</summary>
    public IReadOnlyDictionary<string, string> StackTags { get; init; } = new Dictionary<string, string>();

    /// <summary>The stack's tags before an update.</summary>
    public IReadOnlyDictionary<string, string> PreviousStackTags { get; init; } = new Dictionary<string, string>();

    /// <summary>The physical id of a resource that exists.</summary>
    public string Id => PhysicalId ?? throw new InvalidOperationException($"{LogicalId} has no physical id yet.");

    /// <summary>A property that the table calls required, or that has been seen to be there.</summary>
    public string Text(string property) => OptionalText(property)
        ?? throw new ProvisioningException($"Property validation failure: [The property {{/{property}}} is required]", "InvalidRequest");

    public string? OptionalText(string property) => Properties[property]?.GetValue<string>();

    public bool IsTrue(string property) => Properties[property]?.GetValue<bool>() ?? false;

    /// <summary>A copy of the property, free to be put into another tree; null when it is not set.</summary>
    public JsonNode? Copy(string property) => Properties[property]?.DeepClone();

    /// <summary>Whether an update has to carry the property over.</summary>
    public bool HasChanged(string property) => !JsonNode.DeepEquals(Properties[property], PreviousProperties[property]);

    /// <summary>The named properties that are set, as a new object.</summary>
    public JsonObject Take(params ReadOnlySpan<string> properties)
    {
        var result = new JsonObject();
        foreach (var property in properties)
        {
            if (Copy(property) is { } value)
            {
                result[property] = value;
            }
        }

        return result;
    }

    /// <summary>The resource's own tags over the stack's.</summary>
    public Dictionary<string, string> Tags() => TagsOf(StackTags, Properties);

    /// <summary>The tags before the update.</summary>
    public Dictionary<string, string> PreviousTags() => TagsOf(PreviousStackTags, PreviousProperties);

    /// <summary>The tags as AWS's usual list of <c>Key</c> and <c>Value</c>.</summary>
    public JsonArray TagList() => new([.. Tags().Select(tag => new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]);

    /// <summary>The tags as an object.</summary>
    public JsonObject TagMap() => new(Tags().Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));

    /// <summary>A name as CloudFormation makes one up: <c>stack-LogicalId-1A2B3C4D5E6F</c>.</summary>
    public string UniqueName(int maximumLength, string suffix = "")
    {
        var ending = "-" + RandomNumberGenerator.GetString(NameCharacters, 12) + suffix;
        var start = $"{StackName}-{LogicalId}";
        return string.Concat(start.AsSpan(0, Math.Min(start.Length, maximumLength - ending.Length)), ending);
    }

    private static Dictionary<string, string> TagsOf(IReadOnlyDictionary<string, string> stackTags, JsonObject properties)
    {
        var tags = new Dictionary<string, string>(stackTags, StringComparer.Ordinal);
        switch (properties["Tags"])
        {
            case JsonArray list:
                foreach (var tag in list)
                {
                    tags[tag!["Key"]!.GetValue<string>()] = tag["Value"]?.GetValue<string>() ?? "";
                }

                break;
            case JsonObject map:
                foreach (var (key, value) in map)
                {
                    tags[key] = value?.ToString() ?? "";
                }

                break;
        }

        return tags;
    }
}

/// <summary>What a provisioner made.</summary>
/// <param name="PhysicalId">What <c>Ref</c> gives.</param>
/// <param name="Attributes">What <c>Fn::GetAtt</c> gives, by name (<c>Endpoint.Address</c>).</param>
internal sealed record ProvisionedResource(string PhysicalId, JsonObject Attributes);
