using System.Globalization;
using Oith.LocalCloud.Schedules;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.EventBridge;

public sealed class ScheduleExpressionTests
{
    [Theory]
    [InlineData("rate(1 minute)", "2026-01-01T00:00:30Z", "2026-01-01T00:01:30Z")]
    [InlineData("rate(5 hours)", "2026-01-01T00:00:00Z", "2026-01-01T05:00:00Z")]
    [InlineData("cron(0 4 * * ? *)", "2026-01-01T04:00:00Z", "2026-01-02T04:00:00Z")]
    [InlineData("cron(0 4 * * ? *)", "2026-01-01T03:59:59Z", "2026-01-01T04:00:00Z")]
    [InlineData("cron(0/15 * * * ? *)", "2026-01-01T10:46:00Z", "2026-01-01T11:00:00Z")]
    [InlineData("cron(0 18 ? * MON-FRI *)", "2026-01-02T18:00:00Z", "2026-01-05T18:00:00Z")]
    [InlineData("cron(5,35 14 * * ? *)", "2026-01-01T14:05:00Z", "2026-01-01T14:35:00Z")]
    [InlineData("cron(0 0 L * ? *)", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("cron(0 0 15W * ? *)", "2026-02-01T00:00:00Z", "2026-02-16T00:00:00Z")]
    [InlineData("cron(0 2 ? * SAT#3 *)", "2026-01-01T00:00:00Z", "2026-01-17T02:00:00Z")]
    [InlineData("cron(15 10 ? * 6L *)", "2026-01-01T00:00:00Z", "2026-01-30T10:15:00Z")]
    [InlineData("cron(0 12 1 JAN ? 2027-2028)", "2026-06-01T00:00:00Z", "2027-01-01T12:00:00Z")]
    [InlineData("cron(0 12 1 1 ? 2020)", "2026-06-01T00:00:00Z", null)]
    public void Schedule_Names_Its_Next_Run(string expression, string after, string? next)
    {
        var found = ScheduleExpression.Parse(expression).Next(DateTimeOffset.Parse(after, CultureInfo.InvariantCulture));
        Assert.Equal(next is null ? null : DateTimeOffset.Parse(next, CultureInfo.InvariantCulture), found);
    }

    [Theory]
    [InlineData("rate(0 minutes)")]
    [InlineData("rate(1 minutes)")]
    [InlineData("rate(5 minute)")]
    [InlineData("rate(5 seconds)")]
    [InlineData("cron(0 1 * * * *)")]
    [InlineData("cron(71 8 1 * ? *)")]
    [InlineData("cron(0 dummy ? * MON-FRI *)")]
    [InlineData("cron(0 4 * * ?)")]
    [InlineData("every day")]
    public void Schedule_Is_Refused_When_It_Is_Not_Valid(string expression)
    {
        var error = Assert.Throws<AwsServiceException>(() => ScheduleExpression.Parse(expression));
        Assert.Equal("Parameter ScheduleExpression is not valid.", error.Message);
    }
}
