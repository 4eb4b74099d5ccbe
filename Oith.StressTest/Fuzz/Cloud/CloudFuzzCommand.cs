using System.Diagnostics;
using System.Globalization;
using Oith.StressTest.Stacks;
using Spectre.Console;

namespace Oith.StressTest.Fuzz.Cloud;

/// <summary>The verb <c>fuzz --target localcloud</c>: typed calls of every operation of AWS's models that LocalCloud supports.</summary>
internal static class CloudFuzzCommand
{
    private const int Threads = 8;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    /// <param name="only">The part of a name like <c>sqs:SendMessage</c> that operations must have; null for all.</param>
    /// <param name="models">botocore's folder <c>data</c>; null asks the installed Python for it.</param>
    public static async Task<int> RunAsync(
        long requests, ulong seed, string? only, string? models, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        List<ServiceModel> services;
        try
        {
            services = await ServiceModel.LoadAsync(models, cancellationToken);
        }
        catch (FuzzSetupException error)
        {
            console.WriteLine(error.Message);
            return 2;
        }

        await using var cloud = await CloudProcess.StartAsync(time, cancellationToken);
        var operations = await CloudFuzzRun.SupportedAsync(
            cloud,
            services.SelectMany(service => service.Operations).Where(operation => only is null || operation.ToString().Contains(only, StringComparison.OrdinalIgnoreCase)),
            cancellationToken);
        if (operations.Count == 0)
        {
            console.WriteLine($"LocalCloud supports no operation whose name contains '{only}'.");
            return 2;
        }

        console.WriteLine($"{operations.Count} operations of {operations.Select(operation => operation.Service).Distinct().Count()} services, seed {seed}");
        using var run = new CloudFuzzRun(cloud, operations);
        var started = Stopwatch.GetTimestamp();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = ShowAsync(run, cloud, requests, console, time, done.Token);
        var report = await run.RunAsync(requests, seed, Threads, cancellationToken);
        var took = Stopwatch.GetElapsedTime(started);
        await done.CancelAsync();
        await showing;
        Write(report, took, cloud, console);
        return report.Failures == 0 ? 0 : 1;
    }

    private static void Write(CloudFuzzReport report, TimeSpan took, CloudProcess cloud, IAnsiConsole console)
    {
        foreach (var (status, count) in report.Statuses)
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{status}: {count:N0}"));
        }

        foreach (var (name, example) in report.Examples)
        {
            // Without the console's line breaks, so that the command can be copied.
            console.Profile.Out.Writer.WriteLine($"{name}\n  {example}");
        }

        if (report.Failures > 0 && File.Exists(cloud.Log))
        {
            var kept = Path.Combine(Path.GetTempPath(), "oith-fuzz-localcloud.log");
            File.Copy(cloud.Log, kept, overwrite: true);
            console.WriteLine($"LocalCloud's log: {kept}");
        }

        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Requests:N0} requests in {took.TotalSeconds:N0} s ({report.Requests / took.TotalSeconds:N0}/s), slowest {report.Slowest.TotalSeconds:F2} s, "
            + $"{report.Failures:N0} failures, {cloud.Megabytes} MB"));
    }

    private static async Task ShowAsync(CloudFuzzRun run, CloudProcess cloud, long requests, IAnsiConsole console, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Done,12:N0} of {requests:N0}, {cloud.Megabytes} MB"));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // All are sent.
        }
    }
}
