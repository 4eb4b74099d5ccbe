#pragma warning disable ASPIREPIPELINES001 // The pipeline's API is for evaluation.
using System.Threading.Channels;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.CloudFormation;

/// <summary>Shows each resource of a stack as a task of the pipeline's step. Disposing waits until all is shown.</summary>
internal sealed class PipelineProgress : IStackProgress, IAsyncDisposable
{
    // Reports come from the deployment's own thread, tasks are created by calls that are awaited.
    private readonly Channel<StackEvent> _events = Channel.CreateUnbounded<StackEvent>();
    private readonly Dictionary<string, IReportingTask> _open = new(StringComparer.Ordinal);
    private readonly PipelineStepContext _context;
    private readonly Task _shown;

    public PipelineProgress(PipelineStepContext context)
    {
        _context = context;
        _shown = ShowAsync();
    }

    public void Report(StackEvent stackEvent) => _events.Writer.TryWrite(stackEvent);

    public void Report(string message) => _context.ReportingStep.Log(LogLevel.Information, message);

    public async ValueTask DisposeAsync()
    {
        _events.Writer.Complete();
        await _shown;
    }

    private async Task ShowAsync()
    {
        await foreach (var e in _events.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (e.IsOfStack)
            {
                _context.ReportingStep.Log(e.IsFailure ? LogLevel.Error : LogLevel.Debug, $"{e.Status} {e.LogicalId} {e.Reason}".TrimEnd());
            }
            else
            {
                await ShowAsync(e);
            }
        }

        // The deployment was cancelled, or waits no longer for them.
        foreach (var task in _open.Values)
        {
            await task.CompleteAsync("still in progress", CompletionState.CompletedWithWarning, CancellationToken.None);
        }
    }

    private async Task ShowAsync(StackEvent e)
    {
        var text = $"{e.ResourceType} {e.LogicalId}";
        if (!_open.TryGetValue(e.LogicalId, out var task))
        {
            _open[e.LogicalId] = task = await _context.ReportingStep.CreateTaskAsync(text, CancellationToken.None);
        }

        if (e.Status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal))
        {
            await task.UpdateAsync($"{text} {e.Status}", CancellationToken.None);
            return;
        }

        // A rollback works on the same resource once more, as a task of its own.
        _open.Remove(e.LogicalId);
        await task.CompleteAsync(
            $"{text} {e.Status}{(e.IsFailure && e.Reason is { } reason ? $": {reason}" : "")}",
            e.IsFailure ? CompletionState.CompletedWithError : CompletionState.Completed,
            CancellationToken.None);
    }
}
