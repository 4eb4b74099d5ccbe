using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.IAM;

/// <summary>AWS IAM's roles, recorded: LocalCloud asks nobody for permission.</summary>
internal sealed class IAMService : TreeService, IDisposable
{
    private const string Roles = "role";

    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public IAMService(JournalFactory journals, LocalCloudOptions options, TimeProvider time)
        : base(new AwsServiceDescription("iam")
        {
            QueryVersion = "2010-05-08",
            XmlNamespace = "https://iam.amazonaws.com/doc/2010-05-08/",
            InputShapes = InputShapes.Of("iam", message => new AwsServiceException("ValidationError", message)),
        })
    {
        (_options, _time) = (options, time);
        _store = new RecordStore(journals, "iam");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["CreateRole"] = Now(CreateRole),
            ["DeleteRole"] = Now(DeleteRole),
            ["GetRole"] = Now(input => new JsonObject { ["Role"] = Get(input.RequiredText("RoleName")) }),
            ["ListRoles"] = Now(_ => new JsonObject { ["Roles"] = new JsonArray([.. _store.All(Roles)]), ["IsTruncated"] = false }),
            ["UpdateAssumeRolePolicy"] = Now(UpdateAssumeRolePolicy),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject CreateRole(JsonObject input)
    {
        var name = input.RequiredText("RoleName");
        if (_store.Find(Roles, name) is not null)
        {
            throw new AwsServiceException("EntityAlreadyExists", $"Role with name {name} already exists.", System.Net.HttpStatusCode.Conflict);
        }

        var path = input.Text("Path") ?? "/";
        var role = new JsonObject
        {
            ["Path"] = path,
            ["RoleName"] = name,
            ["RoleId"] = "AROA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 17),
            ["Arn"] = $"arn:aws:iam::{_options.AccountId}:role{path}{name}",
            ["CreateDate"] = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["AssumeRolePolicyDocument"] = Uri.EscapeDataString(input.RequiredText("AssumeRolePolicyDocument")),
            ["MaxSessionDuration"] = input.Integer("MaxSessionDuration") ?? 3600,
        };
        if (input.Text("Description") is { } description)
        {
            role["Description"] = description;
        }

        _store.Put(Roles, name, role);
        return new JsonObject { ["Role"] = role };
    }

    private JsonObject? UpdateAssumeRolePolicy(JsonObject input)
    {
        var role = Get(input.RequiredText("RoleName"));
        role["AssumeRolePolicyDocument"] = Uri.EscapeDataString(input.RequiredText("PolicyDocument"));
        _store.Put(Roles, role["RoleName"]!.GetValue<string>(), role);
        return null;
    }

    private JsonObject? DeleteRole(JsonObject input)
    {
        var name = input.RequiredText("RoleName");
        return _store.Remove(Roles, name) ? null : throw NotFound(name);
    }

    private JsonObject Get(string name) => _store.Find(Roles, name) ?? throw NotFound(name);

    private static AwsServiceException NotFound(string name) =>
        new("NoSuchEntity", $"The role with name {name} cannot be found.", System.Net.HttpStatusCode.NotFound);
}
