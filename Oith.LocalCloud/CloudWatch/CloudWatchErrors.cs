using System.Net;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch;

/// <summary>CloudWatch's errors; the Query protocol names most of them differently from JSON and CBOR.</summary>
internal static class CloudWatchErrors
{
    private const string Namespace = "com.amazonaws.cloudwatch.v2010_08_01";

    public static AwsServiceException InvalidValue(string message) => Error("InvalidParameterValueException", "InvalidParameterValue", message);

    public static AwsServiceException InvalidCombination(string message) => Error("InvalidParameterCombinationException", "InvalidParameterCombination", message);

    public static AwsServiceException MissingParameter(string name) => Error("MissingRequiredParameterException", "MissingParameter", $"The parameter {name} is required.");

    public static AwsServiceException Validation(string message) => new("ValidationException", message)
    {
        QueryErrorCode = "ValidationError",
        TypeNamespace = "com.amazon.coral.validate",
    };

    /// <summary>A value outside an enumeration: <c>Value 'X' at 'stateValue' failed to satisfy constraint: …</c>.</summary>
    public static AwsServiceException NotInSet(string? value, string member, string set) => Validation(
        $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{set}]");

    public static AwsServiceException NotFound(string message = "") => new("ResourceNotFound", message, HttpStatusCode.NotFound)
    {
        QueryErrorCode = "ResourceNotFound",
        TypeNamespace = Namespace,
    };

    public static AwsServiceException InvalidFormat(string message) => Error("InvalidFormatFault", "InvalidFormat", message);

    private static AwsServiceException Error(string code, string queryCode, string message) => new(code, message)
    {
        QueryErrorCode = queryCode,
        TypeNamespace = Namespace,
    };
}
