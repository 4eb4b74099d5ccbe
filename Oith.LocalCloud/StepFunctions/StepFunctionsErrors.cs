using System.Globalization;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions;

/// <summary>The errors of the Step Functions API, in AWS's words.</summary>
internal static class StepFunctionsErrors
{
    public static AwsServiceException MachineDoesNotExist(string arn) => new("StateMachineDoesNotExist", $"State Machine Does Not Exist: '{arn}'");

    public static AwsServiceException MachineAlreadyExists(string arn) => new("StateMachineAlreadyExists", $"State Machine Already Exists: '{arn}'");

    public static AwsServiceException ExecutionDoesNotExist(string arn) => new("ExecutionDoesNotExist", $"Execution Does Not Exist: '{arn}'");

    public static AwsServiceException ExecutionAlreadyExists(string arn) => new("ExecutionAlreadyExists", $"Execution Already Exists: '{arn}'");

    public static AwsServiceException NotRedrivable(string arn, string reason) =>
        new("ExecutionNotRedrivable", $"Execution Not Redrivable: '{arn}': {reason}");

    public static AwsServiceException ActivityDoesNotExist(string arn) => new("ActivityDoesNotExist", $"Activity Does Not Exist: '{arn}'");

    public static AwsServiceException ResourceNotFound(string arn) => new("ResourceNotFound", $"Resource not found: '{arn}'");

    public static AwsServiceException InvalidArn(string arn) => new("InvalidArn", $"Invalid Arn: 'Invalid ARN prefix: {arn}'");

    public static AwsServiceException WrongResourceType(string arn, string expected) =>
        new("InvalidArn", $"Invalid Arn: 'Resource type not valid in this context: {expected}' in '{arn}'");

    public static AwsServiceException InvalidName(string name) => new("InvalidName", $"Invalid Name: '{name}'");

    public static AwsServiceException InvalidInput(string reason) => new("InvalidExecutionInput", $"Invalid State Machine Execution Input: '{reason}'");

    public static AwsServiceException InvalidOutput(string reason) => new("InvalidOutput", $"Invalid Output: '{reason}'");

    public static AwsServiceException InvalidToken() => new("InvalidToken", "Invalid Token: 'Invalid token'");

    public static AwsServiceException InvalidPageToken() => new("InvalidToken", "Invalid Token: 'Invalid Token'");

    public static AwsServiceException TaskTimedOut() => new("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");

    public static AwsServiceException TypeNotSupported() =>
        new("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine");

    public static AwsServiceException Conflict(string message) => new("ConflictException", message);

    public static AwsServiceException InvalidDefinition(IReadOnlyList<DefinitionFault> faults) =>
        new("InvalidDefinition", $"Invalid State Machine Definition: '{string.Join(", ", faults)}'");

    public static AwsServiceException InvalidLogging(string reason) =>
        new("InvalidLoggingConfiguration", $"Invalid Logging Configuration: {reason}");

    /// <summary>A member breaks a rule of the API: its length, pattern or range.</summary>
    public static AwsServiceException Constraint(string value, string member, string constraint) => new(
        "ValidationException",
        $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");

    public static AwsServiceException Missing(string member) => new(
        "ValidationException",
        $"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null");

    public static AwsServiceException TooLong(string value, string member, int maximum) => Constraint(
        value.Length > 200 ? value[..200] : value, member, string.Create(CultureInfo.InvariantCulture, $"Member must have length less than or equal to {maximum}"));
}
