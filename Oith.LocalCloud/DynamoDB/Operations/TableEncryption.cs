using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Which KMS key a table names. Nothing is encrypted here.</summary>
internal sealed class TableEncryption(Arn arn, IAwsApi api)
{
    private static readonly string[] s_types = ["AES256", "KMS"];

    private string? _defaultKey;

    /// <summary>Asks KMS for the account's own key before the first table that needs it.</summary>
    public async ValueTask PrepareAsync(JsonElement input, CancellationToken cancellationToken)
    {
        if (_defaultKey is null && input.Has("SSESpecification"u8))
        {
            var key = await api.InvokeAsync("kms", "DescribeKey", new() { ["KeyId"] = "alias/aws/dynamodb" }, cancellationToken);
            _defaultKey = (string)key["KeyMetadata"]!["Arn"]!;
        }
    }

    /// <summary>The key by the request's SSESpecification.</summary>
    /// <param name="current">The table's key as it is, kept when the request says nothing.</param>
    /// <returns>Null: the key of DynamoDB itself, which is not shown.</returns>
    public string? KeyOf(JsonElement input, string? current)
    {
        if (input.Structure("SSESpecification"u8) is not { } specification)
        {
            return current;
        }

        var type = specification.Choice("SSEType"u8, "sSESpecification.sSEType", s_types);
        var key = specification.Text("KMSMasterKeyId"u8);
        if (specification.Flag("Enabled"u8) != true)
        {
            return null;
        }

        if (type == "AES256")
        {
            throw DynamoDBError.InvalidParameter("SSEType AES256 is not supported");
        }

        return key switch
        {
            null => _defaultKey,
            _ when key.StartsWith("arn:", StringComparison.Ordinal) => key,
            _ => arn.Of("kms", key.StartsWith("alias/", StringComparison.Ordinal) ? key : $"key/{key}"),
        };
    }
}
