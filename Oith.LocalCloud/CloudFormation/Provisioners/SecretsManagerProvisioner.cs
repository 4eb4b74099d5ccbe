using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

internal sealed class SecretsManagerProvisioner(IAwsApi api) : ServiceProvisioner(api, "secretsmanager")
{
    private static readonly string[] s_missing = ["ResourceNotFoundException"];

    public override IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::SecretsManager::Secret"] = new(CreateAsync, UpdateAsync, DeleteAsync),
    };

    private async ValueTask<ProvisionedResource> CreateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("Description", "KmsKeyId");
        input["Name"] = request.OptionalText("Name") ?? request.UniqueName(120);
        input["SecretString"] = await SecretAsync(request, cancellationToken);
        if (request.TagList() is { Count: > 0 } tags)
        {
            input["Tags"] = tags;
        }

        var arn = (await CallAsync("CreateSecret", input, cancellationToken))["ARN"]!.GetValue<string>();
        return new ProvisionedResource(arn, new JsonObject { ["Id"] = arn });
    }

    private async ValueTask<ProvisionedResource> UpdateAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        var input = request.Take("Description", "KmsKeyId");
        input["SecretId"] = request.Id;
        if (request.HasChanged("SecretString") || request.HasChanged("GenerateSecretString"))
        {
            input["SecretString"] = await SecretAsync(request, cancellationToken);
        }

        await CallAsync("UpdateSecret", input, cancellationToken);
        await UpdateTagsAsync(request, KeyValuePair.Create("SecretId", request.Id), "Tags", "TagKeys", tags => TagList(tags), cancellationToken);
        return await Unchanged(request);
    }

    private async ValueTask DeleteAsync(ResourceRequest request, CancellationToken cancellationToken) => await CallUnlessAsync(
        "DeleteSecret", new JsonObject { ["SecretId"] = request.Id, ["ForceDeleteWithoutRecovery"] = true }, s_missing, cancellationToken);

    // The generated text becomes the secret, or one member of the template's JSON.
    private async ValueTask<string> SecretAsync(ResourceRequest request, CancellationToken cancellationToken)
    {
        if (request.Copy("GenerateSecretString") is not JsonObject generation)
        {
            return request.OptionalText("SecretString") ?? "";
        }

        var template = generation["SecretStringTemplate"]?.GetValue<string>();
        var key = generation["GenerateStringKey"]?.GetValue<string>();
        generation.Remove("SecretStringTemplate");
        generation.Remove("GenerateStringKey");
        var generated = (await CallAsync("GetRandomPassword", generation, cancellationToken))["RandomPassword"]!.GetValue<string>();
        if (template is null || key is null)
        {
            return generated;
        }

        var secret = JsonInput.Parse(template)!.AsObject();
        secret[key] = generated;
        return secret.ToJsonString();
    }
}
