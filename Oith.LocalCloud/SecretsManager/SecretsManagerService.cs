using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.SecretsManager;

/// <summary>AWS Secrets Manager: secrets with their versions.</summary>
internal sealed class SecretsManagerService : TreeService, IDisposable
{
    private const string Secrets = "secret";
    private const string Current = "AWSCURRENT";
    private const string Previous = "AWSPREVIOUS";

    private readonly Arn _arn;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public SecretsManagerService(JournalFactory journals, Arn arn, TimeProvider time)
        : base(new AwsServiceDescription("secretsmanager")
        {
            JsonTargetPrefix = "secretsmanager",
            JsonContentType = "application/x-amz-json-1.1",
            InputShapes = InputShapes.Of("secretsmanager"),
        })
    {
        (_arn, _time) = (arn, time);
        _store = new RecordStore(journals, "secretsmanager");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateSecret"] = Now(CreateSecret),
            ["DeleteSecret"] = Now(DeleteSecret),
            ["DescribeSecret"] = Now(input => Shown(Get(input))),
            ["GetRandomPassword"] = Now(input => new JsonObject { ["RandomPassword"] = RandomPassword.Create(input) }),
            ["GetSecretValue"] = Now(GetSecretValue),
            ["ListSecrets"] = Now(_ => new JsonObject { ["SecretList"] = new JsonArray([.. _store.All(Secrets).Select(Listed)]) }),
            ["PutSecretValue"] = Now(PutSecretValue),
            ["TagResource"] = Now(TagResource),
            ["UntagResource"] = Now(UntagResource),
            ["UpdateSecret"] = Now(UpdateSecret),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject CreateSecret(JsonObject input)
    {
        var name = input.RequiredText("Name");
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || "-/_+=.@!".Contains(c, StringComparison.Ordinal)))
        {
            throw AwsServiceException.Validation(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!");
        }

        if (_store.Find(Secrets, name) is not null)
        {
            throw new AwsServiceException("ResourceExistsException", $"The operation failed because the secret {name} already exists.");
        }

        var secret = new JsonObject
        {
            ["ARN"] = _arn.Of("secretsmanager", $"secret:{name}-{RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 6)}"),
            ["Name"] = name,
            ["CreatedDate"] = Now(),
            ["LastChangedDate"] = Now(),
            ["Versions"] = new JsonObject(),
            ["Tags"] = new JsonArray([.. TagsOf(input).Select(tag => tag.DeepClone())]),
        };
        Describe(secret, input);
        var version = HasValue(input) ? AddVersion(secret, input) : null;
        _store.Put(Secrets, name, secret);
        return Answer(secret, version);
    }

    private JsonObject PutSecretValue(JsonObject input)
    {
        var secret = Get(input);
        var version = AddVersion(secret, input);
        Save(secret);
        var answer = Answer(secret, version);
        answer["VersionStages"] = new JsonArray(Current);
        return answer;
    }

    private JsonObject UpdateSecret(JsonObject input)
    {
        var secret = Get(input);
        Describe(secret, input);
        var version = HasValue(input) ? AddVersion(secret, input) : null;
        Save(secret);
        return Answer(secret, version);
    }

    private JsonObject GetSecretValue(JsonObject input)
    {
        var secret = Get(input);
        var stage = input.Text("VersionStage") ?? Current;
        var id = input.Text("VersionId");
        var version = secret["Versions"]!.AsObject()
            .FirstOrDefault(version => id is null ? version.Value!["Stages"]!.AsArray().Any(name => name!.GetValue<string>() == stage) : version.Key == id);
        if (version.Value is not JsonObject value)
        {
            throw new AwsServiceException(
                "ResourceNotFoundException", $"Secrets Manager can't find the specified secret value for {(id is null ? "staging label: " + stage : "VersionId: " + id)}");
        }

        var answer = Answer(secret, version.Key);
        foreach (var member in new[] { "SecretString", "SecretBinary" })
        {
            if (value[member] is { } content)
            {
                answer[member] = content.DeepClone();
            }
        }

        answer["VersionStages"] = value["Stages"]!.DeepClone();
        answer["CreatedDate"] = value["CreatedDate"]!.DeepClone();
        return answer;
    }

    private JsonObject DeleteSecret(JsonObject input)
    {
        var secret = Get(input);
        _store.Remove(Secrets, secret["Name"]!.GetValue<string>());
        var answer = Answer(secret, null);
        answer["DeletionDate"] = Now();
        return answer;
    }

    private JsonObject? TagResource(JsonObject input)
    {
        var secret = Get(input);
        var tags = secret["Tags"]!.AsArray();
        foreach (var tag in TagsOf(input))
        {
            RemoveTag(tags, tag.Text("Key")!);
            tags.Add(tag.DeepClone());
        }

        Save(secret);
        return null;
    }

    private JsonObject? UntagResource(JsonObject input)
    {
        var secret = Get(input);
        foreach (var key in input.Texts("TagKeys"))
        {
            RemoveTag(secret["Tags"]!.AsArray(), key);
        }

        Save(secret);
        return null;
    }

    // The model requires neither a tag's key nor its value, but AWS does.
    private static List<JsonObject> TagsOf(JsonObject input) => [.. (input.List("Tags") ?? []).Select(tag => tag is JsonObject members && members.Text("Key") is not null
        ? members
        : throw new AwsServiceException("InvalidParameterException", "You must specify a key for every tag."))];

    private static void RemoveTag(JsonArray tags, string key)
    {
        if (tags.FirstOrDefault(tag => tag!["Key"]!.GetValue<string>() == key) is { } old)
        {
            tags.Remove(old);
        }
    }

    // By name, by ARN, or by an ARN without its random ending.
    private JsonObject Get(JsonObject input)
    {
        var id = input.RequiredText("SecretId");
        return _store.Find(Secrets, id)
            ?? _store.All(Secrets).Find(secret => secret["ARN"]!.GetValue<string>() is var arn && (arn == id || arn[..^7] == id))
            ?? throw new AwsServiceException("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }

    private void Save(JsonObject secret)
    {
        secret["LastChangedDate"] = Now();
        _store.Put(Secrets, secret["Name"]!.GetValue<string>(), secret);
    }

    private string AddVersion(JsonObject secret, JsonObject input)
    {
        var versions = secret["Versions"]!.AsObject();
        foreach (var (_, old) in versions)
        {
            var stages = old!["Stages"]!.AsArray();
            var wasCurrent = stages.Any(stage => stage!.GetValue<string>() == Current);
            stages.Clear();
            if (wasCurrent)
            {
                stages.Add(Previous);
            }
        }

        foreach (var unlabelled in versions.Where(version => version.Value!["Stages"]!.AsArray().Count == 0).Select(version => version.Key).ToList())
        {
            versions.Remove(unlabelled);
        }

        var id = input.Text("ClientRequestToken") ?? Guid.NewGuid().ToString();
        var value = new JsonObject { ["Stages"] = new JsonArray(Current), ["CreatedDate"] = Now() };
        foreach (var member in new[] { "SecretString", "SecretBinary" })
        {
            if (input.Text(member) is { } content)
            {
                value[member] = content;
            }
        }

        versions[id] = value;
        return id;
    }

    private static void Describe(JsonObject secret, JsonObject input)
    {
        foreach (var member in new[] { "Description", "KmsKeyId" })
        {
            if (input.Text(member) is { } text)
            {
                secret[member] = text;
            }
        }
    }

    private static bool HasValue(JsonObject input) => input.ContainsKey("SecretString") || input.ContainsKey("SecretBinary");

    private static JsonObject Answer(JsonObject secret, string? version)
    {
        var answer = new JsonObject { ["ARN"] = secret["ARN"]!.DeepClone(), ["Name"] = secret["Name"]!.DeepClone() };
        if (version is not null)
        {
            answer["VersionId"] = version;
        }

        return answer;
    }

    // A list calls the stages otherwise than a description does.
    private static JsonObject Listed(JsonObject secret)
    {
        var shown = Shown(secret);
        shown["SecretVersionsToStages"] = shown["VersionIdsToStages"]!.DeepClone();
        shown.Remove("VersionIdsToStages");
        return shown;
    }

    private static JsonObject Shown(JsonObject secret)
    {
        var stages = secret["Versions"]!.AsObject().Select(version => KeyValuePair.Create(version.Key, version.Value!["Stages"]?.DeepClone()));
        secret["VersionIdsToStages"] = new JsonObject(stages);
        secret.Remove("Versions");
        return secret;
    }

    private double Now() => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
}
