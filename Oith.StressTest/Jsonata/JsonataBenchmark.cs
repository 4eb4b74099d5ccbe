using System.Diagnostics;
using Jint;
using Jint.Native;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.StressTest.Jsonata;

/// <summary>Evaluates the same expressions on the same input by both engines, in turns, so that a busy machine slows both.</summary>
internal sealed class JsonataBenchmark : IDisposable
{
    private const int Turns = 4;

    private const string Input =
        """
        {"order":{"id":"o-17","customer":{"name":"Ada","tier":"gold"},"items":[
        {"sku":"a1","price":12.5,"quantity":2,"tags":["x","y"]},{"sku":"b2","price":3.99,"quantity":10,"tags":[]},
        {"sku":"c3","price":120,"quantity":1,"tags":["y","z"]},{"sku":"d4","price":0.5,"quantity":200,"tags":["x"]}]}}
        """;

    private readonly Jint.Engine _jint = new();
    private readonly AslValue _input = AslValue.Parse(Input);
    private readonly NoVariables _scope = new();

    /// <param name="script">The text of jsonata.js.</param>
    public JsonataBenchmark(string script)
    {
        _jint.Execute("var module = { exports: {} }; var exports = module.exports;");
        _jint.Execute(script);
        _jint.Execute(
            """
            var jsonata = module.exports;
            var expression, input;
            function prepare(text, json) { expression = jsonata(text); input = JSON.parse(json); }
            async function repeat(times) { var result; for (var i = 0; i < times; i++) { result = await expression.evaluate(input); } return JSON.stringify(result); }
            """);
    }

    /// <summary>What a state machine typically asks: a member, a sum, a filter, a mapping, grouping, ordering, text.</summary>
    public static IReadOnlyList<string> Expressions { get; } =
    [
        "order.customer.name",
        "$sum(order.items.(price * quantity))",
        "order.items[price > 10].sku",
        "order.items.{\"sku\": sku, \"total\": price * quantity}",
        "order.items{sku: quantity}",
        "order.items^(>price).sku",
        "$join(order.items.sku, \", \") & \" for \" & $uppercase(order.customer.name)",
        "$map(order.items, function($item, $i){ $i & \":\" & $item.sku })",
        "$reduce(order.items.quantity, function($a, $b){ $a + $b })",
        "($f := function($n){ $n <= 1 ? 1 : $n * $f($n - 1) }; $f(10))",
    ];

    public void Dispose() => _jint.Dispose();

    /// <returns>Evaluations a second: LocalCloud's, Jint's.</returns>
    public (double Ours, double Theirs) Measure(string text, TimeSpan time, CancellationToken cancellationToken)
    {
        var compiled = JsonataExpression.Compile(text);
        _jint.Invoke("prepare", text, Input);
        var expected = Repeat(1);
        var actual = Evaluate(compiled, cancellationToken)!.ToJson();
        if (!AslValue.Parse(expected).JsonEquals(AslValue.Parse(actual)))
        {
            throw new InvalidOperationException($"The engines differ on {text}: {actual} here, {expected} there.");
        }

        var (ours, theirs) = (0.0, 0.0);
        for (var turn = 0; turn < Turns; turn++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ours += Rate(time / Turns, 1000, times =>
            {
                for (var i = 0; i < times; i++)
                {
                    Evaluate(compiled, cancellationToken);
                }
            });
            theirs += Rate(time / Turns, 10, times => Repeat(times));
        }

        return (ours / Turns, theirs / Turns);
    }

    private static double Rate(TimeSpan time, int batch, Action<int> run)
    {
        var watch = Stopwatch.StartNew();
        var count = 0L;
        while (watch.Elapsed < time)
        {
            run(batch);
            count += batch;
        }

        return count / watch.Elapsed.TotalSeconds;
    }

    private AslValue? Evaluate(JsonataExpression expression, CancellationToken cancellationToken) =>
        expression.Evaluate(_input, _scope, TimeProvider.System, JsonataLimits.Default, cancellationToken);

    private string Repeat(int times) => _jint.Invoke("repeat", JsNumber.Create(times)).UnwrapIfPromise().AsString();

    private sealed class NoVariables : IJsonataScope
    {
        public AslValue? Variable(string name) => null;
    }
}
