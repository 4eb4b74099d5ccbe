using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud.Redis;
using Oith.ServiceDefaults.Alarms;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.Alarms;

/// <summary>What the alarm catalog says of OpenTelemetry, held against what the running stack measures.</summary>
[Collection(AlarmedStackCollection.Name)]
public sealed class AlarmInstrumentTests(AlarmedStack stack)
{
    /// <summary>Those that only speak when something is wrong; that they exist is all that can be asked of a healthy stack.</summary>
    private static readonly HashSet<string> s_silent = [AlarmInstruments.DynamoDBThrottles, AlarmInstruments.ExecutionsFailed];

    [Fact]
    public async Task Each_Alarm_Has_A_Live_Metric_On_Any_Backend()
    {
        var factories = new[] { stack.Stack.LocalCloud, stack.Stack.Matching }.Select(app => app.Services.GetRequiredService<IMeterFactory>()).ToHashSet();
        var published = new ConcurrentDictionary<string, Instrument>(StringComparer.Ordinal);
        var measured = new ConcurrentDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope is IMeterFactory factory && factories.Contains(factory))
                {
                    published[instrument.Name] = instrument;
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured[instrument.Name] = [.. tags.ToArray().Select(tag => tag.Key)]);
        listener.Start();
        var expected = AlarmCatalog.For("development").Where(alarm => alarm.Instrument is not null).Select(alarm => alarm.Instrument!).DistinctBy(instrument => instrument.Name).ToList();

        var server = stack.Stack.LocalCloud.Services.GetRequiredService<RedisServer>();
        using var redis = await RedisConnection.OpenAsync(server, TestContext.Current.CancellationToken);
        await stack.AskAsync();
        await Eventually.TrueAsync(async () =>
        {
            // The hit ratio speaks when something was read in the last minutes.
            await redis.CallAsync(TestContext.Current.CancellationToken, "GET", "anything");
            listener.RecordObservableInstruments();
            return measured.ContainsKey(AlarmInstruments.RedisHitRatio);
        });

        Assert.All(expected, instrument =>
        {
            Assert.True(published.TryGetValue(instrument.Name, out var live), instrument.Name);
            Assert.Equal(instrument.Unit, live.Unit);
            Assert.True(s_silent.Contains(instrument.Name) || measured.ContainsKey(instrument.Name), instrument.Name);
        });
        Assert.Superset(new HashSet<string> { "http.route", "http.response.status_code" }, measured[AlarmInstruments.RequestDuration]);
        Assert.Superset(new HashSet<string> { "db.system.name", "db.operation.name" }, measured[AlarmInstruments.DynamoDBDuration]);
        Assert.Contains("messaging.destination.name", measured[AlarmInstruments.QueueDepth]);
        Assert.Contains(AlarmInstruments.RedisNode, measured[AlarmInstruments.RedisCpu]);
    }
}
