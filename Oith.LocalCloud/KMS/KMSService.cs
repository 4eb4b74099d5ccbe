using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.KMS;

/// <summary>AWS KMS, as far as keys are made, named and looked up; nothing is encrypted on one machine.</summary>
internal sealed class KMSService : TreeService, IDisposable
{
    private const string Keys = "key";
    private const string Aliases = "alias";

    // The keys that AWS manages in every account.
    private static readonly (string Alias, string Service)[] s_managed =
    [
        ("dynamodb", "DynamoDB"), ("lambda", "Lambda"), ("s3", "S3"), ("secretsmanager", "Secrets Manager"), ("sns", "SNS"), ("sqs", "SQS"), ("ssm", "SSM"),
    ];

    private readonly Arn _arn;
    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public KMSService(JournalFactory journals, Arn arn, LocalCloudOptions options, TimeProvider time)
        : base(new AwsServiceDescription("kms") { JsonTargetPrefix = "TrentService", JsonContentType = "application/x-amz-json-1.1", InputShapes = InputShapes.Of("kms") })
    {
        (_arn, _options, _time) = (arn, options, time);
        _store = new RecordStore(journals, "kms");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateAlias"] = Now(CreateAlias),
            ["CreateKey"] = Now(CreateKey),
            ["DeleteAlias"] = Now(DeleteAlias),
            ["DescribeKey"] = Now(input => new JsonObject { ["KeyMetadata"] = Get(input.RequiredText("KeyId")) }),
            ["ListAliases"] = Now(_ => new JsonObject { ["Aliases"] = new JsonArray([.. _store.All(Aliases)]), ["Truncated"] = false }),
            ["ListKeys"] = Now(ListKeys),
            ["ScheduleKeyDeletion"] = Now(ScheduleKeyDeletion),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject CreateKey(JsonObject input)
    {
        var id = Guid.NewGuid().ToString();
        var key = Metadata(id, input.Text("Description") ?? "", "CUSTOMER", input.Text("KeyUsage") ?? "ENCRYPT_DECRYPT", input.Text("KeySpec") ?? "SYMMETRIC_DEFAULT");
        _store.Put(Keys, id, key);
        return new JsonObject { ["KeyMetadata"] = key };
    }

    private JsonObject? CreateAlias(JsonObject input)
    {
        var name = input.RequiredText("AliasName");
        if (_store.Find(Aliases, name) is not null)
        {
            throw new AwsServiceException("AlreadyExistsException", $"An alias with the name {_arn.Of("kms", name)} already exists");
        }

        var key = Get(input.RequiredText("TargetKeyId"));
        _store.Put(Aliases, name, new JsonObject
        {
            ["AliasName"] = name,
            ["AliasArn"] = _arn.Of("kms", name),
            ["TargetKeyId"] = key["KeyId"]!.DeepClone(),
        });
        return null;
    }

    private JsonObject? DeleteAlias(JsonObject input)
    {
        var name = input.RequiredText("AliasName");
        return _store.Remove(Aliases, name) ? null : throw NotFound($"Alias {_arn.Of("kms", name)} is not found.");
    }

    private JsonObject ListKeys(JsonObject input) => new()
    {
        ["Keys"] = new JsonArray([.. _store.All(Keys).Select(key => new JsonObject { ["KeyId"] = key["KeyId"]!.DeepClone(), ["KeyArn"] = key["Arn"]!.DeepClone() })]),
        ["Truncated"] = false,
    };

    private JsonObject ScheduleKeyDeletion(JsonObject input)
    {
        var key = Get(input.RequiredText("KeyId"));
        key["KeyState"] = "PendingDeletion";
        key["Enabled"] = false;
        key["DeletionDate"] = _time.GetUtcNow().AddDays(input.Integer("PendingWindowInDays") ?? 30).ToUnixTimeSeconds();
        _store.Put(Keys, key["KeyId"]!.GetValue<string>(), key);
        return new JsonObject { ["KeyId"] = key["Arn"]!.DeepClone(), ["DeletionDate"] = key["DeletionDate"]!.DeepClone(), ["KeyState"] = "PendingDeletion" };
    }

    // By id, ARN, alias, or alias ARN; the account's managed keys always are there.
    private JsonObject Get(string id)
    {
        var name = id.StartsWith("arn:", StringComparison.Ordinal) ? Arn.ResourceOf(id) ?? id : id;
        name = name.StartsWith("key/", StringComparison.Ordinal) ? name[4..] : name;
        if (s_managed.FirstOrDefault(service => name == "alias/aws/" + service.Alias || name == ManagedId(service.Alias)) is { Alias: { } alias } managed)
        {
            return Metadata(
                ManagedId(alias), $"Default key that protects my {managed.Service} data when no other key is defined", "AWS", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT");
        }

        if (name.StartsWith("alias/", StringComparison.Ordinal))
        {
            name = _store.Find(Aliases, name)?["TargetKeyId"]!.GetValue<string>() ?? throw NotFound($"Alias {_arn.Of("kms", name)} is not found.");
        }

        return _store.Find(Keys, name) ?? throw NotFound($"Key '{_arn.Of("kms", "key/" + name)}' does not exist");
    }

    // It follows from the account, the region and the alias, so that it is the same after a restart.
    private string ManagedId(string alias) => IdOf(_arn.Of("kms", "alias/aws/" + alias));

    private static string IdOf(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)).ToString();

    private JsonObject Metadata(string id, string description, string manager, string usage, string spec) => new()
    {
        ["AWSAccountId"] = _options.AccountId,
        ["KeyId"] = id,
        ["Arn"] = _arn.Of("kms", "key/" + id),
        ["CreationDate"] = _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0,
        ["CurrentKeyMaterialId"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id))),
        ["Enabled"] = true,
        ["Description"] = description,
        ["KeyUsage"] = usage,
        ["KeyState"] = "Enabled",
        ["Origin"] = "AWS_KMS",
        ["KeyManager"] = manager,
        ["CustomerMasterKeySpec"] = spec,
        ["KeySpec"] = spec,
        ["EncryptionAlgorithms"] = new JsonArray("SYMMETRIC_DEFAULT"),
        ["MultiRegion"] = false,
    };

    private static AwsServiceException NotFound(string message) => new("NotFoundException", message);
}
