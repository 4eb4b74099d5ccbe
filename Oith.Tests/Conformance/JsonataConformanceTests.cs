using System.Text.Json;
using System.Text.RegularExpressions;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;

namespace Oith.Tests.Conformance;

/// <summary>
/// Evaluates the cases of JSONata's own suite. A case that differs must be listed, with the reason, in
/// jsonata-known-failing.json, and a listed one must differ.
/// </summary>
public sealed partial class JsonataConformanceTests
{
    // A lone surrogate is no UTF-8, so that it is read as a character that no case has.
    private const char HighSurrogate = '\ud800';
    private const char Placeholder = '\ue800';

    /// <summary>Slow machines get time; the cases that are about the limit have one of their own.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Expressions_Give_What_The_Suite_Says_When_They_Are_Evaluated()
    {
        var folder = Path.Combine(AwsConformanceCase.RepositoryRoot(), "..", "shared", "conformance", "jsonata");
        Assert.SkipUnless(Directory.Exists(folder), "shared/conformance/jsonata is not beside this clone.");
        var datasets = AslValue.Parse(File.ReadAllText(Path.Combine(folder, "datasets.json")));
        var differences = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var count = 0;
        foreach (var line in File.ReadLines(Path.Combine(folder, "cases.jsonl")))
        {
            var row = AslValue.Parse(LoneSurrogate().Replace(line, @"\u" + ((int)Placeholder).ToString("x4", null)));
            count++;
            if (Difference(row, datasets) is { } difference)
            {
                differences[row.Find("id")!.Text] = $"{row.Find("expr")!.Text}\n    {difference}";
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count - differences.Count} of {count} cases");
        var known = KnownFailing();
        var faults = differences.Where(pair => !known.ContainsKey(pair.Key)).Select(pair => $"DIFFERS  {pair.Key}\n    {pair.Value}")
            .Concat(known.Keys.Where(id => !differences.ContainsKey(id)).Select(id => $"LISTED AS FAILING, BUT AS THE SUITE SAYS  {id}"))
            .ToArray();
        Assert.True(faults.Length == 0, string.Join('\n', faults));
        Assert.True(differences.Count * 100 <= count, $"More than one of a hundred differ: {differences.Count} of {count}.");
    }

    private static string? Difference(AslValue row, AslValue datasets)
    {
        var code = row.Find("code") ?? row.Find("error")?.Find("code");
        AslValue? result;
        try
        {
            result = Evaluate(row, datasets, code);
        }
        catch (JsonataException error)
        {
            return code?.Text == error.Code && Fits(row.Find("token"), error.Token) && Fits(row.Find("error")?.Find("token"), error.Token)
                && Fits(row.Find("error")?.Find("message"), error.Message)
                ? null
                : $"gave {error.Code} {error.Token} {error.Message}";
        }

        var shown = result is null ? "nothing" : JsonataText.Json(result);
        return code is not null ? $"expected {code.Text} but gave {shown}"
            : row.Find("result") is not { } expected ? result is null ? null : $"expected nothing but gave {shown}"
            : result is not null && AreEqual(expected, result, row.Find("unordered") is not null) ? null
            : $"expected {JsonataText.Json(expected)} but gave {shown}";
    }

    private static AslValue? Evaluate(AslValue row, AslValue datasets, AslValue? code)
    {
        var input = row.Find("dataset") is not { } dataset ? row.Find("data") : dataset.IsNull ? null : datasets.Find(dataset.Text);
        var limits = JsonataLimits.Default with
        {
            Depth = (int)(row.Find("depth")?.Number ?? JsonataLimits.Default.Depth),
            Time = code is not null && row.Find("timelimit") is { } limit ? TimeSpan.FromMilliseconds(limit.Number) : s_patience,
            Cells = 30_000_000,
        };
        return JsonataExpression.Compile(row.Find("expr")!.Text.Replace(Placeholder, HighSurrogate)).Evaluate(
            input, new Bindings(row.Find("bindings") ?? AslValue.EmptyObject), TimeProvider.System, limits, TestContext.Current.CancellationToken);
    }

    private static bool Fits(AslValue? expected, string? actual) => expected is null || expected.Text == actual;

    private static bool AreEqual(AslValue expected, AslValue actual, bool isUnordered) => isUnordered
        ? expected.Count == actual.Count && expected.Items.ToArray().All(one => actual.Items.ToArray().Any(other => Operand.DeepEquals(one, other)))
        : Operand.DeepEquals(expected, actual);

    private static Dictionary<string, string> KnownFailing()
    {
        var path = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "Conformance", "jsonata-known-failing.json");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path))!;
    }

    [GeneratedRegex(@"\\ud8[0-9a-f]{2}(?!\\ud[c-f])")]
    private static partial Regex LoneSurrogate();

    private sealed class Bindings(AslValue values) : IJsonataScope
    {
        public AslValue? Variable(string name) => values.Find(name);
    }
}
