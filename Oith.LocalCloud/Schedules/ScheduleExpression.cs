using System.Globalization;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Schedules;

/// <summary>When a rule runs: <c>rate(5 minutes)</c> or <c>cron(0 4 * * ? *)</c>, in UTC.</summary>
internal abstract class ScheduleExpression
{
    /// <summary>The time between two runs of a rate, null for a cron expression.</summary>
    public virtual TimeSpan? Period => null;

    /// <summary>The first run after <paramref name="time"/>, null when there is none.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset time);

    /// <exception cref="AwsServiceException">ValidationException.</exception>
    public static ScheduleExpression Parse(string text) =>
        Inside(text, "rate") is { } rate ? RateExpression.Parse(rate)
        : Inside(text, "cron") is { } cron ? CronExpression.Parse(cron)
        : throw Invalid();

    protected static AwsServiceException Invalid() => AwsServiceException.Validation("Parameter ScheduleExpression is not valid.");

    private static string? Inside(string text, string function) =>
        text.StartsWith(function + "(", StringComparison.Ordinal) && text.EndsWith(')') ? text[(function.Length + 1)..^1] : null;

    /// <summary><c>1 minute</c>, <c>5 hours</c>: the unit is singular with 1 and plural else.</summary>
    private sealed class RateExpression(TimeSpan period) : ScheduleExpression
    {
        // The calendar ends before a longer period has passed, and a TimeSpan holds no more than 10 million days.
        private const int LongestDays = 4_000_000;

        public static new RateExpression Parse(string text)
        {
            if (text.Split(' ') is not [var count, var unit] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < 1)
            {
                throw Invalid();
            }

            return new RateExpression((unit, value == 1) switch
            {
                ("minute", true) or ("minutes", false) => TimeSpan.FromMinutes(value),
                ("hour", true) or ("hours", false) => TimeSpan.FromHours(value),
                ("day", true) or ("days", false) => TimeSpan.FromDays(Math.Min(value, LongestDays)),
                _ => throw Invalid(),
            });
        }

        public override TimeSpan? Period => period;

        public override DateTimeOffset? Next(DateTimeOffset time) => period < DateTimeOffset.MaxValue - time ? time + period : null;
    }

    /// <summary>Six fields: minutes, hours, day of month, month, day of week, year.</summary>
    private sealed class CronExpression : ScheduleExpression
    {
        private const int FirstYear = 1970;
        private const int LastYear = 2199;

        private static readonly string[] s_months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
        private static readonly string[] s_days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

        private readonly SortedSet<int> _minutes;
        private readonly SortedSet<int> _hours;
        private readonly SortedSet<int> _months;
        private readonly SortedSet<int> _years;
        private readonly Func<DateOnly, bool> _matchesDay;

        private CronExpression(string[] fields)
        {
            _minutes = Values(fields[0], 0, 59, []);
            _hours = Values(fields[1], 0, 23, []);
            _months = Values(fields[3], 1, 12, s_months);
            _years = Values(fields[5], FirstYear, LastYear, []);
            _matchesDay = (fields[2], fields[4]) switch
            {
                ("?", "?") => throw Invalid(),
                (var day, "?") => DayOfMonth(day),
                ("?", var day) => DayOfWeek(day),
                _ => throw Invalid(),
            };
        }

        public static new CronExpression Parse(string text)
        {
            var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length == 6 ? new CronExpression(fields) : throw Invalid();
        }

        public override DateTimeOffset? Next(DateTimeOffset time)
        {
            var start = time.UtcDateTime;
            start = start.AddTicks(-(start.Ticks % TimeSpan.TicksPerMinute)).AddMinutes(1);
            foreach (var year in _years.GetViewBetween(start.Year, LastYear))
            {
                foreach (var month in _months)
                {
                    for (var day = 1; day <= DateTime.DaysInMonth(year, month); day++)
                    {
                        var date = new DateOnly(year, month, day);
                        if (date >= DateOnly.FromDateTime(start) && _matchesDay(date) && FirstTime(date, start) is { } found)
                        {
                            return found;
                        }
                    }
                }
            }

            return null;
        }

        private DateTimeOffset? FirstTime(DateOnly date, DateTime start)
        {
            foreach (var hour in _hours)
            {
                foreach (var minute in _minutes)
                {
                    var candidate = date.ToDateTime(new TimeOnly(hour, minute), DateTimeKind.Utc);
                    if (candidate >= start)
                    {
                        return candidate;
                    }
                }
            }

            return null;
        }

        /// <summary>A list of values, ranges and steps: <c>*</c>, <c>0/15</c>, <c>8-17</c>, <c>MON-FRI</c>, <c>5,35</c>.</summary>
        private static SortedSet<int> Values(string field, int minimum, int maximum, string[] names)
        {
            var values = new SortedSet<int>();
            foreach (var item in field.Split(','))
            {
                var (range, step) = item.Split('/') switch
                {
                    [var whole] => (whole, 0),
                    [var whole, var every] when int.TryParse(every, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => (whole, number),
                    _ => throw Invalid(),
                };
                var (first, last) = range.Split('-') switch
                {
                    ["*"] => (minimum, maximum),
                    [var only] => (Value(only, minimum, maximum, names), step > 0 ? maximum : Value(only, minimum, maximum, names)),
                    [var from, var to] => (Value(from, minimum, maximum, names), Value(to, minimum, maximum, names)),
                    _ => throw Invalid(),
                };
                // A range over the end wraps: FRI-MON.
                var end = last < first ? last + maximum - minimum + 1 : last;
                for (long value = first; value <= end; value += Math.Max(step, 1))
                {
                    values.Add((int)(value > maximum ? value - (maximum - minimum + 1) : value));
                }
            }

            return values;
        }

        private static int Value(string text, int minimum, int maximum, string[] names)
        {
            var name = Array.IndexOf(names, text.ToUpperInvariant());
            return name >= 0 ? name + minimum
                : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum ? value
                : throw Invalid();
        }

        /// <summary>Also <c>L</c>, the last day, and <c>15W</c>, the weekday nearest to the 15th.</summary>
        private static Func<DateOnly, bool> DayOfMonth(string field)
        {
            if (field == "L")
            {
                return date => date.Day == DateTime.DaysInMonth(date.Year, date.Month);
            }

            if (field.EndsWith('W'))
            {
                var day = Value(field[..^1], 1, 31, []);
                return date => date.Day == NearestWeekday(date.Year, date.Month, day);
            }

            var days = Values(field, 1, 31, []);
            return date => days.Contains(date.Day);
        }

        /// <summary>1 is Sunday. Also <c>6L</c>, the last Friday, and <c>SAT#3</c>, the third Saturday.</summary>
        private static Func<DateOnly, bool> DayOfWeek(string field)
        {
            if (field == "L")
            {
                return date => date.DayOfWeek == System.DayOfWeek.Saturday;
            }

            if (field.EndsWith('L'))
            {
                var last = Value(field[..^1], 1, 7, s_days) - 1;
                return date => (int)date.DayOfWeek == last && date.Day + 7 > DateTime.DaysInMonth(date.Year, date.Month);
            }

            if (field.Split('#') is [var day, var occurrence])
            {
                var (weekday, number) = (Value(day, 1, 7, s_days) - 1, Value(occurrence, 1, 5, []));
                return date => (int)date.DayOfWeek == weekday && (date.Day - 1) / 7 + 1 == number;
            }

            var days = Values(field, 1, 7, s_days);
            return date => days.Contains((int)date.DayOfWeek + 1);
        }

        private static int NearestWeekday(int year, int month, int day)
        {
            var length = DateTime.DaysInMonth(year, month);
            day = Math.Min(day, length);
            return new DateOnly(year, month, day).DayOfWeek switch
            {
                System.DayOfWeek.Saturday => day > 1 ? day - 1 : day + 2,
                System.DayOfWeek.Sunday => day < length ? day + 1 : day - 2,
                _ => day,
            };
        }
    }
}
