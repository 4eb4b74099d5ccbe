using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Oith.Tests.Conformance;

/// <summary>Replays cases against one LocalCloud and compares every recorded answer.</summary>
internal sealed class AwsConformanceReplay(AwsConformanceClient client, FakeTimeProvider time, string endpoint, string account, string region)
{
    // How long a long poll may take in real time before it counts as waiting, and the clock is moved to its end.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(400);

    private readonly IReadOnlyDictionary<string, Pause[]> _pauses = JsonSerializer.Deserialize<Dictionary<string, Pause[]>>(
        File.ReadAllText(Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "Conformance", "aws-pauses.json")),
        JsonSerializerOptions.Web)!;

    /// <summary>Each recorded answer that could be compared, with its difference (null: as AWS's).</summary>
    public async Task<IReadOnlyList<(string Answer, string? Difference)>> RunAsync(
        AwsConformanceCase recorded, int number, CancellationToken cancellationToken)
    {
        var placeholders = new AwsPlaceholders(endpoint, account, region, number);
        var results = new List<(string, string?)>();
        var answers = new List<JsonObject>();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var step in recorded.Steps)
        {
            if (step.Answer is { } name)
            {
                results.Add((name, Compare(placeholders, recorded.Answers[name], answers)));
                answers.Clear();
                continue;
            }

            var nth = counts[step.Operation!] = counts.GetValueOrDefault(step.Operation!) + 1;
            Pass(recorded.Function, step.Operation!, nth);
            var answer = await SendAsync(step, placeholders.Fill(step.Parameters!), cancellationToken);
            placeholders.Remember(answer);
            answers.Add(answer);
        }

        return results;
    }

    // The recording may have kept a part of an answer (a string, a message), and another call may stand between it and its mark.
    private static string? Compare(AwsPlaceholders placeholders, JsonNode? recorded, List<JsonObject> answers)
    {
        if (answers.Count == 0)
        {
            return "no call to compare with";
        }

        var difference = placeholders.Difference(recorded, answers[^1]);
        if (difference is null || (recorded is JsonObject { Count: 1 } members && members.ContainsKey("ResponseMetadata")))
        {
            return difference;
        }

        var isPart = recorded is not JsonObject whole || !whole.ContainsKey("ResponseMetadata");
        return answers.AsEnumerable().Reverse().Any(answer =>
            (isPart ? Parts(answer).Append(Common(answer, recorded)) : [answer]).Any(part => placeholders.Difference(recorded, part) is null))
            ? null
            : difference;
    }

    // A test may have kept some of the answer's members in an object of its own.
    private static JsonObject? Common(JsonObject answer, JsonNode? recorded) => recorded is JsonObject kept
        ? new JsonObject(answer.Where(member => kept.ContainsKey(member.Key)).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())))
        : null;

    private static IEnumerable<JsonNode?> Parts(JsonNode? node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        };
        return children.SelectMany(Parts).Prepend(node);
    }

    /// <summary>Lets the time pass that the recording paused for; the data leaves pauses out.</summary>
    private void Pass(string function, string operation, int nth)
    {
        time.Advance(TimeSpan.FromMilliseconds(5));
        foreach (var pause in _pauses.GetValueOrDefault(function, []))
        {
            if (pause.Before == operation && pause.Nth == nth)
            {
                time.Advance(TimeSpan.FromSeconds(pause.Seconds));
            }
        }
    }

    private async Task<JsonObject> SendAsync(AwsConformanceStep step, JsonObject parameters, CancellationToken cancellationToken)
    {
        var call = client.SendAsync(step.Service!, step.Operation!, parameters, cancellationToken);
        if (parameters["WaitTimeSeconds"] is { } wait)
        {
            await Task.WhenAny(call, Task.Delay(s_patience, TimeProvider.System, cancellationToken));
            if (!call.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(wait.GetValue<int>()));
            }
        }

        return await call;
    }

    private sealed record Pause(string Before, int Nth, double Seconds);
}
