using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Oith.Tests.Infrastructure;

/// <summary>The prototype's aggregate state read two paths of which one never existed: whichever branch ran had not written the other.</summary>
public sealed partial class DefinitionPathTests
{
    private const string Prototype = """
        {
          "StartAt": "Plan",
          "States": {
            "Plan": { "Type": "Choice", "Choices": [ { "Variable": "$.shardCount", "NumericGreaterThan": 1, "Next": "Shards" } ], "Default": "Direct" },
            "Direct": { "Type": "Task", "Resource": "arn:x", "ResultPath": "$.direct", "Next": "Aggregate" },
            "Shards": { "Type": "Map", "ItemsPath": "$.shards", "ItemProcessor": { "StartAt": "S", "States": { "S": { "Type": "Pass", "End": true } } }, "ResultPath": "$.sharded", "Next": "Aggregate" },
            "Aggregate": { "Type": "Pass", "Parameters": { "all.$": "States.Array($.direct, $.sharded)" }, "End": true }
          }
        }
        """;

    [Theory]
    [InlineData("distributed-matching")]
    [InlineData("batch-precompute")]
    public void State_Reads_Only_What_Every_Way_To_It_Has_Written(string machine) =>
        Assert.Empty(Unwritten(JsonNode.Parse(RepositoryFiles.Read("infrastructure", $"{machine}.asl.json"))!.AsObject()));

    [Fact]
    public void Prototype_Definition_Is_Refused() => Assert.Equal(
        ["Aggregate reads $.direct, which nothing has written on some way to it", "Aggregate reads $.sharded, which nothing has written on some way to it"],
        Unwritten(JsonNode.Parse(Prototype)!.AsObject()).Order());

    /// <summary>Of this machine and those nested in it: the fields that some state writes by ResultPath, and another reads though a way leads around the first.</summary>
    private static IEnumerable<string> Unwritten(JsonObject machine)
    {
        var states = machine["States"]!.AsObject();
        var edges = states.SelectMany(state => Edges(state.Key, state.Value!.AsObject())).ToList();
        var written = edges.Select(edge => edge.Writes).OfType<string>().ToHashSet();
        foreach (var (name, state) in states)
        {
            foreach (var field in Reads(state!.AsObject()).Intersect(written))
            {
                if (Reachable(machine["StartAt"]!.ToString(), edges.Where(edge => edge.Writes != field)).Contains(name))
                {
                    yield return $"{name} reads $.{field}, which nothing has written on some way to it";
                }
            }

            if (state["ItemProcessor"] is JsonObject nested)
            {
                foreach (var problem in Unwritten(nested))
                {
                    yield return problem;
                }
            }
        }
    }

    private static IEnumerable<(string From, string To, string? Writes)> Edges(string name, JsonObject state)
    {
        var writes = Field(state["ResultPath"]?.ToString());
        IEnumerable<JsonNode?> targets = [state["Next"], state["Default"], .. (state["Choices"]?.AsArray() ?? []).Select(choice => choice!["Next"])];
        return targets.OfType<JsonNode>().Select(target => (name, target.ToString(), writes))
            .Concat((state["Catch"]?.AsArray() ?? []).Select(handler => (name, handler!["Next"]!.ToString(), Field(handler["ResultPath"]?.ToString()))));
    }

    private static HashSet<string> Reachable(string start, IEnumerable<(string From, string To, string? Writes)> edges)
    {
        var next = edges.ToLookup(edge => edge.From, edge => edge.To);
        var reached = new HashSet<string> { start };
        var waiting = new Queue<string>(reached);
        while (waiting.TryDequeue(out var state))
        {
            foreach (var target in next[state].Where(reached.Add))
            {
                waiting.Enqueue(target);
            }
        }

        return reached;
    }

    /// <summary>First members of the paths that a state reads from its input; its output and result paths read what it has itself.</summary>
    private static IEnumerable<string> Reads(JsonObject state) =>
        from member in new[] { "Parameters", "ItemSelector", "ItemsPath", "InputPath", "Choices", "ErrorPath", "CausePath", "SecondsPath" }
        from found in Template.Walk(state[member]).Select(item => item.Node).OfType<JsonValue>()
        from path in InputPath.Matches(found.ToString())
        select path.Groups[1].Value;

    private static string? Field(string? path) => path is null ? null : InputPath.Match(path) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"(?<!\$)\$\.(\w+)")]
    private static partial Regex InputPath { get; }
}
