#pragma warning disable ASPIREPIPELINES001, ASPIREPIPELINES004 // The pipeline's API is for evaluation.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Writes in <c>aspire publish</c> what a deployment of a stack needs, for whoever applies it without Aspire.</summary>
internal static class StackPublication
{
    // The files are read by people: & and < stay themselves.
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Writes the template, <c>STACK.parameters.json</c> and <c>STACK.tags.json</c> as the AWS CLI reads them. A value that only a
    /// deployment knows is written as <c>&lt;Name&gt;</c>.
    /// </summary>
    public static async Task PublishAsync(CloudFormationStackResource stack, PipelineStepContext context)
    {
        var folder = context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory();
        Directory.CreateDirectory(folder);
        var template = Path.GetFileName(stack.TemplatePath);
        await using (var task = await context.ReportingStep.CreateTaskAsync($"Writing {template}", context.CancellationToken))
        {
            File.Copy(stack.TemplatePath, Path.Combine(folder, template), overwrite: true);
            await WriteAsync(
                $"{stack.StackName}.parameters.json",
                await ParametersAsync(stack, context.CancellationToken),
                "ParameterKey",
                "ParameterValue");
            await WriteAsync($"{stack.StackName}.tags.json", stack.Tags, "Key", "Value");
            await task.CompleteAsync(
                $"{template}, {stack.StackName}.parameters.json, {stack.StackName}.tags.json",
                CompletionState.Completed,
                context.CancellationToken);
        }

        context.Summary.Add(stack.StackName, Path.Combine(folder, template));

        Task WriteAsync(string file, IReadOnlyDictionary<string, string> values, string key, string value)
        {
            var list = new JsonArray([.. values.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => new JsonObject { [key] = pair.Key, [value] = pair.Value })]);
            return File.WriteAllTextAsync(Path.Combine(folder, file), list.ToJsonString(s_json) + "\n", context.CancellationToken);
        }
    }

    private static async Task<Dictionary<string, string>> ParametersAsync(
        CloudFormationStackResource stack, CancellationToken cancellationToken)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in stack.Parameters)
        {
            var text = value switch
            {
                string given => given,
                ParameterResource { Secret: false } parameter => await parameter.GetValueAsync(cancellationToken),
                _ => $"<{name}>",
            };
            if (!string.IsNullOrEmpty(text))
            {
                parameters[name] = text;
            }
        }

        return parameters;
    }
}
