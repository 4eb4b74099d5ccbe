using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Brings the parameters of a request and of a template together.</summary>
internal sealed class ParameterValues(IAwsApi api)
{
    /// <summary>What NoEcho parameters show instead of their value.</summary>
    public const string Hidden = "****";

    /// <summary>The value of each parameter of the template, checked.</summary>
    /// <param name="given">The request's list of <c>ParameterKey</c> with <c>ParameterValue</c> or <c>UsePreviousValue</c>.</param>
    /// <param name="previous">The stack's parameters so far.</param>
    /// <exception cref="AwsServiceException">ValidationError that names the parameters.</exception>
    public async ValueTask<IReadOnlyList<StackParameter>> ResolveAsync(
        Template template, JsonArray given, IReadOnlyList<StackParameter> previous, CancellationToken cancellationToken)
    {
        var values = Given(given, previous);
        var unknown = values.Keys.Where(key => !template.Parameters.ContainsKey(key)).ToList();
        if (unknown.Count > 0)
        {
            throw TemplateErrors.Validation($"Parameters: [{string.Join(", ", unknown)}] do not exist in the template");
        }

        var missing = template.Parameters.Values.Where(parameter => values.GetValueOrDefault(parameter.Name) is null && parameter.Default is null).ToList();
        if (missing.Count > 0)
        {
            throw TemplateErrors.Validation($"Parameters: [{string.Join(", ", missing.Select(parameter => parameter.Name))}] must have values");
        }

        var result = new List<StackParameter>();
        foreach (var parameter in template.Parameters.Values)
        {
            var value = values.GetValueOrDefault(parameter.Name) ?? parameter.Default!;
            if (!parameter.IsStoredInSsm)
            {
                parameter.CheckValue(value);
            }

            result.Add(new StackParameter(parameter.Name, value, parameter.IsStoredInSsm ? await StoredAsync(parameter, value, cancellationToken) : null));
        }

        return result;
    }

    /// <summary>What <c>Ref</c> gives for each parameter.</summary>
    public static IReadOnlyDictionary<string, JsonNode> References(Template template, IReadOnlyList<StackParameter> parameters, bool hideNoEcho = false) =>
        parameters.Where(parameter => template.Parameters.ContainsKey(parameter.Key)).ToDictionary(
            parameter => parameter.Key,
            parameter => hideNoEcho && template.Parameters[parameter.Key].NoEcho
                ? Hidden
                : template.Parameters[parameter.Key].ToReference(parameter.ResolvedValue ?? parameter.Value),
            StringComparer.Ordinal);

    private static Dictionary<string, string?> Given(JsonArray given, IReadOnlyList<StackParameter> previous)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var parameter in given.OfType<JsonObject>())
        {
            var key = parameter["ParameterKey"]?.ToString() ?? throw TemplateErrors.Validation("ParameterKey is required for every parameter.");
            values[key] = bool.TryParse(parameter["UsePreviousValue"]?.ToString(), out var usePrevious) && usePrevious
                ? previous.FirstOrDefault(old => old.Key == key)?.Value
                : parameter["ParameterValue"]?.ToString();
        }

        return values;
    }

    private async ValueTask<string> StoredAsync(TemplateParameter parameter, string name, CancellationToken cancellationToken)
    {
        try
        {
            var output = await api.InvokeAsync("ssm", "GetParameter", new JsonObject { ["Name"] = name, ["WithDecryption"] = true }, cancellationToken);
            return output["Parameter"]!["Value"]!.GetValue<string>();
        }
        catch (AwsServiceException error) when (error.Code == "ParameterNotFound")
        {
            throw TemplateErrors.Validation(
                $"Unable to fetch parameters [{name}] from parameter store for this account. (parameter {parameter.Name})");
        }
    }
}
