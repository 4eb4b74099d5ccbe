using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class CloudWatchProvisioner(IAwsApi api, Arn arn) : ServiceProvisioner(api, "monitoring")
{
    private static readonly string[] s_missing = ["ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::CloudWatch::Alarm"] = Alarm("PutMetricAlarm"),
        ["AWS::CloudWatch::CompositeAlarm"] = Alarm("PutCompositeAlarm"),
        ["AWS::CloudWatch::Dashboard"] = new(
            (request, token) => PutDashboardAsync(request, request.OptionalText("DashboardName") ?? request.UniqueName(255), token),
            (request, token) => PutDashboardAsync(request, request.Id, token),
            DeleteDashboardAsync),
    };

    private ResourceHandler Alarm(string operation) => new(
        (request, token) => PutAlarmAsync(operation, request, request.OptionalText("AlarmName") ?? request.UniqueName(255), token),
        (request, token) => PutAlarmAsync(operation, request, request.Id, token),
        DeleteAlarmAsync);

    private async ValueTask<ProvisionedResource> PutAlarmAsync(string operation, ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        var input = (JsonObject)request.Properties.DeepClone();
        input["AlarmName"] = name;
        input.Remove("Tags");
        if (request.PhysicalId is null && request.TagList() is { Count: > 0 } tags)
        {
            input["Tags"] = tags;
        }

        await CallAsync(operation, input, cancellationToken);
        var alarmArn = arn.Of("cloudwatch", "alarm:" + name);
        if (request.PhysicalId is not null)
        {
            await UpdateTagsAsync(request, KeyValuePair.Create("ResourceARN", alarmArn), "Tags", "TagKeys", changed => TagList(changed), cancellationToken);
        }

        return new ProvisionedResource(name, new JsonObject { ["Arn"] = alarmArn });
    }

    private async ValueTask DeleteAlarmAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteAlarms", new JsonObject { ["AlarmNames"] = new JsonArray(request.Id) }, s_missing, cancellationToken);

    private async ValueTask<ProvisionedResource> PutDashboardAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        await CallAsync("PutDashboard", new JsonObject { ["DashboardName"] = name, ["DashboardBody"] = request.Text("DashboardBody") }, cancellationToken);
        return new ProvisionedResource(name, []);
    }

    private async ValueTask DeleteDashboardAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteDashboards", new JsonObject { ["DashboardNames"] = new JsonArray(request.Id) }, s_missing, cancellationToken);
}
