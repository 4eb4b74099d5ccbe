using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class EventsProvisioner(IAwsApi api) : ServiceProvisioner(api, "events")
{
    private static readonly string[] s_missing = ["ResourceNotFoundException"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::Events::Rule"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        PutAsync(request, request.OptionalText("Name") ?? request.UniqueName(64), cancellationToken);

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = NameOf(request);
        var targets = TargetIds(request.Properties);
        await RemoveTargetsAsync(request, name, [.. TargetIds(request.PreviousProperties).Except(targets)], cancellationToken);
        var result = await PutAsync(request, name, cancellationToken);
        var arn = result.Attributes["Arn"]!.GetValue<string>();
        await UpdateTagsAsync(request, KeyValuePair.Create("ResourceARN", arn), "Tags", "TagKeys", tags => TagList(tags), cancellationToken);
        return result;
    }

    private async ValueTask<ProvisionedResource> PutAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        var input = request.Take("Description", "EventBusName", "RoleArn", "ScheduleExpression", "State");
        input["Name"] = name;
        if (request.Properties["EventPattern"] is { } pattern)
        {
            input["EventPattern"] = Document(pattern);
        }

        if (request.PhysicalId is null && request.TagList() is { Count: > 0 } tags)
        {
            input["Tags"] = tags;
        }

        var arn = (await CallAsync("PutRule", input, cancellationToken))["RuleArn"]!.GetValue<string>();
        // A rule that was there before stays, as the update that fails is rolled back by another.
        await CompleteAsync(
            () => PutTargetsAsync(request, name, cancellationToken),
            () => request.PhysicalId is null ? DeleteRuleAsync(request, name, cancellationToken) : default);
        var bus = request.OptionalText("EventBusName");
        return new ProvisionedResource(bus is null or "default" ? name : $"{bus}|{name}", new JsonObject { ["Arn"] = arn });
    }

    private async ValueTask PutTargetsAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        if (request.Copy("Targets") is JsonArray { Count: > 0 } targets)
        {
            var put = request.Take("EventBusName");
            put["Rule"] = name;
            put["Targets"] = targets;
            var answer = await CallAsync("PutTargets", put, cancellationToken);
            if (answer["FailedEntries"] is JsonArray { Count: > 0 } failed)
            {
                throw new ProvisioningException($"{failed[0]!["TargetId"]}: {failed[0]!["ErrorMessage"]}");
            }
        }
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = NameOf(request);
        await RemoveTargetsAsync(request, name, TargetIds(request.Properties), cancellationToken);
        await DeleteRuleAsync(request, name, cancellationToken);
    }

    private async ValueTask DeleteRuleAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        var input = request.Take("EventBusName");
        input["Name"] = name;
        await CallUnlessAsync("DeleteRule", input, s_missing, cancellationToken);
    }

    private async ValueTask RemoveTargetsAsync(ResourceRequest request, string name, List<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count > 0)
        {
            var input = request.Take("EventBusName");
            input["Rule"] = name;
            input["Ids"] = new JsonArray([.. ids.Select(id => (JsonNode?)id)]);
            await CallUnlessAsync("RemoveTargets", input, s_missing, cancellationToken);
        }
    }

    private static List<string> TargetIds(JsonObject properties) =>
        [.. (properties["Targets"] as JsonArray ?? []).Select(target => target!["Id"]!.GetValue<string>())];

    private static string NameOf(ResourceRequest request) => request.Id[(request.Id.IndexOf('|', StringComparison.Ordinal) + 1)..];
}
