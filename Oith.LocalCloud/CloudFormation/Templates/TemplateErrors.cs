using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>Errors in templates and their parameters, all of which AWS answers with the code ValidationError.</summary>
internal static class TemplateErrors
{
    public static AwsServiceException Validation(string message) => new("ValidationError", message);

    public static AwsServiceException Format(string message) => Validation("Template format error: " + message);

    public static AwsServiceException Template(string message) => Validation("Template error: " + message);
}
