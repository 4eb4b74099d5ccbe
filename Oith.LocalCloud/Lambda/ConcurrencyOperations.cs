using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda;

/// <summary>Reserved and provisioned concurrency, and the settings of asynchronous invocation.</summary>
internal sealed class ConcurrencyOperations(FunctionStore store, TimeProvider time)
{
    private const int AccountLimit = 1000;
    private const int MinimumUnreserved = 100;

    public JsonObject PutFunctionConcurrency(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "FunctionName", "ReservedConcurrentExecutions");
        var function = Unqualified(call);
        var reserved = input.Integer("ReservedConcurrentExecutions")
            ?? throw AwsServiceException.Validation(
                "1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null");
        var provisioned = function.Provisioned.Values.Sum(item => item.Requested);
        if (reserved < provisioned)
        {
            throw LambdaErrors.InvalidParameter(
                $" ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned concurrency [{provisioned}].");
        }

        if (AccountLimit - store.All.Where(other => other != function).Sum(other => other.ReservedConcurrency ?? 0) - reserved < MinimumUnreserved)
        {
            throw LambdaErrors.InvalidParameter(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of "
                + $"[{MinimumUnreserved}].");
        }

        function.ReservedConcurrency = reserved;
        store.Save(function);
        return new JsonObject { ["ReservedConcurrentExecutions"] = reserved };
    }

    public JsonObject GetFunctionConcurrency(AwsCall call) =>
        store.Get(FunctionName.Of(call)).ReservedConcurrency is { } reserved ? new JsonObject { ["ReservedConcurrentExecutions"] = reserved } : [];

    public JsonObject? DeleteFunctionConcurrency(AwsCall call)
    {
        var function = Unqualified(call);
        function.ReservedConcurrency = null;
        store.Save(function);
        return null;
    }

    public JsonObject PutProvisionedConcurrencyConfig(AwsCall call)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "FunctionName", "Qualifier", "ProvisionedConcurrentExecutions");
        var (function, qualifier) = Qualified(call);
        var requested = input.Integer("ProvisionedConcurrentExecutions") ?? 0;
        if (requested < 1)
        {
            throw LambdaErrors.Constraint(requested, "provisionedConcurrentExecutions", "Member must have value greater than or equal to 1");
        }

        if (function.ReservedConcurrency is { } reserved && requested > reserved)
        {
            throw LambdaErrors.InvalidParameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function");
        }

        function.Provisioned[qualifier] = new ProvisionedConcurrency(requested, FunctionConfiguration.Timestamp(time.GetUtcNow()));
        store.Save(function);
        var answer = Describe(function.Provisioned[qualifier]);
        answer["AllocatedProvisionedConcurrentExecutions"] = 0;
        answer["AvailableProvisionedConcurrentExecutions"] = 0;
        answer["Status"] = "IN_PROGRESS";
        return answer;
    }

    public JsonObject GetProvisionedConcurrencyConfig(AwsCall call)
    {
        var (function, qualifier) = Qualified(call);
        return function.Provisioned.TryGetValue(qualifier, out var provisioned)
            ? Describe(provisioned)
            : throw new AwsServiceException(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
                System.Net.HttpStatusCode.NotFound);
    }

    public JsonObject? DeleteProvisionedConcurrencyConfig(AwsCall call)
    {
        var (function, qualifier) = Qualified(call);
        function.Provisioned.Remove(qualifier);
        store.Save(function);
        return null;
    }

    public JsonObject ListProvisionedConcurrencyConfigs(AwsCall call)
    {
        var function = store.Get(FunctionName.Of(call));
        var configs = new JsonArray();
        foreach (var (qualifier, provisioned) in function.Provisioned)
        {
            var item = Describe(provisioned);
            item["FunctionArn"] = $"{function.Arn}:{qualifier}";
            configs.Add(item);
        }

        return new JsonObject { ["ProvisionedConcurrencyConfigs"] = configs };
    }

    public JsonObject PutFunctionEventInvokeConfig(AwsCall call) => SetEventInvokeConfig(call, keep: false);

    public JsonObject UpdateFunctionEventInvokeConfig(AwsCall call) => SetEventInvokeConfig(call, keep: true);

    public JsonObject GetFunctionEventInvokeConfig(AwsCall call)
    {
        var (function, qualifier, arn) = EventInvokeTarget(call);
        return function?.EventInvokeConfigs.GetValueOrDefault(qualifier)?.DeepClone().AsObject()
            ?? throw LambdaErrors.NotFound($"The function {arn} doesn't have an EventInvokeConfig");
    }

    public JsonObject? DeleteFunctionEventInvokeConfig(AwsCall call)
    {
        var (function, qualifier, arn) = EventInvokeTarget(call);
        if (function is null || !function.EventInvokeConfigs.Remove(qualifier))
        {
            throw LambdaErrors.NotFound($"The function {arn} doesn't have an EventInvokeConfig");
        }

        store.Save(function);
        return null;
    }

    public JsonObject ListFunctionEventInvokeConfigs(AwsCall call) => new()
    {
        ["FunctionEventInvokeConfigs"] = new JsonArray([.. store.Get(FunctionName.Of(call)).EventInvokeConfigs.Values.Select(config => config.DeepClone())]),
    };

    public JsonObject GetAccountSettings(AwsCall call) => new()
    {
        ["AccountLimit"] = new JsonObject
        {
            ["TotalCodeSize"] = 80530636800,
            ["CodeSizeUnzipped"] = 262144000,
            ["CodeSizeZipped"] = 52428800,
            ["ConcurrentExecutions"] = AccountLimit,
            ["UnreservedConcurrentExecutions"] = AccountLimit - store.All.Sum(function => function.ReservedConcurrency ?? 0),
        },
        ["AccountUsage"] = new JsonObject
        {
            ["TotalCodeSize"] = store.All.Sum(function => function.Configuration["CodeSize"]!.GetValue<int>()),
            ["FunctionCount"] = store.All.Count(),
        },
    };

    private static JsonObject Describe(ProvisionedConcurrency provisioned) => new()
    {
        ["RequestedProvisionedConcurrentExecutions"] = provisioned.Requested,
        ["AvailableProvisionedConcurrentExecutions"] = provisioned.Requested,
        ["AllocatedProvisionedConcurrentExecutions"] = provisioned.Requested,
        ["Status"] = "READY",
        ["LastModified"] = provisioned.LastModified,
    };

    private LambdaFunction Unqualified(AwsCall call)
    {
        var name = FunctionName.Of(call);
        if (name.Qualifier is not null)
        {
            throw LambdaErrors.InvalidParameter(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function "
                + "name or an unqualified function ARN.");
        }

        return store.Get(name);
    }

    private (LambdaFunction Function, string Qualifier) Qualified(AwsCall call)
    {
        var name = FunctionName.Of(call);
        var function = store.Get(name);
        var qualifier = name.Qualifier ?? FunctionName.Latest;
        if (qualifier == FunctionName.Latest)
        {
            throw LambdaErrors.InvalidParameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
        }

        if (function.Find(qualifier) is null)
        {
            throw FunctionName.IsVersion(qualifier)
                ? LambdaErrors.FunctionNotFound($"{function.Arn}:{qualifier}")
                : LambdaErrors.NotFound($"Cannot find alias arn: {function.Arn}:{qualifier}");
        }

        return (function, qualifier);
    }

    private (LambdaFunction? Function, string Qualifier, string Arn) EventInvokeTarget(AwsCall call)
    {
        var name = FunctionName.Of(call);
        var qualifier = name.Qualifier ?? FunctionName.Latest;
        return (store.Find(name.Name), qualifier, store.ArnOf(name with { Qualifier = qualifier }));
    }

    private JsonObject SetEventInvokeConfig(AwsCall call, bool keep)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, "FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig");
        if (input["MaximumRetryAttempts"] is null && input["MaximumEventAgeInSeconds"] is null && input["DestinationConfig"] is null)
        {
            throw LambdaErrors.InvalidParameter("You must specify at least one of error handling or destination setting.");
        }

        var (function, qualifier, arn) = EventInvokeTarget(call);
        if (function?.Find(qualifier) is null)
        {
            throw LambdaErrors.NotFound("The function doesn't exist.");
        }

        if (keep && !function.EventInvokeConfigs.ContainsKey(qualifier))
        {
            throw LambdaErrors.NotFound($"The function {arn} doesn't have an EventInvokeConfig");
        }

        if (input.Structure("DestinationConfig") is { } destinations)
        {
            InvocationDestinations.Check(destinations);
        }

        var config = keep ? function.EventInvokeConfigs[qualifier].DeepClone().AsObject() : [];
        foreach (var member in (ReadOnlySpan<string>)["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"])
        {
            if (input[member] is { } value)
            {
                config[member] = value.DeepClone();
            }
        }

        config["DestinationConfig"] ??= new JsonObject { ["OnSuccess"] = new JsonObject(), ["OnFailure"] = new JsonObject() };
        config["FunctionArn"] = arn;
        config["LastModified"] = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        function.EventInvokeConfigs[qualifier] = config;
        store.Save(function);
        return config.DeepClone().AsObject();
    }
}
