using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>The acknowledgements that a template with IAM resources needs.</summary>
internal static class Capabilities
{
    private const string Iam = "CAPABILITY_IAM";
    private const string NamedIam = "CAPABILITY_NAMED_IAM";

    private static readonly Dictionary<string, string> s_nameProperties = new(StringComparer.Ordinal)
    {
        ["AWS::IAM::Group"] = "GroupName",
        ["AWS::IAM::InstanceProfile"] = "InstanceProfileName",
        ["AWS::IAM::ManagedPolicy"] = "ManagedPolicyName",
        ["AWS::IAM::Policy"] = "",
        ["AWS::IAM::Role"] = "RoleName",
        ["AWS::IAM::User"] = "UserName",
    };

    /// <summary>What the template needs: nothing, CAPABILITY_IAM, or CAPABILITY_NAMED_IAM.</summary>
    public static JsonArray Needed(Template template) => Find(template) is { } capability ? [capability] : [];

    /// <summary>The resource types that need it.</summary>
    public static IEnumerable<string> ResourceTypes(Template template) => template.ResourceTypes.Where(s_nameProperties.ContainsKey);

    /// <exception cref="AwsServiceException">InsufficientCapabilitiesException.</exception>
    public static void Check(Template template, IReadOnlyList<string> given)
    {
        if (Find(template) is { } needed && !given.Contains(needed) && !given.Contains(NamedIam))
        {
            throw new AwsServiceException("InsufficientCapabilitiesException", $"Requires capabilities : [{needed}]");
        }
    }

    private static string? Find(Template template)
    {
        var resources = template.Resources.Values.Where(resource => s_nameProperties.ContainsKey(resource.Type)).ToList();
        return resources.Count == 0 ? null
            : resources.Exists(resource => s_nameProperties[resource.Type] is { Length: > 0 } name && resource.Properties.ContainsKey(name)) ? NamedIam
            : Iam;
    }
}
