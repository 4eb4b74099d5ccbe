using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Oith.Matching.Telemetry;
using Oith.ServiceDefaults.Alarms;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching.Matches;

namespace Oith.Tests.Matching.Telemetry;

public sealed class MatchingTelemetryTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Ann = "ann@example.com";
    private const string Bob = "bob@example.com";

    [Fact]
    public async Task Instruments_Tell_What_Was_Done_When_Two_Are_Connected()
    {
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var meters = host.Application.Services.GetRequiredService<IMeterFactory>();
        using var durations = new MetricCollector<double>(meters, MatchingMetrics.MeterName, "oith.match.duration");
        using var scanned = new MetricCollector<long>(meters, MatchingMetrics.MeterName, "oith.match.candidates.scanned");
        using var decisions = new MetricCollector<long>(meters, MatchingMetrics.MeterName, "oith.match.decisions");
        using var calls = new MetricCollector<double>(meters, MatchingMetrics.MeterName, AlarmInstruments.DynamoDBDuration);
        using var circuits = new MetricCollector<int>(meters, MatchingMetrics.MeterName, "oith.circuit.open");

        await NextMatchTests.ConnectAsync(host, Ann, Bob);
        circuits.RecordObservableInstruments();

        Assert.Equal(["direct", "direct"], durations.GetMeasurementSnapshot().Select(measurement => measurement.Tags["oith.source"]));
        Assert.All(durations.GetMeasurementSnapshot(), measurement => Assert.Equal("match", measurement.Tags["oith.outcome"]));
        Assert.Equal(2, scanned.GetMeasurementSnapshot().Count);
        Assert.Equal(
            ["accepted", "accepted", "connected"], decisions.GetMeasurementSnapshot().Select(measurement => (string)measurement.Tags["oith.decision"]!).Order());
        Assert.Contains(calls.GetMeasurementSnapshot(), measurement => (string)measurement.Tags["db.operation.name"]! == "TransactWriteItems");
        Assert.Contains(calls.GetMeasurementSnapshot(), measurement => measurement.Tags.GetValueOrDefault("db.collection.name") is string table && table.EndsWith("-users", StringComparison.Ordinal));
        Assert.Equal(
            ["dynamodb", "redis"], circuits.GetMeasurementSnapshot().Select(measurement => (string)measurement.Tags["oith.dependency"]!).Order());
        Assert.All(circuits.GetMeasurementSnapshot(), measurement => Assert.Equal(0, measurement.Value));
    }

    [Fact]
    public async Task Task_Goes_On_With_The_Trace_Of_Who_Asked()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MatchingActivities.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await MatchingHost.StartAsync(cloud, NextMatchTests.Couple());
        var trace = ActivityTraceId.CreateRandom();

        await host.PostAsync("/events", new
        {
            task = "matchDirect",
            requestId = Guid.NewGuid(),
            userEmail = Ann,
            traceparent = $"00-{trace}-{ActivitySpanId.CreateRandom()}-01",
        });

        var names = spans.Where(span => span.TraceId == trace && span.Kind != ActivityKind.Client).Select(span => span.OperationName).Order();
        Assert.Equal(["load cell dr5r", "match next", "task matchDirect"], names);
        var calls = spans.Where(span => span.TraceId == trace && span.Kind == ActivityKind.Client).ToList();
        Assert.Contains(calls, span => (string?)span.GetTagItem("db.system.name") == "aws.dynamodb");
        Assert.All(calls, span => Assert.NotEqual(default, span.ParentSpanId));
    }
}
