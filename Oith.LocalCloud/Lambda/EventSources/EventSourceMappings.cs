using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>All mappings, kept in a journal, and the pollers of those that are enabled.</summary>
internal sealed class EventSourceMappings : IHostedService, IDisposable
{
    private const string Kind = "mapping";

    private readonly SortedDictionary<string, EventSourceMapping> _mappings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EventSourcePoller> _pollers = new(StringComparer.Ordinal);
    private readonly StateJournal _journal;
    private readonly Lock _journalLock = new();
    private readonly IServiceProvider _provider;
    private readonly InvocationDestinations _destinations;
    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;

    public EventSourceMappings(
        JournalFactory journals,
        InvocationDestinations destinations,
        LocalCloudOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        IServiceProvider provider)
    {
        (_destinations, _options, _time, _loggers, _provider) = (destinations, options, time, loggers, provider);
        _journal = new StateJournal(journals.Open("event-source-mappings"));
        foreach (var (id, mapping) in _journal.Restore(Kind, LambdaJsonContext.Default.EventSourceMapping))
        {
            _mappings[id] = mapping;
        }
    }

    /// <summary>Held while mappings and their pollers are read and changed.</summary>
    public SemaphoreSlim Lock { get; } = new(1, 1);

    public IEnumerable<EventSourceMapping> All => _mappings.Values;

    public EventSourceMapping? Find(string id) => _mappings.GetValueOrDefault(id);

    /// <summary>Keeps a mapping and starts or stops its poller.</summary>
    public async Task SaveAsync(EventSourceMapping mapping)
    {
        await StopPollerAsync(mapping.Id);
        Keep(mapping);
        _mappings[mapping.Id] = mapping;
        StartPoller(mapping);
    }

    /// <summary>Stops a mapping's poller; its position is final then.</summary>
    public Task StopAsync(EventSourceMapping mapping) => StopPollerAsync(mapping.Id);

    public async Task DeleteAsync(EventSourceMapping mapping)
    {
        await StopPollerAsync(mapping.Id);
        lock (_journalLock)
        {
            _journal.Remove(Kind, mapping.Id);
        }

        _mappings.Remove(mapping.Id);
    }

    /// <summary>Starts the pollers of the mappings that were enabled when LocalCloud stopped.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Lock.WaitAsync(cancellationToken);
        try
        {
            foreach (var mapping in _mappings.Values)
            {
                StartPoller(mapping);
            }
        }
        finally
        {
            Lock.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Lock.WaitAsync(cancellationToken);
        try
        {
            await Task.WhenAll(_pollers.Keys.ToList().Select(StopPollerAsync));
        }
        finally
        {
            Lock.Release();
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        Lock.Dispose();
    }

    private void StartPoller(EventSourceMapping mapping)
    {
        if (!mapping.IsEnabled)
        {
            return;
        }

        var settings = EventSourceSettings.Of(mapping);
        var api = _provider.GetRequiredService<IAwsApi>();
        EventSourcePoller poller = mapping.IsStream
            ? new StreamPoller(settings, mapping, Keep, api, _destinations, _time, _loggers.CreateLogger<StreamPoller>())
            : new QueuePoller(settings, api, _options, _time, _loggers.CreateLogger<QueuePoller>());
        _pollers[mapping.Id] = poller;
        poller.Start();
    }

    // A poller keeps its position while an operation keeps another mapping.
    private void Keep(EventSourceMapping mapping)
    {
        lock (_journalLock)
        {
            _journal.Put(Kind, mapping.Id, mapping, LambdaJsonContext.Default.EventSourceMapping);
        }
    }

    private async Task StopPollerAsync(string id)
    {
        if (_pollers.Remove(id, out var poller))
        {
            await poller.DisposeAsync();
        }
    }
}
