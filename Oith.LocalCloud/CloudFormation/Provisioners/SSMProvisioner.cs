using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class SSMProvisioner(IAwsApi api) : ServiceProvisioner(api, "ssm")
{
    private static readonly string[] s_missing = ["ParameterNotFound"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::SSM::Parameter"] = new(
            (request, token) => PutAsync(request, request.OptionalText("Name") ?? NewName(request), overwrite: false, token),
            (request, token) => PutAsync(request, request.Id, overwrite: true, token),
            DeleteAsync),
    };

    private static string NewName(ResourceRequest request) =>
        $"CFN-{request.LogicalId}-{RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 12)}";

    private async ValueTask<ProvisionedResource> PutAsync(ResourceRequest request, string name, bool overwrite, CancellationToken cancellationToken)
    {
        var input = request.Take("AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value");
        input["Name"] = name;
        input["Overwrite"] = overwrite;
        await CallAsync("PutParameter", input, cancellationToken);
        return new ProvisionedResource(name, new JsonObject { ["Type"] = request.Text("Type"), ["Value"] = request.Text("Value"), ["Name"] = name });
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) =>
        await CallUnlessAsync("DeleteParameter", new JsonObject { ["Name"] = request.Id }, s_missing, cancellationToken);
}
