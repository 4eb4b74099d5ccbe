using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>Life cycle of functions and versions.</summary>
internal sealed class FunctionOperations(FunctionStore store, TimeProvider time)
{
    private const int DefaultPage = 50;

    public JsonObject CreateFunction(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, [.. FunctionConfiguration.Settings, "Code", "Publish", "PackageType", "Tags", "Architectures", "CodeSigningConfigArn"]);
        var name = FunctionName.Of(call);
        if (store.Find(name.Name) is not null)
        {
            throw LambdaErrors.Conflict($"Function already exist: {name.Name}");
        }

        var configuration = FunctionConfiguration.Create(name.Name, store.ArnOf(name with { Qualifier = null }), input, time.GetUtcNow());
        var code = FunctionConfiguration.SetCode(
            configuration, input.Structure("Code") ?? throw LambdaErrors.InvalidParameter("Please provide a source for function code."), time.GetUtcNow());
        var function = new LambdaFunction { Configuration = configuration, Code = code };
        foreach (var (key, value) in input.Structure("Tags") ?? [])
        {
            function.Tags[key] = value?.ToString() ?? "";
        }

        var answer = configuration.DeepClone().AsObject();
        if (input.Flag("Publish") == true)
        {
            answer["Version"] = Publish(function, null)["Version"]!.DeepClone();
        }

        store.Save(function);
        // AWS answers before the function is ready; here it is at once, and the next GetFunction says so.
        answer["State"] = "Pending";
        answer["StateReason"] = "The function is being created.";
        answer["StateReasonCode"] = "Creating";
        answer.Remove("LastUpdateStatus");
        return answer;
    }

    public JsonObject UpdateFunctionCode(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(
            call.Operation, "FunctionName", "ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "Publish", "DryRun", "RevisionId", "Architectures");
        var function = ForUpdate(call, input);
        var configuration = function.Configuration.DeepClone().AsObject();
        var code = FunctionConfiguration.SetCode(configuration, input, time.GetUtcNow());
        if (input.List("Architectures") is { } architectures)
        {
            configuration["Architectures"] = architectures.DeepClone();
        }

        if (input.Flag("DryRun") == true)
        {
            return configuration;
        }

        function.Code = code;
        return Updated(function, configuration, input.Flag("Publish") == true);
    }

    public JsonObject UpdateFunctionConfiguration(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, FunctionConfiguration.Settings);
        var function = ForUpdate(call, input);
        var configuration = function.Configuration.DeepClone().AsObject();
        FunctionConfiguration.Change(configuration, input, time.GetUtcNow());
        return Updated(function, configuration, publish: false);
    }

    public JsonObject GetFunction(AwsCall call)
    {
        var configuration = GetFunctionConfiguration(call);
        var function = store.Get(FunctionName.Of(call));
        var answer = new JsonObject { ["Configuration"] = configuration, ["Code"] = function.Code.DeepClone() };
        if (function.Tags.Count > 0)
        {
            answer["Tags"] = new JsonObject(function.Tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));
        }

        if (function.ReservedConcurrency is { } reserved)
        {
            answer["Concurrency"] = new JsonObject { ["ReservedConcurrentExecutions"] = reserved };
        }

        return answer;
    }

    public JsonObject GetFunctionConfiguration(AwsCall call)
    {
        var name = FunctionName.Of(call);
        var function = store.Get(name);
        var configuration = (function.Find(name.Qualifier) ?? throw LambdaErrors.FunctionNotFound(store.ArnOf(name))).DeepClone().AsObject();
        if (name.Qualifier is not null)
        {
            configuration["FunctionArn"] = store.ArnOf(name);
        }

        return configuration;
    }

    public JsonObject ListFunctions(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "Marker", "MaxItems", "FunctionVersion", "MasterRegion");
        var all = store.All.SelectMany(function => input.Text("FunctionVersion") == "ALL"
            ? function.Versions.Values.Prepend(Qualified(function.Configuration, FunctionName.Latest))
            : [function.Configuration]);
        return Page(input, "Functions", [.. all]);
    }

    public JsonObject ListVersionsByFunction(AwsCall call)
    {
        var function = store.Get(FunctionName.Of(call));
        return Page(call.InputTree(), "Versions", [.. function.Versions.Values.Prepend(Qualified(function.Configuration, FunctionName.Latest))]);
    }

    public JsonObject? DeleteFunction(AwsCall call)
    {
        var name = FunctionName.Of(call);
        var function = store.Find(name.Name) ?? throw LambdaErrors.FunctionNotFound(store.ArnOf(name with { Qualifier = null }));
        switch (name.Qualifier)
        {
            case null:
                store.Delete(function);
                break;
            case FunctionName.Latest:
                throw LambdaErrors.InvalidParameter("$LATEST version cannot be deleted without deleting the function.");
            case var alias when function.Aliases.ContainsKey(alias):
                throw LambdaErrors.Constraint(alias, "qualifier", "Member must satisfy regular expression pattern: \\$LATEST|[0-9]+");
            case var version when function.Aliases.Values.FirstOrDefault(alias => alias["FunctionVersion"]!.GetValue<string>() == version) is { } user:
                throw LambdaErrors.Conflict($"Version {version} is used by the alias {user["Name"]}.");
            case var version:
                if (function.Versions.Remove(version))
                {
                    function.Provisioned.Remove(version);
                    store.Save(function);
                }

                break;
        }

        return null;
    }

    public JsonObject PublishVersion(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "FunctionName", "CodeSha256", "Description", "RevisionId", "PublishTo");
        var function = ForUpdate(call, input);
        var current = function.Configuration["CodeSha256"]!.GetValue<string>();
        if (input.Text("CodeSha256") is { } expected && expected != current)
        {
            throw LambdaErrors.InvalidParameter(
                $"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the CodeSHA256 in $LATEST.");
        }

        var version = Publish(function, input.Text("Description"));
        store.Save(function);
        return version.DeepClone().AsObject();
    }

    private static JsonObject Qualified(JsonObject configuration, string qualifier)
    {
        var clone = configuration.DeepClone().AsObject();
        clone["FunctionArn"] = $"{configuration["FunctionArn"]}:{qualifier}";
        return clone;
    }

    private static JsonObject Page(JsonObject input, string member, IReadOnlyList<JsonObject> all)
    {
        var start = input.Text("Marker") is { } marker && int.TryParse(marker, out var offset) ? offset : 0;
        var count = input.Integer("MaxItems") ?? DefaultPage;
        var answer = new JsonObject { [member] = new JsonArray([.. all.Skip(start).Take(count).Select(item => item.DeepClone())]) };
        if (start + count < all.Count)
        {
            answer["NextMarker"] = (start + count).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return answer;
    }

    private LambdaFunction ForUpdate(AwsCall call, JsonObject input)
    {
        var function = store.Get(FunctionName.Of(call) with { Qualifier = null });
        if (input.Text("RevisionId") is { } revision && revision != function.Configuration["RevisionId"]!.GetValue<string>())
        {
            throw LambdaErrors.RevisionMismatch();
        }

        return function;
    }

    private JsonObject Updated(LambdaFunction function, JsonObject configuration, bool publish)
    {
        function.Configuration = configuration;
        function.ConfigurationChanged();
        var answer = (publish ? Publish(function, null) : configuration).DeepClone().AsObject();
        store.Save(function);
        answer["LastUpdateStatus"] = "InProgress";
        answer["LastUpdateStatusReason"] = "The function is being created.";
        answer["LastUpdateStatusReasonCode"] = "Creating";
        return answer;
    }

    /// <summary>A new version, or the last one when nothing has changed since.</summary>
    private static JsonObject Publish(LambdaFunction function, string? description)
    {
        var latest = function.Configuration;
        var last = function.LastVersion == 0 ? null : function.Versions.GetValueOrDefault(function.LastVersion.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (last is not null && IsSame(last, latest))
        {
            return last;
        }

        var number = (++function.LastVersion).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var version = Qualified(latest, number);
        version["Version"] = number;
        version["RevisionId"] = Guid.NewGuid().ToString();
        if (description is not null)
        {
            version["Description"] = description;
        }

        function.Versions[number] = version;
        return version;
    }

    private static bool IsSame(JsonObject version, JsonObject latest) => latest.All(member =>
        member.Key is "FunctionArn" or "Version" or "RevisionId" or "Description" or "LastModified" || JsonNode.DeepEquals(version[member.Key], member.Value));
}
