using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>The parameters that every template has without declaring them.</summary>
internal sealed record PseudoParameters(string AccountId, string Region, string StackName, string StackId, IReadOnlyList<string> NotificationARNs)
{
    public const string NoValue = "AWS::NoValue";

    public static IReadOnlySet<string> Names { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "AWS::AccountId", "AWS::NotificationARNs", NoValue, "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
    };

    /// <summary>The value, null when there is no such pseudo parameter (or it is AWS::NoValue).</summary>
    public JsonNode? Find(string name) => name switch
    {
        "AWS::AccountId" => AccountId,
        "AWS::NotificationARNs" => new JsonArray([.. NotificationARNs.Select(arn => (JsonNode?)arn)]),
        "AWS::Partition" => "aws",
        "AWS::Region" => Region,
        "AWS::StackId" => StackId,
        "AWS::StackName" => StackName,
        "AWS::URLSuffix" => "amazonaws.com",
        _ => null,
    };
}
