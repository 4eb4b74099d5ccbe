using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>
/// Puts in the values that a template names only: <c>{{resolve:secretsmanager:oith-redis:SecretString:password}}</c>,
/// <c>{{resolve:ssm:/oith/limit:1}}</c>. It happens on the way to the provisioner, so that no secret is kept with the stack.
/// </summary>
internal sealed partial class DynamicReferences(IAwsApi api)
{
    /// <exception cref="AwsServiceException">The secret or parameter is not there.</exception>
    public async ValueTask<JsonObject> ResolveAsync(JsonObject properties, CancellationToken cancellationToken)
    {
        if (!properties.ToJsonString().Contains("{{resolve:", StringComparison.Ordinal))
        {
            return properties;
        }

        return (JsonObject)(await ResolveNodeAsync(properties, cancellationToken))!;
    }

    private async ValueTask<JsonNode?> ResolveNodeAsync(JsonNode? node, CancellationToken cancellationToken)
    {
        switch (node)
        {
            case JsonObject members:
                var result = new JsonObject();
                foreach (var (name, value) in members)
                {
                    result[name] = await ResolveNodeAsync(value, cancellationToken);
                }

                return result;
            case JsonArray items:
                var list = new JsonArray();
                foreach (var item in items)
                {
                    list.Add(await ResolveNodeAsync(item, cancellationToken));
                }

                return list;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return await ResolveTextAsync(text, cancellationToken);
            default:
                return node?.DeepClone();
        }
    }

    private async ValueTask<string> ResolveTextAsync(string text, CancellationToken cancellationToken)
    {
        while (ReferencePattern.Match(text) is { Success: true } match)
        {
            var value = match.Groups["service"].Value == "secretsmanager"
                ? await SecretAsync(match.Groups["rest"].Value, cancellationToken)
                : await ParameterAsync(match.Groups["rest"].Value, cancellationToken);
            text = string.Concat(text.AsSpan(0, match.Index), value, text.AsSpan(match.Index + match.Length));
        }

        return text;
    }

    // name:version
    private async ValueTask<string> ParameterAsync(string reference, CancellationToken cancellationToken)
    {
        var output = await api.InvokeAsync("ssm", "GetParameter", new JsonObject { ["Name"] = reference, ["WithDecryption"] = true }, cancellationToken);
        return output["Parameter"]!["Value"]!.GetValue<string>();
    }

    // secret-id:SecretString:json-key:version-stage:version-id; an id may be an ARN, which has six colons of its own.
    private async ValueTask<string> SecretAsync(string reference, CancellationToken cancellationToken)
    {
        var parts = reference.Split(':');
        var idParts = reference.StartsWith("arn:", StringComparison.Ordinal) ? 7 : 1;
        var id = string.Join(':', parts.Take(idParts));
        var key = parts.ElementAtOrDefault(idParts + 1);
        var input = new JsonObject { ["SecretId"] = id };
        if (parts.ElementAtOrDefault(idParts + 2) is { Length: > 0 } stage)
        {
            input["VersionStage"] = stage;
        }

        if (parts.ElementAtOrDefault(idParts + 3) is { Length: > 0 } version)
        {
            input["VersionId"] = version;
        }

        var output = await api.InvokeAsync("secretsmanager", "GetSecretValue", input, cancellationToken);
        var secret = output["SecretString"]!.GetValue<string>();
        return string.IsNullOrEmpty(key)
            ? secret
            : JsonInput.Parse(secret)?[key]?.ToString() ?? throw new ProvisioningException($"Could not find a value associated with JSONKey {key} in SecretString");
    }

    [GeneratedRegex(@"\{\{resolve:(?<service>secretsmanager|ssm|ssm-secure):(?<rest>[^}]+)\}\}")]
    private static partial Regex ReferencePattern { get; }
}
