using System.Globalization;
using Spectre.Console;

namespace Oith.StressTest.Engine;

/// <summary>The report for people.</summary>
internal static class EngineTables
{
    public static void Write(IAnsiConsole console, EngineReport report)
    {
        Write(console, ["users", "threads", "P50 us", "P95 us", "P99 us", "matches/s", "bytes/profile", "reference P95 us", "times faster"],
            report.Results.Select(result => new object?[]
            {
                result.Users, result.Threads, result.P50Us, result.P95Us, result.P99Us, result.MatchesPerSecond, result.BytesPerProfile,
                result.ReferenceP95Us, result.ReferenceP95Us / result.P95Us,
            }));
        Write(console, ["users", "updates/s", "P95 us quiet", "P95 us meanwhile"],
            report.Updates.Select(update => new object?[] { update.Users, update.UpdatesPerSecond, update.QuietP95Us, update.P95Us }));
        Write(console, ["users", "threads", "top", "users/s precomputed"],
            report.Precompute.Select(run => new object?[] { run.Users, run.Threads, run.Top, run.UsersPerSecond }));
        Write(console, ["users", "excluded", "P95 us"],
            report.Exclusions.Select(run => new object?[] { run.Users, run.Excluded, run.P95Us }));
    }

    private static void Write(IAnsiConsole console, string[] columns, IEnumerable<object?[]> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Text)]);
        }

        console.Write(table);
    }

    private static string Text(object? value) => value switch
    {
        null => "-",
        double number when number < 1000 => number.ToString("0.##", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
