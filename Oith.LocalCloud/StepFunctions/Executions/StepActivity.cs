using System.Collections.Concurrent;
using System.Threading.Channels;
using Oith.LocalCloud.StepFunctions.Asl;

namespace Oith.LocalCloud.StepFunctions.Executions;

/// <summary>Work offered to the workers of an activity.</summary>
internal sealed class ActivityOffer(string token, AslValue input, CancellationToken withdrawn)
{
    private readonly TaskCompletionSource<string?> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Token { get; } = token;

    public AslValue Input { get; } = input;

    /// <summary>Completes with the worker's name (null when it gave none) when one takes the work.</summary>
    public Task<string?> Taken => _taken.Task;

    /// <summary>Called when the history says that the work was taken, and the worker may have it.</summary>
    public void Announced() => _announced.TrySetResult();

    /// <returns>False when the work is not wanted any more.</returns>
    public async Task<bool> TakeAsync(string? worker)
    {
        if (withdrawn.IsCancellationRequested || !_taken.TrySetResult(worker))
        {
            return false;
        }

        await Task.WhenAny(_announced.Task, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, withdrawn));
        return _announced.Task.IsCompleted;
    }
}

/// <summary>An activity: a queue of work for workers outside.</summary>
internal sealed class StepActivity(string arn, string name, DateTimeOffset creationDate)
{
    private readonly Channel<ActivityOffer> _offers = Channel.CreateUnbounded<ActivityOffer>();

    public string Arn { get; } = arn;

    public string Name { get; } = name;

    public DateTimeOffset CreationDate { get; } = creationDate;

    public ConcurrentDictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    public void Offer(ActivityOffer offer) => _offers.Writer.TryWrite(offer);

    /// <summary>The next work; waits for it until cancelled.</summary>
    public async Task<ActivityOffer> TakeAsync(string? worker, CancellationToken cancellationToken)
    {
        while (true)
        {
            var offer = await _offers.Reader.ReadAsync(cancellationToken);
            if (await offer.TakeAsync(worker))
            {
                return offer;
            }
        }
    }
}

/// <summary>All activities.</summary>
internal sealed class StepActivities
{
    private readonly ConcurrentDictionary<string, StepActivity> _activities = new(StringComparer.Ordinal);

    public IEnumerable<StepActivity> All => _activities.Values.OrderBy(activity => activity.CreationDate).ThenBy(activity => activity.Name, StringComparer.Ordinal);

    public StepActivity? Find(string arn) => _activities.GetValueOrDefault(arn);

    /// <returns>The one of that ARN, made if there was none.</returns>
    public StepActivity GetOrAdd(string arn, Func<StepActivity> create) => _activities.GetOrAdd(arn, _ => create());

    public StepActivity? Remove(string arn) => _activities.TryRemove(arn, out var removed) ? removed : null;
}
