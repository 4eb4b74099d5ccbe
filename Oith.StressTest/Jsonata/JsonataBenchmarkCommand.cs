using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Oith.StressTest.Jsonata;

/// <summary>The verb <c>bench-jsonata</c>: LocalCloud's JSONata beside Jint, which runs the reference implementation from npm.</summary>
internal static class JsonataBenchmarkCommand
{
    public static Command Create()
    {
        var script = new Option<FileInfo>("--script")
        {
            Description = "jsonata.js of the npm package jsonata 2.2.2: node_modules/jsonata/jsonata.js",
            Required = true,
        };
        var seconds = new Option<double>("--seconds") { Description = "How long each engine runs each expression", DefaultValueFactory = _ => 2 };
        var least = new Option<double>("--at-least") { Description = "The ratio below which the exit code is 1", DefaultValueFactory = _ => 10 };
        var command = new Command("bench-jsonata", "Measures evaluations a second of LocalCloud's JSONata and of jsonata.js in Jint, in one run.") { script, seconds, least };
        command.SetAction((result, cancellationToken) =>
        {
            var file = result.GetRequiredValue(script);
            if (!file.Exists)
            {
                AnsiConsole.MarkupLineInterpolated($"[red]{file.FullName} is not there. Install it with: npm install --prefix FOLDER jsonata@2.2.2[/]");
                return Task.FromResult(2);
            }

            return Task.FromResult(Run(file, TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(least), cancellationToken));
        });
        return command;
    }

    private static int Run(FileInfo script, TimeSpan time, double least, CancellationToken cancellationToken)
    {
        using var benchmark = new JsonataBenchmark(File.ReadAllText(script.FullName));
        var table = new Table().AddColumns("Expression", "LocalCloud, 1/s", "Jint, 1/s", "Ratio");
        var product = 1.0;
        var count = 0;
        foreach (var one in JsonataBenchmark.Expressions)
        {
            var (ours, theirs) = benchmark.Measure(one, time, cancellationToken);
            product *= ours / theirs;
            count++;
            table.AddRow(Markup.Escape(one), Shown(ours), Shown(theirs), Shown(ours / theirs));
        }

        var ratio = Math.Pow(product, 1.0 / count);
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"Geometric mean of the ratios: {Shown(ratio)}, wanted at least {Shown(least)}");
        return ratio >= least ? 0 : 1;
    }

    private static string Shown(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
