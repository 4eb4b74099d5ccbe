using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class DynamoDBProvisioner(IAwsApi api, LocalCloudOptions options, TimeProvider time) : ServiceProvisioner(api, "dynamodb")
{
    private static readonly string[] s_missing = ["ResourceNotFoundException"];

    // Properties that CreateTable takes under their own names.
    private static readonly string[] s_tableProperties =
    [
        "AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "LocalSecondaryIndexes", "TableClass",
        "DeletionProtectionEnabled", "WarmThroughput",
    ];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::DynamoDB::Table"] = new(CreateAsync, UpdateAsync, DeleteAsync),
        ["AWS::DynamoDB::GlobalTable"] = new(
            (request, cancellationToken) => CreateAsync(GlobalTableProperties.AsTable(request, options.Region), cancellationToken),
            (request, cancellationToken) => UpdateAsync(GlobalTableProperties.AsTable(request, options.Region), cancellationToken),
            DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        Refuse(request);
        var name = request.OptionalText("TableName") ?? request.UniqueName(255);
        var input = request.Take(s_tableProperties);
        input["TableName"] = name;
        if (request.Copy("GlobalSecondaryIndexes") is JsonArray indexes)
        {
            input["GlobalSecondaryIndexes"] = new JsonArray([.. indexes.Select(index => Index(index!.AsObject()))]);
        }

        SetSpecification(input, "SSESpecification", request.Copy("SSESpecification") as JsonObject, "SSEEnabled", "Enabled");
        if (StreamOf(request.Properties) is { } stream)
        {
            input["StreamSpecification"] = stream;
        }

        if (request.TagList() is { Count: > 0 } tags)
        {
            input["Tags"] = tags;
        }

        await CallAsync("CreateTable", input, cancellationToken);
        await WaitUntilActiveAsync(name, cancellationToken);
        await CompleteAsync(() => ConfigureAsync(request, name, cancellationToken), () => DeleteTableAsync(name, cancellationToken));
        return await DescribeAsync(name, cancellationToken);
    }

    private async ValueTask ConfigureAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        if (request.Properties["TimeToLiveSpecification"] is not null)
        {
            await SetTimeToLiveAsync(name, request.Properties["TimeToLiveSpecification"]!.AsObject(), cancellationToken);
        }

        if (request.Properties["PointInTimeRecoverySpecification"] is JsonObject recovery)
        {
            await SetRecoveryAsync(name, recovery, cancellationToken);
        }
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        Refuse(request);
        var name = request.Id;
        var settings = new JsonObject { ["TableName"] = name };
        foreach (var property in new[] { "BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "TableClass", "DeletionProtectionEnabled" })
        {
            if (request.HasChanged(property))
            {
                settings[property] = request.Copy(property) ?? (property == "DeletionProtectionEnabled" ? false : null);
            }
        }

        if (request.HasChanged("SSESpecification"))
        {
            SetSpecification(settings, "SSESpecification", request.Copy("SSESpecification") as JsonObject ?? new JsonObject { ["SSEEnabled"] = false }, "SSEEnabled", "Enabled");
        }

        if (settings.Count > 1)
        {
            await UpdateTableAsync(name, settings, cancellationToken);
        }

        await UpdateStreamAsync(request, cancellationToken);
        await UpdateIndexesAsync(request, cancellationToken);
        if (request.HasChanged("TimeToLiveSpecification"))
        {
            var previous = request.PreviousProperties["TimeToLiveSpecification"] as JsonObject;
            var specification = request.Copy("TimeToLiveSpecification") as JsonObject
                ?? new JsonObject { ["AttributeName"] = previous!["AttributeName"]!.DeepClone(), ["Enabled"] = false };
            await SetTimeToLiveAsync(name, specification, cancellationToken);
        }

        if (request.HasChanged("PointInTimeRecoverySpecification"))
        {
            await SetRecoveryAsync(name, request.Copy("PointInTimeRecoverySpecification") as JsonObject ?? [], cancellationToken);
        }

        var described = await DescribeAsync(name, cancellationToken);
        var arn = described.Attributes["Arn"]!.GetValue<string>();
        await UpdateTagsAsync(request, KeyValuePair.Create("ResourceArn", arn), "Tags", "TagKeys", tags => TagList(tags), cancellationToken);
        return described;
    }

    /// <summary>What LocalCloud has no service for would be a promise that nothing keeps.</summary>
    private static void Refuse(ResourceRequest request)
    {
        if (request.Properties["KinesisStreamSpecification"] is not null)
        {
            throw new ProvisioningException($"LocalCloud has no Kinesis: it does not support KinesisStreamSpecification of {request.Type}.", "InvalidRequest");
        }

        if (request.Properties["ImportSourceSpecification"] is not null)
        {
            throw new ProvisioningException($"LocalCloud imports no tables: it does not support ImportSourceSpecification of {request.Type}.", "InvalidRequest");
        }
    }

    /// <summary>StreamSpecification as CreateTable takes it, null when the table has no stream.</summary>
    private static JsonObject? StreamOf(JsonObject properties) => properties["StreamSpecification"]?["StreamViewType"] is { } viewType
        ? new JsonObject { ["StreamEnabled"] = true, ["StreamViewType"] = viewType.DeepClone() }
        : null;

    // A stream shows what it showed from its start: another view type is another stream.
    private async ValueTask UpdateStreamAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var (wanted, present) = (StreamOf(request.Properties), StreamOf(request.PreviousProperties));
        if (JsonNode.DeepEquals(wanted, present))
        {
            return;
        }

        if (present is not null)
        {
            await UpdateTableAsync(request.Id, Specification(new JsonObject { ["StreamEnabled"] = false }), cancellationToken);
        }

        if (wanted is not null)
        {
            await UpdateTableAsync(request.Id, Specification(wanted), cancellationToken);
        }

        JsonObject Specification(JsonObject stream) => new() { ["TableName"] = request.Id, ["StreamSpecification"] = stream };
    }

    private ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) => DeleteTableAsync(request.Id, cancellationToken);

    private async ValueTask DeleteTableAsync(string name, CancellationToken cancellationToken)
    {
        var table = new JsonObject { ["TableName"] = name };
        if (await CallUnlessAsync("DeleteTable", (JsonObject)table.DeepClone(), s_missing, cancellationToken) is not null)
        {
            await WaitAsync(
                $"The table {name}",
                time,
                async token => await CallUnlessAsync("DescribeTable", (JsonObject)table.DeepClone(), s_missing, token) is null,
                cancellationToken);
        }
    }

    // As in AWS, one index is made or dropped at a time.
    private async ValueTask UpdateIndexesAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var wanted = IndexesByName(request.Properties);
        var present = IndexesByName(request.PreviousProperties);
        foreach (var (indexName, _) in present.Where(index => !JsonNode.DeepEquals(wanted.GetValueOrDefault(index.Key), index.Value)))
        {
            await UpdateIndexAsync(request, "Delete", new JsonObject { ["IndexName"] = indexName }, cancellationToken);
        }

        foreach (var (_, index) in wanted.Where(index => !JsonNode.DeepEquals(present.GetValueOrDefault(index.Key), index.Value)))
        {
            await UpdateIndexAsync(request, "Create", Index(index), cancellationToken);
        }
    }

    private ValueTask UpdateIndexAsync(ResourceRequest request, string action, JsonObject index, CancellationToken cancellationToken) =>
        UpdateTableAsync(
            request.Id,
            new JsonObject
            {
                ["TableName"] = request.Id,
                ["AttributeDefinitions"] = request.Copy("AttributeDefinitions"),
                ["GlobalSecondaryIndexUpdates"] = new JsonArray(new JsonObject { [action] = index }),
            },
            cancellationToken);

    private static Dictionary<string, JsonObject> IndexesByName(JsonObject properties) =>
        (properties["GlobalSecondaryIndexes"] as JsonArray ?? []).ToDictionary(index => index!["IndexName"]!.GetValue<string>(), index => index!.AsObject());

    private static JsonObject Index(JsonObject index)
    {
        var result = (JsonObject)index.DeepClone();
        result.Remove("ContributorInsightsSpecification");
        return result;
    }

    private async ValueTask UpdateTableAsync(string name, JsonObject input, CancellationToken cancellationToken)
    {
        await CallAsync("UpdateTable", input, cancellationToken);
        await WaitUntilActiveAsync(name, cancellationToken);
    }

    private async ValueTask SetTimeToLiveAsync(string name, JsonObject specification, CancellationToken cancellationToken) => await CallAsync(
        "UpdateTimeToLive",
        new JsonObject { ["TableName"] = name, ["TimeToLiveSpecification"] = specification.DeepClone() },
        cancellationToken);

    private async ValueTask SetRecoveryAsync(string name, JsonObject specification, CancellationToken cancellationToken)
    {
        var input = (JsonObject)specification.DeepClone();
        input["PointInTimeRecoveryEnabled"] ??= false;
        await CallAsync(
            "UpdateContinuousBackups", new JsonObject { ["TableName"] = name, ["PointInTimeRecoverySpecification"] = input }, cancellationToken);
    }

    private static void SetSpecification(JsonObject target, string name, JsonObject? specification, string from, string to)
    {
        if (specification is null)
        {
            return;
        }

        specification[to] = specification[from]?.DeepClone();
        specification.Remove(from);
        target[name] = specification;
    }

    private ValueTask WaitUntilActiveAsync(string name, CancellationToken cancellationToken) => WaitAsync(
        $"The table {name}",
        time,
        async token =>
        {
            var table = (await CallAsync("DescribeTable", new JsonObject { ["TableName"] = name }, token))["Table"]!;
            return table["TableStatus"]?.GetValue<string>() == "ACTIVE"
                && (table["GlobalSecondaryIndexes"] as JsonArray ?? []).All(index => index!["IndexStatus"]?.GetValue<string>() is null or "ACTIVE");
        },
        cancellationToken);

    private async ValueTask<ProvisionedResource> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        var table = (await CallAsync("DescribeTable", new JsonObject { ["TableName"] = name }, cancellationToken))["Table"]!;
        var attributes = new JsonObject { ["Arn"] = table["TableArn"]!.GetValue<string>(), ["TableId"] = table["TableId"]!.GetValue<string>() };
        if (table["StreamSpecification"] is not null && table["LatestStreamArn"]?.GetValue<string>() is { } stream)
        {
            attributes["StreamArn"] = stream;
        }

        return new ProvisionedResource(name, attributes);
    }
}
