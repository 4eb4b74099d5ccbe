using System.Text.Json.Nodes;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.StepFunctions.JSONata;

namespace Oith.Tests.LocalCloud.StepFunctions;

/// <summary>An expression cannot hold a thread, end the stack or fill the memory.</summary>
public sealed class JsonataBudgetTests
{
    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("-", "")]
    [InlineData("{\"a\":", "}")]
    [InlineData("function(){", "}")]
    [InlineData("$f(", ")")]
    [InlineData("a[", "]")]
    [InlineData("true ? ", "")]
    public void Compile_Fails_When_The_Source_Nests_25000_Deep(string opening, string closing)
    {
        var text = Repeated(25_000, opening) + "1" + Repeated(25_000, closing);
        Assert.Equal("U1001", Assert.Throws<JsonataException>(() => JsonataExpression.Compile(text)).Code);
    }

    [Theory]
    [InlineData(" & ")]
    [InlineData(" + ")]
    [InlineData("[0]")]
    [InlineData(" ~> ")]
    public void Compile_Fails_When_A_Chain_Of_Operators_Is_Endless(string link) =>
        Assert.Equal("U1001", Assert.Throws<JsonataException>(() => JsonataExpression.Compile("$x" + Repeated(25_000, link + (link[0] == '[' ? "" : "$x")))).Code);

    [Theory]
    [InlineData("($f := function($n){ 1 + $f($n + 1) }; $f(0))")]
    [InlineData("$reduce([1..5000], function($a, $b){ [[$a]] }, 1)")]
    [InlineData("$reduce([1..5000], function($a, $b){ {\"a\": $a} }, 1)")]
    [InlineData("($d := function($s, $n){ $n = 0 ? $s : $d($s & $s, $n - 1) }; $d('0123456789', 40))")]
    [InlineData("$pad('x', 1000000000)")]
    [InlineData("[1..9000000]")]
    [InlineData("$map([1..2000], function($i){ [1..2000] })")]
    [InlineData("$join($map([1..1000], function($i){ $pad('x', 100000) }))")]
    public void Evaluation_Fails_When_It_Nests_Or_Produces_Too_Much(string text) =>
        Assert.Equal("U1001", Assert.Throws<JsonataException>(() => Evaluate(text, JsonataLimits.Default)).Code);

    [Theory]
    [InlineData("($f := function(){ $f() }; $f())")]
    [InlineData("($f := function($n){ $f($n + 1) }; $f(0))")]
    [InlineData("$sort([1..100000], function($a, $b){ $sum([1..50]) > 0 })")]
    public void Evaluation_Fails_When_It_Takes_Too_Long(string text) => Assert.Equal(
        "U1001",
        Assert.Throws<JsonataException>(() => Evaluate(
            text, new JsonataLimits { Time = TimeSpan.FromMilliseconds(50), Cells = long.MaxValue })).Code);

    [Theory]
    [InlineData("$contains($pad('a', 40000, 'a'), /(a+)+b/)", "false")]
    [InlineData("$contains($pad('a', 40000, 'a'), /^(a|a)*$/)", "true")]
    public void Regex_Is_Linear_When_A_Backtracking_One_Would_Not_End(string text, string expected) =>
        Assert.Equal(expected, Evaluate(text, JsonataLimits.Default)!.ToJson());

    [Fact]
    public void Regex_Fails_When_It_Must_Backtrack_Without_End() =>
        Assert.Equal("U1001", Assert.Throws<JsonataException>(() => Evaluate(@"$contains($pad('a', 4000, 'a'), /^(a+)+(?=b)c\1/)", JsonataLimits.Default)).Code);

    [Fact]
    public void Data_Is_Refused_When_It_Nests_Deeper_Than_A_Value_May()
    {
        var input = AslValue.Parse(Repeated(900, "[") + Repeated(900, "]"));
        Assert.Equal("U1001", Assert.Throws<JsonataException>(() => JsonataExpression.Compile("[$]").Evaluate(
            AslValue.Object(("a", input)), NoVariables.Instance, TimeProvider.System, JsonataLimits.Default, CancellationToken.None)).Code);
    }

    [Fact]
    public async Task Stop_Cuts_An_Endless_Expression_When_The_Execution_Is_Stopped()
    {
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync(
            "endless",
            """
            {"QueryLanguage":"JSONata","StartAt":"Spin","States":{"Spin":{"Type":"Pass","Output":"{% ($f := function(){ $f() }; $f()) %}","End":true}}}
            """);
        var execution = await client.StartAsync(machine);
        await client.CallAsync("StopExecution", new JsonObject { ["executionArn"] = execution, ["error"] = "Enough" });
        var ended = await client.EndAsync(execution);
        Assert.Equal(("ABORTED", "Enough"), (ended["status"]!.GetValue<string>(), ended["error"]!.GetValue<string>()));
    }

    /// <summary>An expression may take five seconds; RedriveExecution answers when the stopped one has ended.</summary>
    [Theory]
    [InlineData("($f := function(){ $f() }; $f())")]
    [InlineData("($d := function($n){ $n = 0 ? 0 : 1 + $d($n - 1) }; $f := function(){ ($d(500); $f()) }; $f())")]
    [InlineData("$sort([1..100000], function($a, $b){ $sum([1..50]) > 0 })")]
    public async Task Stop_Ends_An_Evaluation_Long_Before_Its_Budget_Is_Used_Up(string expression)
    {
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync(
            "spinning", """{"QueryLanguage":"JSONata","StartAt":"Spin","States":{"Spin":{"Type":"Pass","Output":"{% EXPRESSION %}","End":true}}}"""
                .Replace("EXPRESSION", expression, StringComparison.Ordinal));
        var execution = await client.StartAsync(machine);
        await client.UntilEventAsync(execution, "PassStateEntered");
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var round = 0; round < 4; round++)
        {
            await client.CallAsync("StopExecution", new JsonObject { ["executionArn"] = execution });
            await client.CallAsync("RedriveExecution", new JsonObject { ["executionArn"] = execution });
        }

        await client.CallAsync("StopExecution", new JsonObject { ["executionArn"] = execution });
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < 3 * JsonataLimits.Default.Time, "The evaluations ran on until their budget was used up.");
    }

    [Fact]
    public void Evaluation_Ends_At_Once_When_It_Is_Cancelled()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => JsonataExpression.Compile("($f := function(){ $f() }; $f())").Evaluate(
            null, NoVariables.Instance, TimeProvider.System, new JsonataLimits { Time = TimeSpan.FromMinutes(10) }, stop.Token));
    }

    private static AslValue? Evaluate(string text, JsonataLimits limits) =>
        JsonataExpression.Compile(text).Evaluate(null, NoVariables.Instance, TimeProvider.System, limits, TestContext.Current.CancellationToken);

    private static string Repeated(int count, string part) => string.Concat(Enumerable.Repeat(part, count));

    private sealed class NoVariables : IJsonataScope
    {
        public static NoVariables Instance { get; } = new();

        public AslValue? Variable(string name) => null;
    }
}
