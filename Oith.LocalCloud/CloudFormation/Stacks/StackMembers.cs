using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>The members that each operation takes.</summary>
internal static class StackMembers
{
    private static readonly Dictionary<string, string[]> s_members = new(StringComparer.Ordinal)
    {
        ["ContinueUpdateRollback"] = ["StackName", "RoleARN", "ResourcesToSkip", "ClientRequestToken"],
        ["CreateChangeSet"] =
        [
            "StackName", "TemplateBody", "TemplateURL", "UsePreviousTemplate", "Parameters", "Capabilities", "ResourceTypes", "RoleARN",
            "RollbackConfiguration", "NotificationARNs", "Tags", "ChangeSetName", "ClientToken", "Description", "ChangeSetType", "OnStackFailure",
        ],
        ["CreateStack"] =
        [
            "StackName", "TemplateBody", "TemplateURL", "Parameters", "DisableRollback", "RollbackConfiguration", "TimeoutInMinutes", "NotificationARNs",
            "Capabilities", "ResourceTypes", "RoleARN", "OnFailure", "StackPolicyBody", "Tags", "ClientRequestToken", "EnableTerminationProtection",
        ],
        ["DeleteChangeSet"] = ["ChangeSetName", "StackName"],
        ["DeleteStack"] = ["StackName", "RetainResources", "RoleARN", "ClientRequestToken"],
        ["DescribeChangeSet"] = ["ChangeSetName", "StackName", "NextToken", "IncludePropertyValues"],
        ["DescribeStackEvents"] = ["StackName", "NextToken"],
        ["DescribeStackResource"] = ["StackName", "LogicalResourceId"],
        ["DescribeStackResources"] = ["StackName", "LogicalResourceId", "PhysicalResourceId"],
        ["DescribeStacks"] = ["StackName", "NextToken"],
        ["ExecuteChangeSet"] = ["ChangeSetName", "StackName", "ClientRequestToken", "DisableRollback"],
        ["GetStackPolicy"] = ["StackName"],
        ["GetTemplate"] = ["StackName", "ChangeSetName", "TemplateStage"],
        ["GetTemplateSummary"] = ["TemplateBody", "TemplateURL", "StackName"],
        ["ListChangeSets"] = ["StackName", "NextToken"],
        ["ListExports"] = ["NextToken"],
        ["ListImports"] = ["ExportName", "NextToken"],
        ["ListStackResources"] = ["StackName", "NextToken"],
        ["ListStacks"] = ["NextToken", "StackStatusFilter"],
        ["RollbackStack"] = ["StackName", "RoleARN", "ClientRequestToken"],
        ["SetStackPolicy"] = ["StackName", "StackPolicyBody", "StackPolicyURL"],
        ["UpdateStack"] =
        [
            "StackName", "TemplateBody", "TemplateURL", "UsePreviousTemplate", "StackPolicyDuringUpdateBody", "Parameters", "Capabilities", "ResourceTypes",
            "RoleARN", "RollbackConfiguration", "StackPolicyBody", "NotificationARNs", "Tags", "DisableRollback", "ClientRequestToken",
        ],
        ["UpdateTerminationProtection"] = ["EnableTerminationProtection", "StackName"],
        ["ValidateTemplate"] = ["TemplateBody", "TemplateURL"],
    };

    /// <summary>All operations.</summary>
    public static IEnumerable<string> Operations => s_members.Keys;

    /// <exception cref="Wire.AwsServiceException">ValidationError that names the member. A flag that is off asks for nothing.</exception>
    public static void Check(string operation, JsonObject input)
    {
        foreach (var (name, value) in input)
        {
            if (!s_members[operation].Contains(name) && value?.ToString() is not (null or "" or "false" or "False"))
            {
                throw TemplateErrors.Validation($"LocalCloud does not support the member {name} of {operation}.");
            }
        }
    }
}
