using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

internal sealed class AliasOperations(FunctionStore store)
{
    public JsonObject CreateAlias(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig");
        var (function, name) = Of(call, input);
        if (FunctionName.IsVersion(name))
        {
            throw LambdaErrors.Constraint(name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
        }

        var arn = $"{function.Arn}:{name}";
        if (function.Aliases.ContainsKey(name))
        {
            throw LambdaErrors.Conflict($"Alias already exists: {arn}");
        }

        var alias = new JsonObject { ["AliasArn"] = arn, ["Name"] = name, ["Description"] = "" };
        input.RequiredText("FunctionVersion");
        return Change(function, alias, input);
    }

    public JsonObject UpdateAlias(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "FunctionName", "Name", "FunctionVersion", "Description", "RoutingConfig", "RevisionId");
        var (function, name) = Of(call, input);
        if (!function.Aliases.TryGetValue(name, out var alias))
        {
            throw LambdaErrors.NotFound($"Alias not found: {function.Arn}:{name}");
        }

        if (input.Text("RevisionId") is { } revision && revision != alias["RevisionId"]!.GetValue<string>())
        {
            throw LambdaErrors.RevisionMismatch();
        }

        return Change(function, alias.DeepClone().AsObject(), input);
    }

    public JsonObject GetAlias(AwsCall call)
    {
        var (function, name) = Of(call, call.InputTree());
        return function.Aliases.TryGetValue(name, out var alias)
            ? alias.DeepClone().AsObject()
            : throw LambdaErrors.NotFound($"Cannot find alias arn: {function.Arn}:{name}");
    }

    public JsonObject? DeleteAlias(AwsCall call)
    {
        var (function, name) = Of(call, call.InputTree());
        if (function.Aliases.Remove(name))
        {
            function.Provisioned.Remove(name);
            function.EventInvokeConfigs.Remove(name);
            function.Policies.Remove(name);
            store.Save(function);
        }

        return null;
    }

    public JsonObject ListAliases(AwsCall call)
    {
        var function = store.Get(FunctionName.Of(call));
        var version = call.OptionalString("FunctionVersion");
        return new JsonObject
        {
            ["Aliases"] = new JsonArray([.. function.Aliases.Values
                .Where(alias => version is null || alias["FunctionVersion"]!.GetValue<string>() == version)
                .OrderBy(alias => alias["Name"]!.GetValue<string>(), StringComparer.Ordinal)
                .Select(alias => alias.DeepClone())]),
        };
    }

    private (LambdaFunction Function, string Alias) Of(AwsCall call, JsonObject input) => (store.Get(FunctionName.Of(call)), input.RequiredText("Name"));

    private JsonObject Change(LambdaFunction function, JsonObject alias, JsonObject input)
    {
        if (input.Text("FunctionVersion") is { } version)
        {
            if (version != FunctionName.Latest && !function.Versions.ContainsKey(version))
            {
                throw LambdaErrors.FunctionNotFound($"{function.Arn}:{version}");
            }

            alias["FunctionVersion"] = version;
        }

        if (input.Text("Description") is { } description)
        {
            alias["Description"] = description;
        }

        if (input.Structure("RoutingConfig")?.Structure("AdditionalVersionWeights") is { } weights)
        {
            CheckWeights(function, alias["FunctionVersion"]!.GetValue<string>(), weights);
            alias.Remove("RoutingConfig");
            if (weights.Count > 0)
            {
                alias["RoutingConfig"] = new JsonObject { ["AdditionalVersionWeights"] = weights.DeepClone() };
            }
        }

        alias["RevisionId"] = Guid.NewGuid().ToString();
        function.Aliases[alias["Name"]!.GetValue<string>()] = alias;
        store.Save(function);
        return alias.DeepClone().AsObject();
    }

    private static void CheckWeights(LambdaFunction function, string version, JsonObject weights)
    {
        if (weights.Count > 1)
        {
            throw LambdaErrors.InvalidParameter("Number of items in AdditionalVersionWeights cannot be greater than 1");
        }

        foreach (var (other, _) in weights)
        {
            if (other == version)
            {
                throw LambdaErrors.InvalidParameter(
                    $"Invalid function version {version}. Function version {version} is already included in routing configuration.");
            }

            if (version == FunctionName.Latest)
            {
                throw LambdaErrors.InvalidParameter("$LATEST is not supported for an alias pointing to more than 1 version");
            }

            if (!function.Versions.ContainsKey(other))
            {
                throw LambdaErrors.FunctionNotFound($"{function.Arn}:{other}");
            }

            if (weights.Number(other) is not (>= 0 and <= 1))
            {
                throw LambdaErrors.Constraint(
                    $"{{{other}={weights[other]}}}",
                    "routingConfig.additionalVersionWeights",
                    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, "
                    + "Member must not be null]");
            }
        }
    }
}
