using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata;
using Oith.LocalCloud.StepFunctions.JSONata.Nodes;
using Oith.LocalCloud.StepFunctions.JSONata.Syntax;

namespace Oith.Tests.LocalCloud.Differential;

/// <summary>Generated expressions on generated inputs, against the npm package jsonata 2.2.2 in Node.</summary>
public sealed partial class JsonataDifferentialTests
{
    /// <summary>The environment variable that names the package's folder: <c>…/node_modules/jsonata</c>.</summary>
    private const string PackageVariable = "OITH_JSONATA_PACKAGE";

    private const string ReferenceMemory = "--max-old-space-size=384";
    private const int MostExhausted = 3;
    private const string Seed = "0000fijGRrsL";
    private const int FixedBatches = 2;
    private const int RandomBatches = 20;
    private const int BatchSize = 500;

    private const string Judge =
        """
        const jsonata = require(process.argv[2]);
        const plain = (key, value) => typeof value === 'number' && !isFinite(value) ? String(value)
          : value === undefined ? 'absent' : typeof value === 'function' || value && (value._jsonata_lambda || value._jsonata_function) ? 'function' : value;
        (async () => {
          const lines = require('fs').readFileSync(0, 'utf8').split('\n').filter(line => line);
          for (const line of lines) {
            const { text, data } = JSON.parse(line);
            let answer;
            try {
              const result = await jsonata(text).evaluate(data);
              answer = result === undefined ? { nothing: true } : { result: JSON.parse(JSON.stringify(result, plain)) };
            } catch (error) {
              answer = { code: error.code ?? 'none' };
            }
            console.log(JSON.stringify(answer));
          }
        })();
        """;

    private static readonly Gen<string> s_names = Gen.OneOf<string>("a", "b", "c", "d", "`e f`");

    private static readonly Gen<string> s_scalars =
        Gen.OneOf<string>("0", "1", "2", "3", "7", "-1", "0.5", "1.25", "100", "\"\"", "\"a\"", "\"b c\"", "\"10\"", "\"a,b\"", "true", "false", "null");

    private static readonly Gen<string> s_inputs = Data(3);

    private static readonly Gen<(string Text, string Data)[]> s_batches = Gen.Select(Expressions(), s_inputs).Array[BatchSize];

    /// <summary>The same expressions each time: a change is to blame for what differs.</summary>
    [Fact]
    public Task Expressions_Give_What_The_Reference_Gives() => JudgeAsync(async (judge, package) =>
    {
        var random = PCG.Parse(Seed);
        for (var batch = 0; batch < FixedBatches; batch++)
        {
            Assert.Empty(await DifferencesAsync(judge, package, s_batches.Generate(random, null, out _)));
        }
    });

    /// <summary>Other expressions each time, on request: --explicit on.</summary>
    [Fact(Explicit = true)]
    public Task Other_Expressions_Give_What_The_Reference_Gives() => JudgeAsync((judge, package) =>
        s_batches.SampleAsync(async batch => Assert.Empty(await DifferencesAsync(judge, package, batch)), iter: RandomBatches, threads: 1));

    private static async Task JudgeAsync(Func<string, string, Task> compare)
    {
        var package = Environment.GetEnvironmentVariable(PackageVariable);
        Assert.SkipUnless(package is not null, $"{PackageVariable} does not name the folder of the npm package jsonata 2.2.2.");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(package, "package.json"), TestContext.Current.CancellationToken))!;
        Assert.SkipUnless(manifest["version"]!.GetValue<string>() == "2.2.2", $"The package in {package} is not version 2.2.2.");
        Assert.SkipUnless(await HasNodeAsync(), "Node is not installed.");
        var judge = Path.GetTempFileName() + ".js";
        await File.WriteAllTextAsync(judge, Judge, TestContext.Current.CancellationToken);
        try
        {
            await compare(judge, package);
        }
        finally
        {
            File.Delete(judge);
        }
    }

    private static async Task<bool> HasNodeAsync()
    {
        try
        {
            await RunAsync("", "--version");
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<IReadOnlyList<string>> DifferencesAsync(string judge, string package, (string Text, string Data)[] batch)
    {
        var answers = new List<string>();
        for (var exhausted = 0; answers.Count < batch.Length; exhausted++)
        {
            var rest = batch.Skip(answers.Count).Select(one => new JsonObject { ["text"] = one.Text, ["data"] = JsonNode.Parse(one.Data) }.ToJsonString() + "\n");
            var output = await RunAsync(string.Concat(rest), ReferenceMemory, judge, package);
            answers.AddRange(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            if (answers.Count < batch.Length)
            {
                // The reference has no budget: an expression that uses up its memory ends Node, and there is nothing to agree with.
                Assert.True(exhausted < MostExhausted, "The reference ended more often than expressions use up its memory.");
                answers.Add("""{"code":"none"}""");
            }
        }

        return [.. batch.Zip(answers).Select(pair => Difference(pair.First.Text, pair.First.Data, AslValue.Parse(pair.Second))).OfType<string>()];
    }

    private static string? Difference(string text, string data, AslValue theirs)
    {
        AslValue ours;
        try
        {
            var result = JsonataExpression.Compile(text).Evaluate(
                AslValue.Parse(data), NoVariables.Instance, TimeProvider.System, JsonataLimits.Default, TestContext.Current.CancellationToken);
            ours = result is null ? AslValue.Object(("nothing", AslValue.True)) : AslValue.Object(("result", Plain(result)));
        }
        catch (JsonataException error)
        {
            ours = AslValue.Object(("code", AslValue.Of(error.Code)));
        }

        // Where the reference itself breaks (a TypeError of JavaScript) there is nothing to agree with. It evaluates the parts of an array or
        // an object at once, so that of two errors either may come first: both are failures then, and in all other expressions the same ones.
        var areFailures = ours.Find("code") is not null && theirs.Find("code") is not null && EvaluatesPartsAtOnce(text);
        return areFailures || LosesRegex(text) || HasAbsent(theirs) || theirs.Find("code") is { Text: "none" } || Operand.DeepEquals(ours, theirs) ? null : $"{text}\n  on {data}\n  gave {ours} here, {theirs} there";
    }

    /// <summary>True when the answer has absent items, which no JSON holds: the reference keeps what a predicate finds true about nothing.</summary>
    private static bool HasAbsent(AslValue value) => value.Kind switch
    {
        AslKind.String => value.Text == "absent",
        AslKind.Array => value.Items.ToArray().Any(HasAbsent),
        AslKind.Object => value.Members.ToArray().Any(member => HasAbsent(member.Value)),
        _ => false,
    };

    /// <summary>
    /// True when a regular expression stands before <c>?:</c> or <c>??</c>. Version 2.2.2 copies what stands there as JSON, in which a regular expression
    /// is an empty object that matches nothing.
    /// </summary>
    private static bool LosesRegex(string text) => RegexBeforeDefault().IsMatch(text);

    [GeneratedRegex(@"/\[a-z0-9\].*\?[?:]|/\(\[a-z\].*\?[?:]")]
    private static partial Regex RegexBeforeDefault();

    /// <summary>True when the expression has an array of several expressions, or an object or a grouping that may have several members.</summary>
    private static bool EvaluatesPartsAtOnce(string text)
    {
        try
        {
            return EvaluatesPartsAtOnce(Parser.Parse(text));
        }
        catch (JsonataException)
        {
            // Not an expression, so nothing was evaluated.
            return false;
        }
    }

    private static bool EvaluatesPartsAtOnce(SyntaxNode? node) => node is not null
        && ((node is { Kind: SyntaxKind.Unary, Text: "[" } && node.Children.Count > 1)
            || node.Pairs.Count > 1
            || node.Pairs.Any(pair => pair.Key.Kind != SyntaxKind.String || EvaluatesPartsAtOnce(pair.Value))
            || new[] { node.Left, node.Right, node.Third }.Concat(node.Children).Concat(node.Terms.Select(term => term.Expression)).Any(EvaluatesPartsAtOnce));

    private static AslValue Plain(AslValue value) => value.Kind switch
    {
        AslKind.Function => AslValue.Of("function"),
        AslKind.Number when !double.IsFinite(value.Number) => AslValue.Of(JavaScriptNumber.Text(value.Number)),
        AslKind.Array => AslValue.Array([.. value.Items.ToArray().Select(Plain)]),
        AslKind.Object => AslValue.Object([.. value.Members.ToArray().Select(member => KeyValuePair.Create(member.Key, Plain(member.Value)))]),
        _ => value,
    };

    private static async Task<string> RunAsync(string input, params string[] arguments)
    {
        using var node = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var output = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        return await output;
    }

    private static Gen<string> Data(int depth)
    {
        var scalar = Gen.OneOf<string>("0", "1", "2", "3", "-4", "2.5", "\"x\"", "\"y z\"", "\"3\"", "true", "false", "null");
        if (depth == 0)
        {
            return scalar;
        }

        var inner = Data(depth - 1);
        var member = Gen.Select(Gen.OneOf<string>("a", "b", "c", "d", "e f"), inner);
        return Gen.Frequency(
            (1, scalar),
            (3, inner.Array[0, 4].Select(items => $"[{string.Join(',', items)}]")),
            (5, member.Array[1, 5].Select(members => "{" + string.Join(',', members.DistinctBy(one => one.Item1).Select(one => $"\"{one.Item1}\":{one.Item2}")) + "}")));
    }

    private static Gen<string> Expressions()
    {
        var level = Gen.OneOf<string>(s_scalars, s_names, s_names, Gen.Const("$"));
        for (var depth = 0; depth < 3; depth++)
        {
            level = Gen.Frequency((1, level), (2, Paths(level)), (2, Operators(level)), (1, Constructors(level)), (3, Calls(level)));
        }

        return level;
    }

    private static Gen<string> Paths(Gen<string> inner) => Gen.OneOf<string>(
        Gen.Select(s_names, s_names, (a, b) => $"{a}.{b}"),
        Gen.Select(s_names, inner, (a, b) => $"{a}.({b})"),
        Gen.Select(s_names, inner, (a, b) => $"{a}[{b}]"),
        Gen.Select(s_names, s_names, Gen.Int[-2, 2], (a, b, i) => $"{a}.{b}[{i}]"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}[].{b}"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}.{b}[]"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}.*.{b}"),
        s_names.Select(a => $"**.{a}"),
        Gen.Select(s_names, s_names, (a, b) => $"$$.{a}.{b}"),
        Gen.Select(s_names, inner, s_names, (a, b, c) => $"{a}.[{b}, {c}]"),
        Gen.Select(s_names, s_names, inner, (a, b, c) => $"{a}.{b}.{{\"k\": {c}}}"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}.{b}.%.{b}"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}#$i.{{\"i\": $i, \"v\": {b}}}"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}@$v.{{\"w\": $v.{b}}}"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}^({b})"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}^(>{b}).{b}"),
        Gen.Select(s_names, s_names, (a, b) => $"{a}{{$string({b}): $count($)}}"));

    private static Gen<string> Operators(Gen<string> inner) => Gen.OneOf<string>(
        Gen.Select(inner, Gen.OneOf<string>("+", "-", "*", "/", "%"), inner, (a, o, b) => $"({a} {o} {b})"),
        Gen.Select(inner, Gen.OneOf<string>("=", "!=", "<", "<=", ">", ">=", "in"), inner, (a, o, b) => $"({a} {o} {b})"),
        Gen.Select(inner, Gen.OneOf<string>("and", "or", "&"), inner, (a, o, b) => $"({a} {o} {b})"),
        Gen.Select(inner, Gen.OneOf<string>("?:", "??"), inner, (a, o, b) => $"({a} {o} {b})"),
        Gen.Select(inner, inner, inner, (a, b, c) => $"({a} ? {b} : {c})"),
        inner.Select(a => $"-({a})"));

    private static Gen<string> Constructors(Gen<string> inner) => Gen.OneOf<string>(
        inner.Array[0, 3].Select(items => $"[{string.Join(", ", items)}]"),
        Gen.Select(inner, inner, (a, b) => $"{{\"x\": {a}, \"y\": {b}}}"),
        Gen.Select(Gen.Int[-2, 3], Gen.Int[-2, 6], (a, b) => $"[{a}..{b}]"),
        Gen.Select(inner, inner, (a, b) => $"($x := {a}; [$x, {b}])"),
        Gen.Select(inner, inner, (a, b) => $"($f := function($p, $q){{ [$p, $q] }}; $f({a}, {b}))"));

    private static Gen<string> Calls(Gen<string> inner) => Gen.OneOf<string>(
        Gen.Select(
            Gen.OneOf<string>(
                "sum", "count", "max", "min", "average", "string", "number", "boolean", "not", "exists", "type", "length", "uppercase", "lowercase",
                "trim", "abs", "floor", "ceil", "round", "sqrt", "keys", "spread", "merge", "reverse", "distinct", "sort", "base64encode", "encodeUrl", "zip"),
            inner,
            (name, a) => $"${name}({a})"),
        Gen.Select(
            Gen.OneOf<string>("append", "lookup", "substring", "substringBefore", "substringAfter", "contains", "split", "join", "pad", "power", "round", "formatBase", "zip"),
            inner,
            inner,
            (name, a, b) => $"${name}({a}, {b})"),
        Gen.Select(inner, inner, (a, b) => $"$map({a}, function($v, $i){{ [$v, $i, {b}] }})"),
        Gen.Select(inner, inner, (a, b) => $"$filter({a}, function($v){{ $v = {b} }})"),
        inner.Select(a => $"$reduce({a}, function($p, $v){{ $string($p) & $string($v) }})"),
        inner.Select(a => $"$each({a}, function($v, $k){{ $k & $string($v) }})"),
        inner.Select(a => $"$sift({a}, function($v){{ $exists($v) }})"),
        inner.Select(a => $"{a} ~> $count()"),
        inner.Select(a => $"$string({a}) ~> $match(/[a-z0-9]+/)"),
        Gen.Select(inner, inner, (a, b) => $"$replace($string({a}), /([a-z])(.)?/, \"<$2$1>\")"),
        Gen.Select(inner, Gen.OneOf<string>("#,##0.00", "0.0", "00", "#0.###", "0.0e0", "01%"), (a, p) => $"$formatNumber($number({a}), \"{p}\")"),
        Gen.Select(Gen.Int[-50, 5000], Gen.OneOf<string>("0000", "w", "Ww;o", "I", "a", "#,##0", "1;o"), (a, p) => $"$formatInteger({a}, \"{p}\")"),
        Gen.Select(Gen.Long[0, 4_000_000_000_000], Gen.OneOf<string>("[Y]-[M01]-[D01]", "[FNn] [D1o] [MNn,3-3] [Y0001]", "[h]:[m] [P]", "[W] [w] [X] [x] [d] [F]"), (a, p) =>
            $"$fromMillis({a}, \"{p}\")"));

    private sealed class NoVariables : IJsonataScope
    {
        public static NoVariables Instance { get; } = new();

        public AslValue? Variable(string name) => null;
    }
}
