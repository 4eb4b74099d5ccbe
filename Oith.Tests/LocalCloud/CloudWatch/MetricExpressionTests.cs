using Oith.LocalCloud.CloudWatch.Expressions;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.CloudWatch;

public sealed class MetricExpressionTests
{
    // Timestamps 0, 60, 120; m2 has no datapoint at 60.
    private static readonly long[] s_grid = [0, 60, 120];

    private static readonly Dictionary<string, SortedDictionary<long, double>> s_metrics = new()
    {
        ["m1"] = new() { [0] = 10, [60] = 20, [120] = 40 },
        ["m2"] = new() { [0] = 1, [120] = 4 },
        ["errors"] = new() { [0] = 0, [60] = 1 },
        ["requests"] = new() { [0] = 0, [60] = 200 },
    };

    [Theory]
    [InlineData("m1 + 1", "0=11 60=21 120=41")]
    [InlineData("m1 + m2", "0=11 120=44")]
    [InlineData("2 + m1 * 3 - 4 / 2", "0=30 60=60 120=120")]
    [InlineData("-m1 ^ 2", "0=-100 60=-400 120=-1600")]
    [InlineData("(m1 - 10) / 10", "0=0 60=1 120=3")]
    [InlineData("100 * errors / requests", "60=0.5")]
    [InlineData("SUM([m1, m2])", "0=11 60=20 120=44")]
    [InlineData("AVG([m1, m2])", "0=5.5 60=20 120=22")]
    [InlineData("MAX(METRICS())", "0=10 60=200 120=40")]
    [InlineData("SUM(METRICS(\"m\"))", "0=11 60=20 120=44")]
    [InlineData("m1 / MAX(m1)", "0=0.25 60=0.5 120=1")]
    [InlineData("FILL(m2, 0)", "0=1 60=0 120=4")]
    [InlineData("FILL(m2, REPEAT)", "0=1 60=1 120=4")]
    [InlineData("FILL(m2, LINEAR)", "0=1 60=2.5 120=4")]
    [InlineData("IF(m1 > 15, m1, 0)", "0=0 60=20 120=40")]
    [InlineData("IF(m1 > 15 && m1 < 30, 1, 0)", "0=0 60=1 120=0")]
    [InlineData("m1 >= 20 OR m2 == 1", "0=1 120=1")]
    [InlineData("RATE(m1) * 60", "60=10 120=20")]
    [InlineData("DIFF(m1)", "60=10 120=20")]
    [InlineData("RUNNING_SUM(m1)", "0=10 60=30 120=70")]
    [InlineData("TIME_SERIES(PERIOD(m1))", "0=60 60=60 120=60")]
    [InlineData("ABS(m1 - 30)", "0=20 60=10 120=10")]
    public void Expression_Is_Evaluated_At_Each_Timestamp(string expression, string expected)
    {
        var series = Assert.Single(Evaluate(expression).Series);
        Assert.Equal(expected, string.Join(' ', series.Select(pair => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}"))));
    }

    [Theory]
    [InlineData("m1 +")]
    [InlineData("SUM([m1, m2)")]
    [InlineData("m1 m2")]
    [InlineData("SORT(m1)")]
    [InlineData("unknown + 1")]
    [InlineData("m1 # 2")]
    public void Expression_Is_Refused_When_It_Is_Not_Understood(string expression)
    {
        var error = Assert.Throws<AwsServiceException>(() => Evaluate(expression));
        Assert.StartsWith("Error in expression: ", error.Message, StringComparison.Ordinal);
    }

    private static ExpressionValue Evaluate(string expression) => MetricExpression.Parse(expression).Evaluate(new ExpressionContext(
        id => s_metrics.TryGetValue(id, out var series) ? ExpressionValue.Of(series) : throw MetricExpression.Invalid($"no {id}"),
        () => s_metrics.Select(metric => (metric.Key, ExpressionValue.Of(metric.Value))),
        s_grid,
        60));
}
