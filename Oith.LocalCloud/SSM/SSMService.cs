using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.SSM;

/// <summary>AWS Systems Manager's parameter store.</summary>
internal sealed class SSMService : TreeService, IDisposable
{
    private const string Parameters = "parameter";

    private static readonly string[] s_types = ["String", "StringList", "SecureString"];

    private readonly Arn _arn;
    private readonly TimeProvider _time;
    private readonly RecordStore _store;

    public SSMService(JournalFactory journals, Arn arn, TimeProvider time)
        : base(new AwsServiceDescription("ssm") { JsonTargetPrefix = "AmazonSSM", JsonContentType = "application/x-amz-json-1.1", InputShapes = InputShapes.Of("ssm") })
    {
        (_arn, _time) = (arn, time);
        _store = new RecordStore(journals, "ssm");
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["DeleteParameter"] = Now(DeleteParameter),
            ["DeleteParameters"] = Now(DeleteParameters),
            ["DescribeParameters"] = Now(_ => new JsonObject { ["Parameters"] = new JsonArray([.. _store.All(Parameters).Select(Metadata)]) }),
            ["GetParameter"] = Now(input => new JsonObject { ["Parameter"] = Shown(Get(input.RequiredText("Name"))) }),
            ["GetParameters"] = Now(GetParameters),
            ["GetParametersByPath"] = Now(GetParametersByPath),
            ["PutParameter"] = Now(PutParameter),
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose() => _store.Dispose();

    private JsonObject PutParameter(JsonObject input)
    {
        var name = input.RequiredText("Name");
        var existing = _store.Find(Parameters, name);
        if (existing is not null && input.Flag("Overwrite") != true)
        {
            throw new AwsServiceException(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.");
        }

        var type = input.Text("Type") ?? existing?["Type"]!.GetValue<string>()
            ?? throw AwsServiceException.Validation("A parameter type is required when you create a parameter.");
        if (!s_types.Contains(type))
        {
            throw AwsServiceException.Validation(
                $"1 validation error detected: Value '{type}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: "
                + "[SecureString, StringList, String]");
        }

        var version = (existing?["Version"]?.GetValue<long>() ?? 0) + 1;
        var history = existing?["History"] as JsonArray ?? [];
        if (existing is not null)
        {
            history.Add(new JsonObject { ["Version"] = existing["Version"]!.DeepClone(), ["Value"] = existing["Value"]!.DeepClone() });
        }

        var record = new JsonObject
        {
            ["Name"] = name,
            ["Type"] = type,
            ["Value"] = input.RequiredText("Value"),
            ["Version"] = version,
            ["LastModifiedDate"] = _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0,
            ["ARN"] = _arn.Of("ssm", "parameter/" + name.TrimStart('/')),
            ["DataType"] = input.Text("DataType") ?? "text",
            ["Tier"] = input.Text("Tier") ?? "Standard",
            ["History"] = history.DeepClone(),
        };
        if ((input.Text("Description") ?? existing?.Text("Description")) is { } description)
        {
            record["Description"] = description;
        }

        _store.Put(Parameters, name, record);
        return new JsonObject { ["Version"] = version, ["Tier"] = record["Tier"]!.DeepClone() };
    }

    // A name may carry a version: /oith/limit:3.
    // arn:aws:ssm:us-east-1:000000000000:parameter/a/b names /a/b
    private static string ArnName(string arn) =>
        Arn.ResourceOf(arn) is { } resource && resource.StartsWith("parameter/", StringComparison.Ordinal) ? resource["parameter".Length..] : arn;

    private JsonObject Get(string name)
    {
        var plain = name.StartsWith("arn:", StringComparison.Ordinal) ? ArnName(name) : name;
        var colon = plain.LastIndexOf(':');
        var record = _store.Find(Parameters, plain)
            ?? _store.Find(Parameters, plain.TrimStart('/'))
            ?? (colon > 0 ? _store.Find(Parameters, plain[..colon]) : null)
            ?? throw new AwsServiceException("ParameterNotFound", "");
        if (colon < 0 || !long.TryParse(plain.AsSpan(colon + 1), out var version) || version == record["Version"]!.GetValue<long>())
        {
            return record;
        }

        var old = record["History"]!.AsArray().FirstOrDefault(entry => entry!["Version"]!.GetValue<long>() == version)
            ?? throw new AwsServiceException(
                "ParameterVersionNotFound", $"Systems Manager could not find version {version} of {plain[..colon]}. Verify the version and try again.");
        record["Version"] = version;
        record["Value"] = old["Value"]!.DeepClone();
        return record;
    }

    private JsonObject GetParameters(JsonObject input)
    {
        var found = new JsonArray();
        var invalid = new JsonArray();
        foreach (var name in input.Texts("Names"))
        {
            try
            {
                found.Add(Shown(Get(name)));
            }
            catch (AwsServiceException error) when (error.Code is "ParameterNotFound" or "ParameterVersionNotFound")
            {
                invalid.Add(name);
            }
        }

        return new JsonObject { ["Parameters"] = found, ["InvalidParameters"] = invalid };
    }

    private JsonObject GetParametersByPath(JsonObject input)
    {
        var path = input.RequiredText("Path").TrimEnd('/') + "/";
        var isRecursive = input.Flag("Recursive") == true;
        var found = _store.All(Parameters)
            .Where(record => record["Name"]!.GetValue<string>() is var name && name.StartsWith(path, StringComparison.Ordinal)
                && (isRecursive || !name.AsSpan(path.Length).Contains('/')))
            .Select(Shown);
        return new JsonObject { ["Parameters"] = new JsonArray([.. found]) };
    }

    private JsonObject DeleteParameter(JsonObject input) =>
        _store.Remove(Parameters, input.RequiredText("Name")) ? [] : throw new AwsServiceException("ParameterNotFound", "");

    private JsonObject DeleteParameters(JsonObject input)
    {
        var (deleted, invalid) = (new JsonArray(), new JsonArray());
        foreach (var name in input.List("Names") ?? [])
        {
            (_store.Remove(Parameters, name!.GetValue<string>()) ? deleted : invalid).Add(name.GetValue<string>());
        }

        return new JsonObject { ["DeletedParameters"] = deleted, ["InvalidParameters"] = invalid };
    }

    private static JsonObject Shown(JsonObject record) => Without(record, "History", "Tier", "Description");

    private static JsonObject Metadata(JsonObject record) => Without(record, "History", "Value");

    private static JsonObject Without(JsonObject record, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            record.Remove(member);
        }

        return record;
    }
}
