using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.EventBridge;

/// <summary>What a target gets of an event: Input, InputPath, InputTransformer or the event as it is.</summary>
internal static partial class EventInput
{
    private static readonly string[] s_inputs = ["Input", "InputPath", "InputTransformer"];

    /// <exception cref="AwsServiceException">ValidationException in AWS's words.</exception>
    public static void Check(JsonObject target)
    {
        var id = target.Text("Id");
        if (s_inputs.Count(name => target[name] is not null) > 1)
        {
            throw AwsServiceException.Validation($"Only one of Input, InputPath, or InputTransformer must be provided for target {id}.");
        }

        if (target.Structure("InputTransformer") is { } transformer)
        {
            var paths = transformer.Structure("InputPathsMap") ?? [];
            foreach (var name in Placeholder().Matches(transformer.RequiredText("InputTemplate")).Select(match => match.Groups[1].Value))
            {
                if (!paths.ContainsKey(name) && !name.StartsWith("aws.events.", StringComparison.Ordinal))
                {
                    throw AwsServiceException.Validation($"InputTemplate for target {id} contains invalid placeholder {name}.");
                }
            }
        }
    }

    /// <returns>The text that the target gets; null when its transformer makes no valid JSON of the event, for which AWS drops it.</returns>
    public static string? Of(JsonObject target, EventRule rule, JsonObject busEvent, DateTimeOffset now)
    {
        if (target.Text("Input") is { } constant)
        {
            return constant;
        }

        if (target.Text("InputPath") is { } path)
        {
            return JsonPath.Find(busEvent, path)?.ToJsonString() ?? "null";
        }

        if (target.Structure("InputTransformer") is not { } transformer)
        {
            return busEvent.ToJsonString();
        }

        var paths = transformer.Structure("InputPathsMap") ?? [];
        var template = transformer.Text("InputTemplate")!;
        // In a template of JSON an object or list keeps its quotes, also where it stands in a string that they end.
        var keepsQuotes = template.AsSpan().TrimStart() is ['{' or '[', ..];
        var rendered = InputTemplate.Render(template, name => name switch
        {
            "aws.events.rule-arn" => rule.Arn,
            "aws.events.rule-name" => rule.Name,
            "aws.events.event.ingestion-time" => BusEvents.Timestamp(now),
            "aws.events.event.json" => busEvent,
            "aws.events.event" => BusEvents.WithoutDetail(busEvent),
            _ => paths.Text(name) is { } found ? JsonPath.Find(busEvent, found) : null,
        }, keepsQuotes);
        return IsJson(rendered) || rendered.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(IsJsonText) ? rendered : null;
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A line of a template of several texts: <c>"of &lt;user&gt;"</c>.</summary>
    private static bool IsJsonText(string line) => line.AsSpan().Trim() is ['"', ..] && IsJson(line);

    [GeneratedRegex("<([^<>]+)>")]
    private static partial Regex Placeholder();
}
