namespace Aspire.Hosting.CloudFormation;

/// <summary>The environment variables that AWS SDKs and the AWS CLI read.</summary>
public static class AwsEnvironmentVariables
{
    public const string EndpointUrl = "AWS_ENDPOINT_URL";
    public const string Region = "AWS_REGION";

    /// <summary>What the AWS CLI and boto3 read in place of <see cref="Region"/>.</summary>
    public const string DefaultRegion = "AWS_DEFAULT_REGION";

    public const string AccessKeyId = "AWS_ACCESS_KEY_ID";
    public const string SecretAccessKey = "AWS_SECRET_ACCESS_KEY";
    public const string Profile = "AWS_PROFILE";
}
