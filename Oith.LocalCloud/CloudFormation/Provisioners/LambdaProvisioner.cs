using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class LambdaProvisioner(IAwsApi api) : ServiceProvisioner(api, "lambda")
{
    private static readonly string[] s_missing = ["ResourceNotFoundException"];

    private static readonly string[] s_configuration =
    [
        "Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "Environment", "VpcConfig", "Layers", "TracingConfig", "EphemeralStorage",
        "DeadLetterConfig", "LoggingConfig", "ImageConfig", "SnapStart", "FileSystemConfigs", "KmsKeyArn",
    ];

    private static readonly string[] s_mapping =
    [
        "FunctionName", "Enabled", "BatchSize", "FilterCriteria", "MaximumBatchingWindowInSeconds", "DestinationConfig", "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError", "MaximumRetryAttempts", "ParallelizationFactor", "FunctionResponseTypes", "ScalingConfig", "TumblingWindowInSeconds",
        "SourceAccessConfigurations", "DocumentDBEventSourceConfig", "KmsKeyArn", "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig",
    ];

    private static readonly string[] s_createdMapping =
    [
        .. s_mapping, "EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Topics", "Queues", "SelfManagedEventSource",
        "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig", "Tags",
    ];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::Lambda::Function"] = new(CreateFunctionAsync, UpdateFunctionAsync, DeleteFunctionAsync),
        ["AWS::Lambda::Version"] = new(CreateVersionAsync, (request, _) => Unchanged(request), DeleteVersionAsync),
        ["AWS::Lambda::Alias"] = new(CreateAliasAsync, UpdateAliasAsync, DeleteAliasAsync),
        ["AWS::Lambda::Permission"] = new(CreatePermissionAsync, (request, _) => Unchanged(request), DeletePermissionAsync),
        ["AWS::Lambda::EventSourceMapping"] = new(CreateEventSourceMappingAsync, UpdateEventSourceMappingAsync, DeleteEventSourceMappingAsync),
        ["AWS::Lambda::EventInvokeConfig"] = new(PutEventInvokeConfigAsync, PutEventInvokeConfigAsync, DeleteEventInvokeConfigAsync),
    };

    private async ValueTask<ProvisionedResource> CreateFunctionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("FunctionName") ?? request.UniqueName(64);
        var input = request.Take([.. s_configuration, "Architectures", "PackageType"]);
        input["FunctionName"] = name;
        input["Code"] = Code(request);
        if (request.Tags() is { Count: > 0 } tags)
        {
            input["Tags"] = TagMap(tags);
        }

        var created = await CallAsync("CreateFunction", input, cancellationToken);
        if (request.Copy("ReservedConcurrentExecutions") is { } reserved)
        {
            await CompleteAsync(
                async () => await CallAsync(
                    "PutFunctionConcurrency", new JsonObject { ["FunctionName"] = name, ["ReservedConcurrentExecutions"] = reserved }, cancellationToken),
                async () => await CallAsync("DeleteFunction", new JsonObject { ["FunctionName"] = name }, cancellationToken));
        }

        return new ProvisionedResource(name, new JsonObject { ["Arn"] = created["FunctionArn"]!.GetValue<string>() });
    }

    private async ValueTask<ProvisionedResource> UpdateFunctionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        if (request.HasChanged("Code") || request.HasChanged("Architectures"))
        {
            var code = Code(request);
            code["FunctionName"] = request.Id;
            if (request.Copy("Architectures") is { } architectures)
            {
                code["Architectures"] = architectures;
            }

            await CallAsync("UpdateFunctionCode", code, cancellationToken);
        }

        if (s_configuration.Any(request.HasChanged))
        {
            var configuration = request.Take(s_configuration);
            configuration["FunctionName"] = request.Id;
            await CallAsync("UpdateFunctionConfiguration", configuration, cancellationToken);
        }

        if (request.HasChanged("ReservedConcurrentExecutions"))
        {
            var input = new JsonObject { ["FunctionName"] = request.Id };
            if (request.Copy("ReservedConcurrentExecutions") is { } reserved)
            {
                input["ReservedConcurrentExecutions"] = reserved;
            }

            await CallAsync(input.Count == 2 ? "PutFunctionConcurrency" : "DeleteFunctionConcurrency", input, cancellationToken);
        }

        var arn = request.Attributes["Arn"]!.GetValue<string>();
        await UpdateTagsAsync(request, KeyValuePair.Create("Resource", arn), "Tags", "TagKeys", TagMap, cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask<ProvisionedResource> CreateEventSourceMappingAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var mapping = await CallAsync("CreateEventSourceMapping", request.Take(s_createdMapping), cancellationToken);
        var id = mapping["UUID"]!.GetValue<string>();
        return new ProvisionedResource(
            id, new JsonObject { ["Id"] = id, ["EventSourceMappingArn"] = mapping["EventSourceMappingArn"]!.GetValue<string>() });
    }

    private async ValueTask<ProvisionedResource> UpdateEventSourceMappingAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take(s_mapping);
        input["UUID"] = request.Id;
        await CallAsync("UpdateEventSourceMapping", input, cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask DeleteEventSourceMappingAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteEventSourceMapping", new JsonObject { ["UUID"] = request.Id }, s_missing, cancellationToken);

    private async ValueTask DeleteFunctionAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteFunction", new JsonObject { ["FunctionName"] = request.Id }, s_missing, cancellationToken);

    // In a template ZipFile is the source of one file; the API wants a zip.
    private static JsonObject Code(ResourceRequest request)
    {
        var code = request.Copy("Code")!.AsObject();
        if (code["ZipFile"]?.GetValue<string>() is { } source)
        {
            var extension = request.OptionalText("Runtime")?.StartsWith("python", StringComparison.Ordinal) == true ? "py" : "js";
            using var stream = new MemoryStream();
            using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            using (var file = archive.CreateEntry($"index.{extension}").Open())
            {
                file.Write(Encoding.UTF8.GetBytes(source));
            }

            code["ZipFile"] = Convert.ToBase64String(stream.ToArray());
        }

        return code;
    }

    private async ValueTask<ProvisionedResource> CreateVersionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var version = await CallAsync("PublishVersion", request.Take("FunctionName", "CodeSha256", "Description"), cancellationToken);
        var arn = version["FunctionArn"]!.GetValue<string>();
        var number = version["Version"]!.GetValue<string>();
        var function = request.Text("FunctionName");
        await CompleteAsync(
            () => SetProvisionedConcurrencyAsync(request, function, number, cancellationToken),
            async () => await CallAsync("DeleteFunction", new JsonObject { ["FunctionName"] = function, ["Qualifier"] = number }, cancellationToken));
        return new ProvisionedResource(arn, new JsonObject { ["FunctionArn"] = arn, ["Version"] = number });
    }

    private async ValueTask DeleteVersionAsync(ResourceRequest request, CancellationToken cancellationToken) => await CallUnlessAsync(
        "DeleteFunction",
        new JsonObject { ["FunctionName"] = request.Text("FunctionName"), ["Qualifier"] = request.Attributes["Version"]!.GetValue<string>() },
        s_missing,
        cancellationToken);

    private async ValueTask<ProvisionedResource> CreateAliasAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var alias = await CallAsync("CreateAlias", AliasInput(request), cancellationToken);
        await CompleteAsync(
            () => SetProvisionedConcurrencyAsync(request, request.Text("FunctionName"), request.Text("Name"), cancellationToken),
            () => DeleteAliasAsync(request, cancellationToken));
        var arn = alias["AliasArn"]!.GetValue<string>();
        return new ProvisionedResource(arn, new JsonObject { ["AliasArn"] = arn });
    }

    private async ValueTask<ProvisionedResource> UpdateAliasAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await CallAsync("UpdateAlias", AliasInput(request), cancellationToken);
        if (request.HasChanged("ProvisionedConcurrencyConfig"))
        {
            await SetProvisionedConcurrencyAsync(request, request.Text("FunctionName"), request.Text("Name"), cancellationToken);
        }

        return await Unchanged(request);
    }

    private async ValueTask DeleteAliasAsync(ResourceRequest request, CancellationToken cancellationToken) => await CallUnlessAsync(
        "DeleteAlias", new JsonObject { ["FunctionName"] = request.Text("FunctionName"), ["Name"] = request.Text("Name") }, s_missing, cancellationToken);

    private static JsonObject AliasInput(ResourceRequest request)
    {
        var input = request.Take("FunctionName", "Name", "FunctionVersion", "Description");
        if (request.Properties["RoutingConfig"]?["AdditionalVersionWeights"] is JsonArray weights)
        {
            input["RoutingConfig"] = new JsonObject
            {
                ["AdditionalVersionWeights"] = new JsonObject(weights.Select(weight =>
                    KeyValuePair.Create(weight!["FunctionVersion"]!.GetValue<string>(), weight["FunctionWeight"]?.DeepClone()))),
            };
        }

        return input;
    }

    private async ValueTask SetProvisionedConcurrencyAsync(ResourceRequest request, string function, string qualifier, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["FunctionName"] = function, ["Qualifier"] = qualifier };
        if (request.Properties["ProvisionedConcurrencyConfig"]?["ProvisionedConcurrentExecutions"] is { } count)
        {
            input["ProvisionedConcurrentExecutions"] = count.DeepClone();
            await CallAsync("PutProvisionedConcurrencyConfig", input, cancellationToken);
        }
        else if (request.PreviousProperties.ContainsKey("ProvisionedConcurrencyConfig"))
        {
            await CallAsync("DeleteProvisionedConcurrencyConfig", input, cancellationToken);
        }
    }

    private async ValueTask<ProvisionedResource> CreatePermissionAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = (JsonObject)request.Properties.DeepClone();
        input["StatementId"] = request.UniqueName(100);
        await CallAsync("AddPermission", input, cancellationToken);
        var id = input["StatementId"]!.GetValue<string>();
        return new ProvisionedResource(id, new JsonObject { ["Id"] = id });
    }

    private async ValueTask DeletePermissionAsync(ResourceRequest request, CancellationToken cancellationToken) => await CallUnlessAsync(
        "RemovePermission", new JsonObject { ["FunctionName"] = request.Text("FunctionName"), ["StatementId"] = request.Id }, s_missing, cancellationToken);

    private async ValueTask<ProvisionedResource> PutEventInvokeConfigAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await CallAsync("PutFunctionEventInvokeConfig", (JsonObject)request.Properties.DeepClone(), cancellationToken);
        return new ProvisionedResource(request.PhysicalId ?? request.UniqueName(100), []);
    }

    private async ValueTask DeleteEventInvokeConfigAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteFunctionEventInvokeConfig", request.Take("FunctionName", "Qualifier"), s_missing, cancellationToken);
}
