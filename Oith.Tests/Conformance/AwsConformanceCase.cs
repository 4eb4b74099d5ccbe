using System.Text;
using System.Text.Json.Nodes;

namespace Oith.Tests.Conformance;

/// <summary>One recorded sequence of calls with what AWS answered; the data's README tells the format.</summary>
/// <param name="Id">The test that it was recorded from.</param>
/// <param name="Service">Whose case it is.</param>
/// <param name="Steps">Calls, and marks that name the recorded answer of the call before.</param>
/// <param name="Answers">AWS's answers by name.</param>
internal sealed record AwsConformanceCase(string Id, string Service, IReadOnlyList<AwsConformanceStep> Steps, JsonObject Answers)
{
    /// <summary>The test function's name, without its parameters.</summary>
    public string Function
    {
        get
        {
            var name = Id[(Id.LastIndexOf(':') + 1)..];
            var parameters = name.IndexOf('[', StringComparison.Ordinal);
            return parameters < 0 ? name : name[..parameters];
        }
    }

    /// <summary>All cases beside this clone; null where the data is missing.</summary>
    public static IReadOnlyList<AwsConformanceCase>? LoadAll()
    {
        var path = Path.Combine(RepositoryRoot(), "..", "shared", "conformance", "aws", "cases.jsonl");
        return File.Exists(path) ? [.. File.ReadLines(path).Select(line => Parse(JsonNode.Parse(line)!.AsObject()))] : null;
    }

    public static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Oith.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return directory.FullName;
    }

    private static AwsConformanceCase Parse(JsonObject data)
    {
        var answers = data["aws"]!.AsObject();
        var steps = data["calls"]!.AsArray().Select(call => Step(call!.AsObject())).ToList();
        var isUnmarked = steps.All(step => step.Answer is null);
        if (isUnmarked && data["calls_complete"]!.GetValue<bool>())
        {
            MarkLast(steps, [.. answers.Select(answer => answer.Key)]);
        }

        return new AwsConformanceCase(data["id"]!.GetValue<string>(), data["service"]!.GetValue<string>(), steps, answers);
    }

    // Some recordings lost their marks; their answers are those of the last calls, one each.
    private static void MarkLast(List<AwsConformanceStep> steps, string[] names)
    {
        var first = steps.Count - names.Length;
        for (var i = names.Length - 1; i >= 0 && first >= 0; i--)
        {
            steps.Insert(first + i + 1, new AwsConformanceStep(null, null, null, names[i]));
        }
    }

    private static AwsConformanceStep Step(JsonObject data) => data["snapshot"] is { } name
        ? new AwsConformanceStep(null, null, null, name.GetValue<string>())
        : new AwsConformanceStep(
            data["service"]!.GetValue<string>(), data["operation"]!.GetValue<string>(), Expand(data["params"])?.AsObject() ?? [], null);

    /// <summary>Writes out long strings and bytes that the data abbreviates.</summary>
    private static JsonNode? Expand(JsonNode? node) => node switch
    {
        JsonObject text when text["$repeat"] is { } part =>
            string.Concat(Enumerable.Repeat(part.GetValue<string>(), text["$length"]!.GetValue<int>() / part.GetValue<string>().Length)),
        JsonObject bytes when bytes["$bytes"] is { } raw => Convert.ToBase64String(Encoding.Latin1.GetBytes(raw.GetValue<string>())),
        JsonObject bytes when bytes["$base64"] is { } base64 => base64.GetValue<string>(),
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Expand(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Expand)]),
        null => null,
        _ => node.DeepClone(),
    };
}

/// <summary>A call, or (with <paramref name="Answer"/>) the mark that the answer before it was recorded under that name.</summary>
internal sealed record AwsConformanceStep(string? Service, string? Operation, JsonObject? Parameters, string? Answer);
