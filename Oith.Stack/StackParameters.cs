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
}
