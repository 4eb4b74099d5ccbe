using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Which KMS key a table names. Nothing is encrypted here.</summary>
internal sealed class TableEncryption(Arn arn)
{
    private static readonly string[] s_types = ["AES256", "KMS"];

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
            null => DefaultKey(),
            _ when key.StartsWith("arn:", StringComparison.Ordinal) => key,
            _ => arn.Of("kms", key.StartsWith("alias/", StringComparison.Ordinal) ? key : $"key/{key}"),
        };
    }

    // The account's key alias/aws/dynamodb: the same for all tables and over restarts.
    private string DefaultKey() =>
        arn.Of("kms", $"key/{new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(arn.Of("kms", "alias/aws/dynamodb"))).AsSpan(0, 16))}");
}
