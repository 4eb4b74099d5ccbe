using System.Text.Json.Nodes;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>What a function says of the records of a batch: <c>{"batchItemFailures": [{"itemIdentifier": "…"}]}</c>.</summary>
internal static class BatchResponse
{
    /// <param name="ids">The batch's message ids or sequence numbers.</param>
    /// <returns>Ids of the failed records; all of them when the function names one that it was not given, or writes the list wrongly.</returns>
    public static IReadOnlySet<string> Failures(JsonNode? answer, IReadOnlyCollection<string> ids)
    {
        var failures = new HashSet<string>(StringComparer.Ordinal);
        if (answer is not JsonObject members || !members.TryGetPropertyValue("batchItemFailures", out var list) || list is null)
        {
            return failures;
        }

        if (list is not JsonArray items)
        {
            return ids.ToHashSet(StringComparer.Ordinal);
        }

        foreach (var item in items)
        {
            if ((item as JsonObject)?["itemIdentifier"]?.ToString() is not { } id || !ids.Contains(id))
            {
                return ids.ToHashSet(StringComparer.Ordinal);
            }

            failures.Add(id);
        }

        return failures;
    }
}
