using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class LogsProvisioner(IAwsApi api, Arn arn) : ServiceProvisioner(api, "logs")
{
    private static readonly string[] s_missing = ["ResourceNotFoundException"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::Logs::LogGroup"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var name = request.OptionalText("LogGroupName") ?? request.UniqueName(512);
        var input = new JsonObject { ["logGroupName"] = name };
        if (request.OptionalText("KmsKeyId") is { } key)
        {
            input["kmsKeyId"] = key;
        }

        await CallAsync("CreateLogGroup", input, cancellationToken);
        await CompleteAsync(
            () => SetRetentionAsync(request, name, cancellationToken),
            async () => await CallAsync("DeleteLogGroup", new JsonObject { ["logGroupName"] = name }, cancellationToken));
        return new ProvisionedResource(name, new JsonObject { ["Arn"] = arn.Of("logs", $"log-group:{name}:*") });
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        await SetRetentionAsync(request, request.Id, cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask SetRetentionAsync(ResourceRequest request, string name, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["logGroupName"] = name };
        if (request.Copy("RetentionInDays") is { } days)
        {
            input["retentionInDays"] = days;
            await CallAsync("PutRetentionPolicy", input, cancellationToken);
        }
        else if (request.PreviousProperties.ContainsKey("RetentionInDays"))
        {
            await CallAsync("DeleteRetentionPolicy", input, cancellationToken);
        }
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteLogGroup", new JsonObject { ["logGroupName"] = request.Id }, s_missing, cancellationToken);
}
