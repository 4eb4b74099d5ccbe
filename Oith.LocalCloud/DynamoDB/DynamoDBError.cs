using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB;

/// <summary>The errors of DynamoDB in its own words.</summary>
internal static class DynamoDBError
{
    private const string Model = "com.amazonaws.dynamodb.v20120810";

    public static AwsServiceException Validation(string message) =>
        new("ValidationException", message) { TypeNamespace = "com.amazon.coral.validate" };

    public static AwsServiceException InvalidParameter(string message) => Validation("One or more parameter values were invalid: " + message);

    /// <summary>A member breaks its constraint in the API's model: <c>1 validation error detected: Value '0' at 'limit' failed …</c>.</summary>
    /// <param name="path">Where it stands, in camel case: <c>requestItems.users.member.keys</c>.</param>
    /// <param name="value">The value as text; null for an absent one.</param>
    /// <param name="constraint">What it must be: <c>Member must not be null</c>.</param>
    public static AwsServiceException Constraint(string path, string? value, string constraint) => Constraints(Failure(path, value, constraint));

    /// <summary>Several members break their constraints.</summary>
    /// <param name="failures">One <see cref="Failure"/> each.</param>
    public static AwsServiceException Constraints(params IReadOnlyCollection<string> failures) => Validation(
        $"{failures.Count} validation error{(failures.Count == 1 ? "" : "s")} detected: {string.Join("; ", failures)}");

    /// <inheritdoc cref="Constraint"/>
    public static string Failure(string path, string? value, string constraint) =>
        $"Value {(value is null ? "null" : $"'{value}'")} at '{path}' failed to satisfy constraint: {constraint}";

    public static AwsServiceException AccessDenied(string account, string operation, string resource) => Of(
        "AccessDeniedException", $"User: arn:aws:iam::{account}:root is not authorized to perform: dynamodb:{operation} on resource: {resource}");

    public static AwsServiceException Serialization(string message) =>
        new("SerializationException", message) { TypeNamespace = "com.amazon.coral.service" };

    public static AwsServiceException ResourceNotFound(string message) => Of("ResourceNotFoundException", message);

    /// <summary>The answer of item operations, which do not name the table.</summary>
    public static AwsServiceException TableNotFound() => ResourceNotFound("Requested resource not found");

    /// <summary>The answer of table operations.</summary>
    public static AwsServiceException TableNotFound(string table) => ResourceNotFound($"Requested resource not found: Table: {table} not found");

    /// <summary>The answer of backup operations.</summary>
    public static AwsServiceException TableNotFoundForBackups(string table) => Of("TableNotFoundException", $"Table not found: {table}");

    public static AwsServiceException ResourceInUse(string message) => Of("ResourceInUseException", message);

    public static AwsServiceException LimitExceeded(string message) => Of("LimitExceededException", message);

    /// <param name="item">The item as it is, when the caller asked for it.</param>
    public static AwsServiceException ConditionalCheckFailed(JsonNode? item) =>
        new("ConditionalCheckFailedException", "The conditional request failed")
        {
            TypeNamespace = Model,
            Members = item is null ? null : new Dictionary<string, JsonNode?> { ["Item"] = item },
        };

    public static AwsServiceException TransactionCanceled(string message, JsonArray reasons) =>
        new("TransactionCanceledException", message)
        {
            TypeNamespace = Model,
            Members = new Dictionary<string, JsonNode?> { ["CancellationReasons"] = reasons },
        };

    public static AwsServiceException DuplicateItem() => Of("DuplicateItemException", "Duplicate primary key exists in table");

    public static AwsServiceException IdempotentParameterMismatch() =>
        Of("IdempotentParameterMismatchException", "The token was used with different parameters in an earlier call");

    private static AwsServiceException Of(string code, string message) => new(code, message) { TypeNamespace = Model };
}
