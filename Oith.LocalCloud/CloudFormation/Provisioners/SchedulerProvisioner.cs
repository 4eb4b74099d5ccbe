using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class SchedulerProvisioner(IAwsApi api) : ServiceProvisioner(api, "scheduler")
{
    private static readonly string[] s_missing = ["ResourceNotFoundException"];

    private static readonly string[] s_members =
    [
        "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "State",
        "Target",
    ];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::Scheduler::Schedule"] = new(
            (request, token) => PutAsync("CreateSchedule", request, request.OptionalText("Name") ?? request.UniqueName(64), token),
            (request, token) => PutAsync("UpdateSchedule", request, request.Id, token),
            DeleteAsync),
        ["AWS::Scheduler::ScheduleGroup"] = new(CreateGroupAsync, (request, _) => Unchanged(request), DeleteGroupAsync),
    };

    private async ValueTask<ProvisionedResource> PutAsync(string operation, ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        var input = request.Take(s_members);
        input["Name"] = name;
        var answer = await CallAsync(operation, input, cancellationToken);
        return new ProvisionedResource(name, new JsonObject { ["Arn"] = answer["ScheduleArn"]!.GetValue<string>() });
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("GroupName");
        input["Name"] = request.Id;
        await CallUnlessAsync("DeleteSchedule", input, s_missing, cancellationToken);
    }

    private async ValueTask<ProvisionedResource> CreateGroupAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("Name") ?? request.UniqueName(64);
        var input = new JsonObject { ["Name"] = name };
        if (request.TagList() is { Count: > 0 } tags)
        {
            input["Tags"] = tags;
        }

        var answer = await CallAsync("CreateScheduleGroup", input, cancellationToken);
        return new ProvisionedResource(name, new JsonObject { ["Arn"] = answer["ScheduleGroupArn"]!.GetValue<string>() });
    }

    private async ValueTask DeleteGroupAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteScheduleGroup", new JsonObject { ["Name"] = request.Id }, s_missing, cancellationToken);
}
