namespace Oith.LocalCloud.StepFunctions.JSONata.Functions;

/// <summary>The parts of a date and time in UTC, over the whole range of JavaScript's dates, and the weeks of ISO 8601.</summary>
internal readonly record struct CivilTime(long Year, int Month, int Day, double MillisOfDay)
{
    private const double MillisOfOneDay = 86_400_000;

    /// <summary>Days from Monday, 1 to 7.</summary>
    public int DayOfWeek => (int)Modulo(DayNumber + 3, 7) + 1;

    public int DayOfYear => (int)(DayNumber - Days(Year, 0, 1)) + 1;

    public int Hour => (int)(MillisOfDay / 3_600_000);

    public int Minute => (int)(MillisOfDay / 60_000) % 60;

    public int Second => (int)(MillisOfDay / 1000) % 60;

    public int Millisecond => (int)(MillisOfDay % 1000);

    private long DayNumber => Days(Year, Month, Day);

    /// <summary>The week of the year, in which the week with its first Thursday is the first.</summary>
    public int WeekOfYear => Week(new Period(Year, 0), 12);

    public int WeekOfMonth => Week(new Period(Year, Month), 1);

    /// <summary>The year that the week belongs to.</summary>
    public long WeekYear => DayNumber < FirstWeek(new Period(Year, 0)) ? Year - 1 : DayNumber >= FirstWeek(new Period(Year + 1, 0)) ? Year + 1 : Year;

    /// <summary>The month that the week belongs to, 1 to 12.</summary>
    public int WeekMonth
    {
        get
        {
            var month = new Period(Year, Month);
            var owner = DayNumber < FirstWeek(month) ? month.Plus(-1) : DayNumber >= FirstWeek(month.Plus(1)) ? month.Plus(1) : month;
            return owner.Month + 1;
        }
    }

    public static CivilTime Of(double millis)
    {
        var days = (long)Math.Floor(millis / MillisOfOneDay);
        var shifted = days + 719_468;
        var era = (long)Math.Floor(shifted / 146_097.0);
        var dayOfEra = shifted - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shiftedMonth = ((5 * dayOfYear) + 2) / 153;
        var day = (int)(dayOfYear - (((153 * shiftedMonth) + 2) / 5) + 1);
        var month = (int)(shiftedMonth < 10 ? shiftedMonth + 2 : shiftedMonth - 10);
        return new CivilTime(yearOfEra + (era * 400) + (month <= 1 ? 1 : 0), month, day, millis - (days * MillisOfOneDay));
    }

    /// <summary>Milliseconds since 1970; parts beyond their range carry over, as in JavaScript.</summary>
    /// <param name="month">From 0.</param>
    public static double Milliseconds(double year, double month, double day, double hour, double minute, double second, double millis)
    {
        var wholeYear = year is >= 0 and <= 99 ? 1900 + year : year;
        return (Days((long)(wholeYear + Math.Floor(month / 12)), (int)Modulo((long)month, 12), 1) + day - 1) * MillisOfOneDay
            + (hour * 3_600_000) + (minute * 60_000) + (second * 1000) + Math.Truncate(millis);
    }

    private static long Modulo(long value, long divisor) => ((value % divisor) + divisor) % divisor;

    /// <summary>Days since 1970-01-01 of the proleptic Gregorian calendar.</summary>
    private static long Days(long year, int month, int day)
    {
        var shiftedYear = month <= 1 ? year - 1 : year;
        var era = (long)Math.Floor(shiftedYear / 400.0);
        var yearOfEra = shiftedYear - (era * 400);
        var shiftedMonth = month > 1 ? month - 2 : month + 10;
        var dayOfYear = (((153 * shiftedMonth) + 2) / 5) + day - 1;
        return (era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }

    /// <summary>The day on which the first week of a month or year begins.</summary>
    private static long FirstWeek(Period period)
    {
        var first = Days(period.Year, period.Month, 1);
        var weekday = (int)Modulo(first + 3, 7) + 1;
        return weekday > 4 ? first + 8 - weekday : first - weekday + 1;
    }

    private int Week(Period period, int months)
    {
        var week = ((DayNumber - FirstWeek(period)) / 7.0) + 1;
        if (week > (months == 12 ? 52 : 4) && DayNumber >= FirstWeek(period.Plus(months)))
        {
            week = 1;
        }
        else if (week < 1)
        {
            week = ((DayNumber - FirstWeek(period.Plus(-months))) / 7.0) + 1;
        }

        return (int)Math.Floor(week);
    }

    private readonly record struct Period(long Year, int Month)
    {
        public Period Plus(int months) => new(Year + (long)Math.Floor((Month + months) / 12.0), (int)Modulo(Month + months, 12));
    }
}
