using Oith.Stack;
using Oith.Stack.SingleProcess;
using Oith.StressTest.Reporting;
using Oith.StressTest.Stacks;
using Spectre.Console;

namespace Oith.StressTest.Load;

/// <summary>The verb from the stack's start to the exit code.</summary>
internal sealed class LoadProgram(LoadOptions options, IAnsiConsole console, TimeProvider time)
{
    private readonly LoadView _view = new(console, time);

    /// <returns>0 when all targets are met, 1 when not.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await MeasureAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _view.Say($"Stopped before the end; nothing is reported.");
            return 1;
        }
    }

    private async Task<int> MeasureAsync(CancellationToken cancellationToken)
    {
        await using var stack = await StartAsync(cancellationToken);
        var run = new LoadRun(stack, options, _view, time);
        var report = options.Saturation
            ? await new SaturationSearch(run, _view).RunAsync(options.Rate, cancellationToken)
            : await run.RunAsync(options.Rate, cancellationToken);
        OperationTable.Write(console, report);
        if (options.Report is { } folder)
        {
            await ReportFiles.WriteAsync(report, folder, cancellationToken);
            _view.Say($"{Path.Combine(folder.FullName, ReportFiles.Html)}");
        }

        return report.IsMet ? 0 : 1;
    }

    private async Task<ILoadedStack> StartAsync(CancellationToken cancellationToken)
    {
        if (options.Url is { } url)
        {
            return new RemoteStack(url, options.Aws is { } aws ? new AwsEndpoint(aws, ResourceNames.Development) : null);
        }

        var progress = new Shown(resource => _view.Say($"ready {resource.Name,-34} {resource.Address} {resource.Elapsed.TotalMilliseconds:N0} ms"));
        return options.Faults.Count > 0 || options.Instances > 1
            ? await ProcessStack.StartAsync(options.Users, options.Seed, options.Instances, progress, time, cancellationToken)
            : await InProcessStack.StartAsync(options.Users, options.Seed, progress, cancellationToken);
    }

    // Progress<T> reports on the thread pool, which would mix up the order of the lines.
    private sealed class Shown(Action<StackResource> show) : IProgress<StackResource>
    {
        public void Report(StackResource value) => show(value);
    }
}
