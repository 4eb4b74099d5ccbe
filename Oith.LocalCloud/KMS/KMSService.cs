using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.KMS;

/// <summary>As much of AWS KMS as other services need: the account's AWS managed keys can be described. Nothing is encrypted.</summary>
internal sealed class KMSService : IAwsService
{
    // Alias and description of each managed key.
    private static readonly (string Alias, string Description)[] s_managed =
    [
        ("alias/aws/dynamodb", "Default key that protects my DynamoDB data when no other key is defined"),
    ];

    private readonly ManagedKey[] _keys;
    private readonly LocalCloudOptions _options;
    private readonly DateTimeOffset _created;

    public KMSService(Arn arn, LocalCloudOptions options, TimeProvider time)
    {
        _options = options;
        _created = time.GetUtcNow();
        _keys = [.. s_managed.Select(key => ManagedKey.Of(key.Alias, key.Description, arn))];
    }

    public AwsServiceDescription Description { get; } = new("kms")
    {
        JsonTargetPrefix = "TrentService",
        JsonContentType = "application/x-amz-json-1.1",
    };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        if (call.Operation != "DescribeKey")
        {
            throw AwsServiceException.UnknownOperation("kms", call.Operation);
        }

        var id = call.RequiredString("KeyId");
        var key = Array.Find(_keys, key => id == key.Id || id == key.Arn || id == key.Alias || id == key.AliasArn)
            ?? throw new AwsServiceException(
                "NotFoundException",
                id.Contains("alias/", StringComparison.Ordinal) ? $"Alias {id} is not found." : $"Key '{id}' does not exist");
        WriteMetadata(output, key);
        return ValueTask.CompletedTask;
    }

    private void WriteMetadata(Utf8JsonWriter output, ManagedKey key)
    {
        output.WriteStartObject();
        output.WriteStartObject("KeyMetadata"u8);
        output.WriteString("AWSAccountId"u8, _options.AccountId);
        output.WriteString("KeyId"u8, key.Id);
        output.WriteString("Arn"u8, key.Arn);
        output.WriteNumber("CreationDate"u8, _created.ToUnixTimeMilliseconds() / 1000m);
        output.WriteString("CurrentKeyMaterialId"u8, key.MaterialId);
        output.WriteBoolean("Enabled"u8, true);
        output.WriteString("Description"u8, key.Description);
        output.WriteString("KeyUsage"u8, "ENCRYPT_DECRYPT"u8);
        output.WriteString("KeyState"u8, "Enabled"u8);
        output.WriteString("Origin"u8, "AWS_KMS"u8);
        output.WriteString("KeyManager"u8, "AWS"u8);
        output.WriteString("CustomerMasterKeySpec"u8, "SYMMETRIC_DEFAULT"u8);
        output.WriteString("KeySpec"u8, "SYMMETRIC_DEFAULT"u8);
        output.WriteStartArray("EncryptionAlgorithms"u8);
        output.WriteStringValue("SYMMETRIC_DEFAULT"u8);
        output.WriteEndArray();
        output.WriteBoolean("MultiRegion"u8, false);
        output.WriteEndObject();
        output.WriteEndObject();
    }

    private sealed record ManagedKey(string Alias, string AliasArn, string Id, string Arn, string Description, string MaterialId)
    {
        /// <summary>The ids follow from the account, the region and the alias, so that they are the same after a restart.</summary>
        public static ManagedKey Of(string alias, string description, Arn arn)
        {
            var aliasArn = arn.Of("kms", alias);
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(aliasArn));
            var id = new Guid(digest.AsSpan(0, 16)).ToString();
            return new ManagedKey(alias, aliasArn, id, arn.Of("kms", $"key/{id}"), description, Convert.ToHexStringLower(SHA256.HashData(digest)));
        }
    }
}
