using System.Text.Json.Nodes;

namespace Oith.Tests.Conformance;

/// <summary>A row of the recorded Step Functions corpus; its README tells the members.</summary>
internal sealed class AslCase(JsonObject row)
{
    public JsonObject Row { get; } = row;

    public string Id => Text("id");

    public string Category => Text("category");

    public bool IsExpress => Text("type") == "EXPRESS";

    public bool IsJsonata => Text("query_language") == "JSONata";

    public JsonObject Expected => Row["expected"]!.AsObject();

    public string Status => Expected["status"]!.GetValue<string>();

    public bool Needs(string what) => Row["needs"]!.AsArray().Any(need => need!.GetValue<string>() == what);

    /// <summary>The recorded events, null when there are none.</summary>
    public JsonArray? History { get; init; }

    public string? HistoryOrder => Expected["history_order"]?.GetValue<string>();

    /// <summary>The cases that AWS's own answers were recorded for; null when the corpus is not beside this clone.</summary>
    public static IReadOnlyList<AslCase>? Load(IReadOnlySet<string> categories)
    {
        if (Rows("cases.jsonl") is not { } rows)
        {
            return null;
        }

        var histories = Rows("histories.jsonl")!.ToDictionary(row => row["id"]!.GetValue<string>(), row => row["events"]!.AsArray());
        return [.. rows
            .Select(row => new AslCase(row) { History = histories.GetValueOrDefault(row["id"]!.GetValue<string>()) })
            .Where(one => one.Row["aws_validated"]!.GetValue<bool>() && (one.IsJsonata || categories.Contains(one.Category)))];
    }

    public static IReadOnlyList<JsonObject>? Rows(string file)
    {
        var path = Path.Combine(AwsConformanceCase.RepositoryRoot(), "..", "shared", "conformance", "asl", file);
        return File.Exists(path) ? [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!.AsObject())] : null;
    }

    public string Text(string member) => Row[member]!.GetValue<string>();
}
