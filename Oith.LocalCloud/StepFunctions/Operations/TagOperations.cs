using System.Collections.Concurrent;
using System.Text.Json;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.Executions;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Operations;

/// <summary>Tags of machines and activities.</summary>
internal sealed class TagOperations(ExecutionEngine engine, StateMachineStore machines)
{
    private const int MaximumTags = 50;

    public ValueTask TagResource(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var tags = Find(call, out var changed);
        Set(tags, call.Json("tags"));
        changed();
        return ValueTask.CompletedTask;
    }

    public ValueTask UntagResource(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var tags = Find(call, out var changed);
        foreach (var key in (call.Json("tagKeys") ?? AslValue.EmptyArray).Items)
        {
            tags.TryRemove(key.Text, out _);
        }

        changed();
        return ValueTask.CompletedTask;
    }

    public ValueTask ListTagsForResource(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        output.WriteStartObject();
        output.WriteStartArray("tags");
        foreach (var (key, value) in Find(call, out _).OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            output.WriteStartObject();
            output.WriteString("key", key);
            output.WriteString("value", value);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
        return ValueTask.CompletedTask;
    }

    /// <param name="given">AWS's list of tags: <c>[{"key": "a", "value": "b"}]</c>.</param>
    /// <exception cref="AwsServiceException">TooManyTags.</exception>
    public static void Set(ConcurrentDictionary<string, string> tags, AslValue? given)
    {
        foreach (var tag in (given ?? AslValue.EmptyArray).Items)
        {
            tags[tag.Find("key")?.Text ?? ""] = tag.Find("value")?.Text ?? "";
        }

        if (tags.Count > MaximumTags)
        {
            throw new AwsServiceException("TooManyTags", "The number of tags exceeds the limit of 50.");
        }
    }

    private ConcurrentDictionary<string, string> Find(AwsCall call, out Action changed)
    {
        var arn = call.Required("resourceArn");
        if (machines.Find(arn) is { } machine)
        {
            changed = () => engine.Keeper.MachineChanged(machine);
            return machine.Tags;
        }

        var activity = engine.Activities.Find(arn) ?? throw StepFunctionsErrors.ResourceNotFound(arn);
        changed = () => engine.Keeper.ActivityChanged(activity);
        return activity.Tags;
    }
}
