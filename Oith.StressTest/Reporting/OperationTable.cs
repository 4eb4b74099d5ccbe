using System.Globalization;
using Oith.StressTest.Load;
using Oith.StressTest.Measurement;
using Spectre.Console;

namespace Oith.StressTest.Reporting;

/// <summary>What a run ends with on the console.</summary>
internal static class OperationTable
{
    public static string[] Row(Operation operation, OperationFigures figures) =>
    [
        operation.ToString(),
        Text($"{figures.Count:N0}"),
        Text($"{figures.Outcomes.Where(outcome => outcome.Key.IsError()).Sum(outcome => outcome.Value):N0}"),
        Text($"{figures.Latency.P50:N1}"),
        Text($"{figures.Latency.P95:N1}"),
        Text($"{figures.Latency.P99:N1}"),
    ];

    public static void Write(IAnsiConsole console, LoadReport report)
    {
        var operations = new Table().Border(TableBorder.Rounded).AddColumns("Operation", "Requests", "Errors", "P50 ms", "P95 ms", "P99 ms");
        foreach (var (operation, figures) in report.Figures.Operations)
        {
            operations.AddRow(Row(operation, figures));
        }

        console.Write(operations);
        foreach (var (outcome, count) in report.Figures.Operations.Values.SelectMany(operation => operation.Outcomes)
            .Where(pair => pair.Key != Outcome.Ok).GroupBy(pair => pair.Key, pair => pair.Value).Select(group => (group.Key, group.Sum())))
        {
            console.WriteLine(Text($"{outcome}: {count:N0}"));
        }

        var cost = report.Cost;
        console.WriteLine(Text(
            $"{cost.Requests:N0} requests, {cost.ProcessorMicroseconds:N0} µs of processor time and {cost.AllocatedBytes:N0} bytes each; garbage collection paused {cost.PauseMilliseconds:N0} ms in sum, {cost.Gen2Collections} of generation 2 ({report.Run.Stack})"));
        foreach (var alarm in report.Alarms)
        {
            console.WriteLine(Text($"alarm {alarm.Name} from {alarm.From:N0} s to {alarm.To:N0} s"));
        }

        var targets = new Table().Border(TableBorder.Rounded).AddColumns("Target", "Wanted", "Measured", "Prototype", "Met");
        foreach (var target in report.Targets)
        {
            var (met, colour) = target.Met switch
            {
                true => ("yes", Color.Green),
                false => ("NO", Color.Red),
                null => ("-", Color.Grey),
            };
            targets.AddRow(new Text(target.Name), new Text(target.Target), new Text(target.Measured), new Text(target.Prototype), new Text(met, new Style(colour)));
        }

        console.Write(targets);
        foreach (var check in report.Invariants?.Checks.Where(check => check.Violations > 0) ?? [])
        {
            console.WriteLine(Text($"{check.Invariant}: {check.Violations:N0} violations of {check.Checked:N0}"));
            foreach (var example in check.Examples)
            {
                console.WriteLine("  " + example);
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
