using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.Tests.LocalCloud.Differential;

/// <summary>Compares the answers of two servers to the same steps with a list of known differences and why LocalCloud's side is right.</summary>
internal static class AnswerDifferences
{
    /// <summary>Fails for a difference that is not explained, and for an explanation without its difference.</summary>
    /// <param name="explanations">A JSON object: the step, and what AWS's documentation or a recorded answer of AWS says.</param>
    public static async Task AreExplainedAsync(
        Dictionary<string, JsonNode?> ours, Dictionary<string, JsonNode?> theirs, string explanations, CancellationToken cancellationToken)
    {
        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), ours.Keys.Order(StringComparer.Ordinal));
        var different = ours.Where(answer => !JsonNode.DeepEquals(answer.Value, theirs[answer.Key])).Select(answer => answer.Key).ToHashSet(StringComparer.Ordinal);
        var explained = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(explanations, cancellationToken))!;
        Assert.True(
            different.SetEquals(explained.Keys),
            string.Join('\n', different.Except(explained.Keys).Select(step => $"NOT EXPLAINED {step}\n  LocalCloud {Text(ours[step])}\n  moto       {Text(theirs[step])}")
                .Concat(explained.Keys.Except(different).Select(step => $"NO LONGER DIFFERENT {step}"))));
    }

    private static string Text(JsonNode? answer) => answer?.ToJsonString() ?? "null";
}
