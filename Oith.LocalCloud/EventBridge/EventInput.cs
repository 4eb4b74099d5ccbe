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

    /// <returns>The text that the target gets.</returns>
    public static string Of(JsonObject target, EventRule rule, JsonObject busEvent, DateTimeOffset now)
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
        return InputTemplate.Render(transformer.Text("InputTemplate")!, name => name switch
        {
            "aws.events.rule-arn" => rule.Arn,
            "aws.events.rule-name" => rule.Name,
            "aws.events.event.ingestion-time" => BusEvents.Timestamp(now),
            "aws.events.event.json" => busEvent,
            "aws.events.event" => BusEvents.WithoutDetail(busEvent),
            _ => paths.Text(name) is { } found ? JsonPath.Find(busEvent, found) : null,
        });
    }

    [GeneratedRegex("<([^<>]+)>")]
    private static partial Regex Placeholder();
}
