using System.Globalization;
using Oith.LocalCloud.Schedules;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.Scheduler;

public sealed class ZonedScheduleTests
{
    [Theory]
    [InlineData("rate(5 minutes)", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:02:00Z")]
    [InlineData("rate(5 minutes)", "UTC", "2026-01-01T00:02:00Z", "2026-01-01T00:07:00Z")]
    [InlineData("cron(0 4 * * ? *)", "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T03:00:00Z")]
    [InlineData("cron(0 4 * * ? *)", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T02:00:00Z")]
    // The clock goes from 02:00 to 03:00 on the 29th: that day has no 02:30.
    [InlineData("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z")]
    // The clock shows 02:30 twice on the 25th: the schedule runs once.
    [InlineData("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("at(2026-01-02T03:04:05)", "America/New_York", "2026-01-01T00:00:00Z", "2026-01-02T08:04:05Z")]
    [InlineData("at(2026-01-02T03:04:05)", "UTC", "2026-01-02T03:04:05Z", null)]
    public void Next_Run_Is_On_The_Clock_Of_The_Zone(string expression, string zone, string after, string? expected)
    {
        var start = Time("2026-01-01T00:02:00Z");

        var next = ZonedSchedule.Parse(expression, zone).Next(Time(after), start);

        Assert.Equal(expected is null ? null : Time(expected), next);
    }

    [Theory]
    [InlineData("rate(5 minutess)", "UTC", "Invalid Schedule Expression rate(5 minutess).")]
    [InlineData("at(2026-01-02)", "UTC", "Invalid Schedule Expression at(2026-01-02).")]
    [InlineData("rate(5 minutes)", "Mars/Olympus", "Invalid Schedule Expression Timezone.")]
    public void Wrong_Schedule_Is_Refused(string expression, string zone, string message) =>
        Assert.Equal(message, Assert.Throws<AwsServiceException>(() => ZonedSchedule.Parse(expression, zone)).Message);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
