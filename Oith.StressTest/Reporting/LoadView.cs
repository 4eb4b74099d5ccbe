using System.Globalization;
using Oith.StressTest.Load;
using Oith.StressTest.Measurement;
using Spectre.Console;

namespace Oith.StressTest.Reporting;

/// <summary>What is shown while a load runs: a live table on a terminal, a line every five seconds in a file.</summary>
internal sealed class LoadView(IAnsiConsole console, TimeProvider time)
{
    private const int LineEvery = 5;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    public void Say(FormattableString text) => console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    public async Task RunAsync(LoadGenerator generator, Measurements measurements, TimeSpan start, LoadProfile profile, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            if (!console.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
            {
                for (var turn = 1; await timer.WaitForNextTickAsync(cancellationToken); turn++)
                {
                    if (turn % LineEvery == 0)
                    {
                        console.WriteLine(Line(generator, measurements, start, profile));
                    }
                }
            }

            await console.Live(new Text("")).StartAsync(async live =>
            {
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    live.UpdateTarget(Table(generator, measurements, start, profile));
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private static string Line(LoadGenerator generator, Measurements measurements, TimeSpan start, LoadProfile profile)
    {
        var last = measurements.Last(generator.Now);
        var elapsed = generator.Now - start;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds,5:N0} s of {profile.Duration.TotalSeconds:N0}  {last?.Requests ?? 0,6:N0}/s  errors {last?.Errors ?? 0,5:N0}  P50 {last?.P50 ?? 0,7:N1}  P95 {last?.P95 ?? 0,7:N1}  P99 {last?.P99 ?? 0,7:N1} ms  under way {generator.InFlight,5:N0}  queued {generator.Following,5:N0}");
    }

    private static Table Table(LoadGenerator generator, Measurements measurements, TimeSpan start, LoadProfile profile)
    {
        var figures = measurements.Read();
        var table = new Table().Border(TableBorder.Rounded).Title(Line(generator, measurements, start, profile));
        table.AddColumns("operation", "requests", "errors", "P50 ms", "P95 ms", "P99 ms");
        foreach (var (operation, of) in figures.Operations)
        {
            table.AddRow(OperationTable.Row(operation, of));
        }

        return table;
    }
}
