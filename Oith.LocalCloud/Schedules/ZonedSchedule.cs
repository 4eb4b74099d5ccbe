using System.Globalization;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Schedules;

/// <summary>
/// When a schedule of the EventBridge Scheduler runs: <c>rate(5 minutes)</c> from its start on, <c>cron(0 4 * * ? *)</c> or
/// <c>at(2026-01-31T09:00:00)</c> on the clock of a time zone.
/// </summary>
internal sealed class ZonedSchedule
{
    private readonly ScheduleExpression? _expression;
    private readonly DateTimeOffset? _once;
    private readonly TimeZoneInfo _zone;

    private ZonedSchedule(ScheduleExpression? expression, DateTimeOffset? once, TimeZoneInfo zone) => (_expression, _once, _zone) = (expression, once, zone);

    /// <summary>It runs once at most.</summary>
    public bool IsOnce => _once is not null;

    /// <param name="text">The expression.</param>
    /// <param name="zone">A name of the IANA database: <c>Europe/Berlin</c>.</param>
    /// <exception cref="AwsServiceException">ValidationException.</exception>
    public static ZonedSchedule Parse(string text, string zone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found))
        {
            throw AwsServiceException.Validation("Invalid Schedule Expression Timezone.");
        }

        if (text.StartsWith("at(", StringComparison.Ordinal) && text.EndsWith(')'))
        {
            return DateTime.TryParseExact(text[3..^1], "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var wall)
                ? new ZonedSchedule(null, OnClock(wall, found), found)
                : throw Invalid(text);
        }

        try
        {
            return new ZonedSchedule(ScheduleExpression.Parse(text), null, found);
        }
        catch (AwsServiceException)
        {
            throw Invalid(text);
        }
    }

    /// <summary>The first run after <paramref name="time"/>, null when there is none.</summary>
    /// <param name="time">The present.</param>
    /// <param name="start">When a rate runs first.</param>
    public DateTimeOffset? Next(DateTimeOffset time, DateTimeOffset start)
    {
        if (_once is not null)
        {
            return _once > time ? _once : null;
        }

        if (_expression!.Period is { } period)
        {
            if (time < start)
            {
                return start;
            }

            var elapsed = period * Math.Floor((time - start) / period);
            return period < DateTimeOffset.MaxValue - start - elapsed ? start + elapsed + period : null;
        }

        var wall = TimeZoneInfo.ConvertTime(time, _zone).DateTime;
        while (_expression.Next(new DateTimeOffset(wall, TimeSpan.Zero)) is { } next)
        {
            wall = next.DateTime;
            // A clock that is put forward never shows some times; a schedule at such a time is left out.
            if (!_zone.IsInvalidTime(wall) && OnClock(wall, _zone) is var run && run > time)
            {
                return run;
            }
        }

        return null;
    }

    private static DateTimeOffset OnClock(DateTime wall, TimeZoneInfo zone) => new DateTimeOffset(wall, zone.GetUtcOffset(wall)).ToUniversalTime();

    private static AwsServiceException Invalid(string text) => AwsServiceException.Validation($"Invalid Schedule Expression {text}.");
}
