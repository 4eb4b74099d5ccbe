using System.Globalization;
using System.Net;
using System.Text;
using Oith.StressTest.Load;
using Oith.StressTest.Measurement;

namespace Oith.StressTest.Reporting;

/// <summary>The report as one page that needs nothing else: tables, and plots as inline SVG.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2433; --dim: #687087; --paper: #fff; --line: #dfe3ec; --good: #14804a; --bad: #c4314b;
          --a: #2f6fdb; --b: #d07a00; --c: #c4314b; --shade: #c4314b22; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ebf4; --dim: #98a1b8; --paper: #131722; --line: #2b3244; --good: #4cc38a; --bad: #ff6b81;
          --a: #6ea8ff; --b: #ffb454; --c: #ff6b81; --shade: #ff6b8126; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; } p.dim, .dim { color: var(--dim); }
        code { font-size: .9em; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); } td.n, th.n { text-align: right; white-space: nowrap; }
        .yes { color: var(--good); font-weight: 600; } .no { color: var(--bad); font-weight: 600; }
        svg { width: 100%; height: auto; } svg text { fill: var(--dim); font-size: 11px; } svg .grid { stroke: var(--line); }
        svg polyline { fill: none; stroke-width: 1.6; stroke-linejoin: round; } svg .shade { fill: var(--shade); } svg .strip { fill: var(--c); } svg text.name { fill: var(--ink); }
        polyline.a { stroke: var(--a); } polyline.b { stroke: var(--b); } polyline.c { stroke: var(--c); }
        .legend { margin: 0; font-size: 13px; } .legend span { margin-right: 1.2rem; } .legend .a { color: var(--a); } .legend .b { color: var(--b); } .legend .c { color: var(--c); }
        """;

    public static string Of(LoadReport report)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        page.Append("<title>OITH under load</title><style>").Append(Style).Append("</style></head><body>");
        var run = report.Run;
        Append(page, $"<h1>OITH under load</h1><p class=\"dim\"><code>{Text(run.Command)}</code><br>{report.At:u} · {Text(run.Stack)} · {Text(run.Machine)}</p>");
        AppendTargets(page, report);
        AppendPlots(page, report);
        AppendFaults(page, report);
        AppendInvariants(page, report);
        AppendOperations(page, report);
        AppendSaturation(page, report);
        Append(
            page,
            $"<p class=\"dim\">Open loop: requests are sent when they are due, and latency counts from then on, so a stall is charged for everybody who came meanwhile. After the warm-up {report.Cost.Requests:N0} requests; {report.Cost.ProcessorMicroseconds:N0} µs of processor time each, load included; garbage collection paused {report.Cost.PauseMilliseconds:N0} ms in sum.</p>");
        return page.Append("</body></html>").ToString();
    }

    private static void AppendTargets(StringBuilder page, LoadReport report)
    {
        Append(page, $"<h2>Targets: {(report.IsMet ? "<span class=\"yes\">met</span>" : "<span class=\"no\">not met</span>")}</h2>");
        page.Append("<table><tr><th>Target</th><th>Wanted</th><th>Measured</th><th>Prototype</th><th>Met</th></tr>");
        foreach (var target in report.Targets)
        {
            var met = target.Met switch
            {
                true => "<span class=\"yes\">yes</span>",
                false => "<span class=\"no\">no</span>",
                null => "<span class=\"dim\">not asked</span>",
            };
            Append(page, $"<tr><td>{Text(target.Name)}</td><td>{Text(target.Target)}</td><td>{Text(target.Measured)}</td><td>{Text(target.Prototype)}</td><td>{met}</td></tr>");
        }

        page.Append("</table>");
    }

    private static void AppendPlots(StringBuilder page, LoadReport report)
    {
        var timeline = report.Figures.Timeline;
        if (timeline.Count == 0)
        {
            return;
        }

        var seen = timeline.Where(second => second.Requests > 0).ToArray();
        var (from, to) = (seen.Length == 0 ? 0 : seen[0].At, Math.Max(1, timeline[^1].At));
        SvgPlot OverTime(string unit, bool isLogarithmic = false) => report.Faults.Aggregate(
            new SvgPlot(from, to, unit, isLogarithmic), (plot, fault) => plot.Shade(fault.From, fault.To, fault.Name));

        Plot(page, "Latency over time", OverTime("ms", isLogarithmic: true)
            .Line("P50", "a", seen.Select(second => ((double)second.At, second.P50)))
            .Line("P95", "b", seen.Select(second => ((double)second.At, second.P95)))
            .Line("P99", "c", seen.Select(second => ((double)second.At, second.P99))));
        Plot(page, "Latency by percentile", ByPercentile(report.Figures.Distribution, "ms"));
        Plot(page, "Throughput and errors", OverTime("/s")
            .Line("requests", "a", seen.Select(second => ((double)second.At, (double)second.Requests)))
            .Line("errors", "c", seen.Select(second => ((double)second.At, (double)second.Errors))));
        if (report.Figures.ScannedDistribution.Count > 0)
        {
            Plot(page, "Candidates scanned a match, by percentile", ByPercentile(report.Figures.ScannedDistribution, ""));
        }

        if (report.Queue.Count > 0)
        {
            Plot(page, "Matching queue", OverTime("")
                .Line("waiting", "b", report.Queue.Select(depth => (depth.At, (double)depth.Visible)))
                .Line("being worked on", "a", report.Queue.Select(depth => (depth.At, (double)depth.InFlight))));
        }

        page.Append("<h2>Alarms</h2>");
        if (report.Alarms.Count == 0)
        {
            page.Append("<p class=\"dim\">None was raised.</p>");
            return;
        }

        page.Append(SvgStrips.Render(from, to, report.Alarms.Select(alarm => (alarm.Name, alarm.From, alarm.To))));
        page.Append("<table><tr><th>Alarm</th><th class=\"n\">from</th><th class=\"n\">to</th><th>Reason</th></tr>");
        foreach (var alarm in report.Alarms)
        {
            Append(page, $"<tr><td>{Text(alarm.Name)}</td><td class=\"n\">{alarm.From:N0} s</td><td class=\"n\">{alarm.To:N0} s</td><td>{Text(alarm.Reason ?? "")}</td></tr>");
        }

        page.Append("</table>");
    }

    // Each nine is as wide as the one before it.
    private static SvgPlot ByPercentile(IReadOnlyList<PercentileStep> steps, string unit)
    {
        static double Nines(double percentile) => -Math.Log10(1 - Math.Min(percentile, 99.9999) / 100);
        var last = Math.Max(1, steps.Where(step => step.Percentile < 100).Select(step => Nines(step.Percentile)).DefaultIfEmpty(1).Max());
        var plot = new SvgPlot(0, last, unit, isLogarithmic: true)
            .Line("all requests", "a", steps.Where(step => step.Percentile < 100).Select(step => (Nines(step.Percentile), step.Value)));
        foreach (var (percentile, name) in new[] { (0.0, "0 %"), (50, "50 %"), (90, "90 %"), (95, "95 %"), (99, "99 %"), (99.9, "99.9 %"), (99.99, "99.99 %") })
        {
            if (Nines(percentile) <= last)
            {
                plot.Tick(Nines(percentile), name);
            }
        }

        return plot;
    }

    private static void AppendFaults(StringBuilder page, LoadReport report)
    {
        if (report.Faults.Count == 0)
        {
            return;
        }

        page.Append("<h2>Faults</h2><table><tr><th>Fault</th><th class=\"n\">from</th><th class=\"n\">to</th><th class=\"n\">Failed meanwhile</th><th class=\"n\">Recovered after</th></tr>");
        foreach (var fault in report.Faults)
        {
            var recovery = fault.Recovery is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:N1} s") : "<span class=\"no\">not</span>";
            Append(
                page,
                $"<tr><td>{Text(fault.Name)}<br><span class=\"dim\">{Text(fault.Description)}</span></td><td class=\"n\">{fault.From:N0} s</td><td class=\"n\">{fault.To:N0} s</td><td class=\"n\">{fault.Errors:N0}</td><td class=\"n\">{recovery}</td></tr>");
        }

        page.Append("</table>");
    }

    private static void AppendInvariants(StringBuilder page, LoadReport report)
    {
        if (report.Invariants is not { } invariants)
        {
            return;
        }

        page.Append("<h2>Invariants, from the stored history and what was acknowledged</h2><table><tr><th>Invariant</th><th class=\"n\">Checked</th><th class=\"n\">Violated</th></tr>");
        foreach (var check in invariants.Checks)
        {
            Append(page, $"<tr><td>{Text(check.Invariant)}</td><td class=\"n\">{check.Checked:N0}</td><td class=\"n\"><span class=\"{(check.Violations == 0 ? "yes" : "no")}\">{check.Violations:N0}</span></td></tr>");
            foreach (var example in check.Examples)
            {
                Append(page, $"<tr><td colspan=\"3\" class=\"dim\">{Text(example)}</td></tr>");
            }
        }

        page.Append("</table>");
    }

    private static void AppendOperations(StringBuilder page, LoadReport report)
    {
        page.Append("<h2>Operations</h2><table><tr><th>Operation</th><th class=\"n\">Requests</th><th class=\"n\">Overtaken</th><th class=\"n\">Errors</th><th class=\"n\">P50 ms</th><th class=\"n\">P95 ms</th><th class=\"n\">P99 ms</th><th class=\"n\">Max ms</th></tr>");
        foreach (var (operation, figures) in report.Figures.Operations)
        {
            var errors = figures.Outcomes.Where(outcome => outcome.Key.IsError()).Sum(outcome => outcome.Value);
            Append(
                page,
                $"<tr><td>{operation}</td><td class=\"n\">{figures.Count:N0}</td><td class=\"n\">{figures.Outcomes.GetValueOrDefault(Outcome.Overtaken):N0}</td><td class=\"n\">{errors:N0}</td><td class=\"n\">{figures.Latency.P50:N1}</td><td class=\"n\">{figures.Latency.P95:N1}</td><td class=\"n\">{figures.Latency.P99:N1}</td><td class=\"n\">{figures.Latency.Max:N1}</td></tr>");
        }

        page.Append("</table>");
        if (report.Figures.RequestLatency is { Count: > 0 } ends)
        {
            Append(page, $"<p>{ends.Count:N0} queued requests were answered; from asking until the answer was seen: P50 {ends.P50:N0} ms, P95 {ends.P95:N0} ms, P99 {ends.P99:N0} ms.</p>");
        }
    }

    private static void AppendSaturation(StringBuilder page, LoadReport report)
    {
        if (report.Saturation.Count == 0)
        {
            return;
        }

        page.Append("<h2>Search for the highest rate</h2><table><tr><th class=\"n\">Requests/s</th><th class=\"n\">P95 ms</th><th class=\"n\">P99 ms</th><th class=\"n\">Errors</th><th>Targets met</th></tr>");
        foreach (var trial in report.Saturation)
        {
            Append(page, $"<tr><td class=\"n\">{trial.Rate:N0}</td><td class=\"n\">{trial.P95:N1}</td><td class=\"n\">{trial.P99:N1}</td><td class=\"n\">{trial.ErrorRate:P3}</td><td>{(trial.IsMet ? "yes" : "no")}</td></tr>");
        }

        page.Append("</table>");
    }

    private static void Plot(StringBuilder page, string title, SvgPlot plot) => Append(page, $"<h2>{title}</h2>{plot.Render()}");

    private static void Append(StringBuilder page, FormattableString html) => page.Append(html.ToString(CultureInfo.InvariantCulture));

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
