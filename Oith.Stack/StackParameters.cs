namespace Oith.Stack;

/// <summary>The parameters of the templates, besides the <see cref="Artifact"/>s.</summary>
public static class StackParameters
{
    /// <summary>Of every stack: development, staging or production.</summary>
    public const string Environment = "Environment";

    /// <summary>Of the infrastructure stack: the VPC, and two or three private subnets of it separated by commas.</summary>
    public const string VpcId = "VpcId";

    /// <inheritdoc cref="VpcId"/>
    public const string PrivateSubnetIds = "PrivateSubnetIds";

    /// <summary>Of the matching stack: changes whenever the function does, so that a version is published.</summary>
    public const string ServiceRevision = "ServiceRevision";

    /// <summary>What whoever deploys may choose, by the stack's short name; absent, the template's default holds.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Choices { get; } = new Dictionary<string, IReadOnlyList<string>>
    {
        [ResourceNames.DataStack] = ["KmsKeyArn"],
        [ResourceNames.InfrastructureStack] = [VpcId, PrivateSubnetIds, "NetworkEgress", "PrivateRouteTableIds", "AlertEmail", "KmsKeyArn"],
        [ResourceNames.MatchingStack] =
        [
            "Architecture", "FunctionMemory", "WebAdapterLayerVersion", "WebAdapterLayerAccount", "SecretsExtensionLayerArn", "CollectorLayerVersion",
            "AuthenticationAuthority", "KmsKeyArn",
        ],
        [ResourceNames.StepFunctionsStack] = ["DirectMatchingThreshold", "KmsKeyArn"],
    };
}
