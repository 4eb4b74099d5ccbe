using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Alarms;

namespace Oith.Tests.LocalCloud.CloudWatch;

/// <summary>The examples of AWS's page on missing data: 0 is a good datapoint, X a breaching one, - a missing one; the newest stands last.</summary>
public sealed class AlarmRulesTests
{
    private const string Retain = "(stays)";

    [Theory]
    [InlineData("0 - X - X", 3, "OK", "OK", "OK", "OK")]
    [InlineData("0 - - - -", 3, "OK", "OK", "OK", "OK")]
    [InlineData("- - - - -", 3, "INSUFFICIENT_DATA", Retain, "ALARM", "OK")]
    [InlineData("0 X X - X", 3, "ALARM", "ALARM", "ALARM", "ALARM")]
    [InlineData("- - X - -", 3, "ALARM", Retain, "ALARM", "OK")]
    [InlineData("- - - - X", 3, Retain, Retain, "ALARM", "OK")]
    [InlineData("- - - X -", 3, Retain, Retain, "ALARM", "OK")]
    [InlineData("0 - X - X", 2, "ALARM", "ALARM", "ALARM", "ALARM")]
    [InlineData("0 0 X 0 X", 2, "ALARM", "ALARM", "ALARM", "ALARM")]
    [InlineData("0 - X - -", 2, "OK", "OK", "ALARM", "OK")]
    [InlineData("- - - - 0", 2, "OK", "OK", "ALARM", "OK")]
    [InlineData("- - - X -", 2, "ALARM", Retain, "ALARM", "OK")]
    public void Missing_Data_Is_Treated_As_Aws_Documents(string range, int toAlarm, string missing, string ignore, string breaching, string notBreaching)
    {
        Assert.Equal(missing, Decide(range, toAlarm, "missing"));
        Assert.Equal(ignore, Decide(range, toAlarm, "ignore"));
        Assert.Equal(breaching, Decide(range, toAlarm, "breaching"));
        Assert.Equal(notBreaching, Decide(range, toAlarm, "notBreaching"));
    }

    [Theory]
    [InlineData("GreaterThanThreshold", 5, false)]
    [InlineData("GreaterThanOrEqualToThreshold", 5, true)]
    [InlineData("LessThanThreshold", 5, false)]
    [InlineData("LessThanOrEqualToThreshold", 5, true)]
    public void Comparison_Meets_The_Threshold_Itself_When_It_Says_So(string comparison, double value, bool breaches) =>
        Assert.Equal(breaches, AlarmRules.Comparison(Definition(1, 1, "missing", comparison))(value));

    [Theory]
    [InlineData("X", 1, 1, "missing", "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (01/01/26 00:00:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).")]
    [InlineData("0", 1, 1, "missing", "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (01/01/26 00:00:00)] was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).")]
    [InlineData("X X", 2, 2, "missing", "Threshold Crossed: 2 out of the last 2 datapoints [9.0 (01/01/26 00:01:00), 9.0 (01/01/26 00:00:00)] were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).")]
    [InlineData("- -", 2, 2, "breaching", "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].")]
    [InlineData("-", 1, 1, "notBreaching", "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].")]
    [InlineData("- - -", 3, 3, "missing", "Insufficient Data: 3 datapoints were unknown.")]
    public void Reason_Is_Worded_As_Aws_Words_It(string range, int periods, int toAlarm, string treatment, string reason) =>
        Assert.Equal(reason, AlarmRules.Decide(Definition(periods, toAlarm, treatment), treatment, Range(range)).Reason);

    private static string Decide(string range, int toAlarm, string treatment) => AlarmRules.Decide(Definition(3, toAlarm, treatment), treatment, Range(range)).State ?? Retain;

    private static List<AlarmDatapoint> Range(string text)
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return [.. text.Split(' ').Select((symbol, index) => new AlarmDatapoint(start.AddMinutes(index), symbol switch
        {
            "X" => 9,
            "0" => 1,
            _ => null,
        })).Reverse()];
    }

    private static JsonObject Definition(int periods, int toAlarm, string treatment, string comparison = "GreaterThanThreshold") => new()
    {
        ["EvaluationPeriods"] = periods,
        ["DatapointsToAlarm"] = toAlarm,
        ["Threshold"] = 5,
        ["ComparisonOperator"] = comparison,
        ["TreatMissingData"] = treatment,
    };
}
