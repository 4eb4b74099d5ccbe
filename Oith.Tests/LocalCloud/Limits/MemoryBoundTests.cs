using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.SNS;
using Oith.LocalCloud.Telemetry;

namespace Oith.Tests.LocalCloud.Limits;

/// <summary>What is only kept to be looked at is bounded in bytes, however large each of it is.</summary>
public sealed class MemoryBoundTests
{
    private const int Large = 256 * 1024;

    [Fact]
    public void Captured_Messages_Are_Bounded_In_Bytes()
    {
        var captured = new CapturedMessages();
        for (var number = 0; number < 200; number++)
        {
            captured.Add(new CapturedMessage($"{number}", "email", "a@example.com", "", new string('x', Large), "arn", default));
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            captured.WriteTo(writer);
        }

        Assert.InRange(buffer.Length, Large, CapturedMessages.LargestSize);
        var text = Encoding.UTF8.GetString(buffer.ToArray());
        Assert.Contains("\"MessageId\":\"199\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"MessageId\":\"0\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Traces_And_Log_Records_Are_Bounded_In_Bytes()
    {
        using var store = new TraceStore(TimeProvider.System);
        var attributes = new Dictionary<string, string> { ["large"] = new string('x', Large) };
        for (var number = 0; number < 300; number++)
        {
            store.Add(new TraceSpan($"{number:x32}", "1", null, "span", "Server", "test", default, default, false, null, attributes));
            store.Add(new TraceLog(default, "Information", "memory-bound", new string('x', Large), null, null, new Dictionary<string, string>()));
        }

        Assert.Null(store.Find($"{0:x32}"));
        Assert.NotNull(store.Find($"{299:x32}"));
        Assert.InRange(
            store.Logs(null, int.MaxValue).Where(log => log.Service == "memory-bound").Sum(log => log.Size), Large, TraceStore.LargestSize);
    }

    [Fact]
    public void Metrics_Without_Data_For_Longest_Are_Forgotten_First()
    {
        var time = new FakeTimeProvider();
        var store = new MetricStore(new CloudWatchClock(time, new LocalCloudOptions()));
        var oldest = Key(0);
        for (var number = 0; number <= MetricStore.MaximumSeries; number++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            store.Record(Key(number), 1, "None");
        }

        Assert.Null(store.Find(oldest));
        Assert.NotNull(store.Find(Key(MetricStore.MaximumSeries)));
        Assert.InRange(store.Keys.Count(), 1, MetricStore.MaximumSeries);

        static MetricKey Key(int number) => new("churn", "m", [KeyValuePair.Create("number", $"{number}")]);
    }

    [Fact]
    public void Series_That_The_Store_Forgot_Is_Written_To_No_More()
    {
        var time = new FakeTimeProvider();
        var store = new MetricStore(new CloudWatchClock(time, new LocalCloudOptions()));
        var cache = new SeriesCache<string>();
        var key = new MetricKey("churn", "cached", []);
        cache.Set("cached", store.Series(key));
        for (var number = 0; number < MetricStore.MaximumSeries; number++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            store.Record(new("churn", "m", [KeyValuePair.Create("number", $"{number}")]), 1, "None");
        }

        Assert.Null(store.Find(key));
        Assert.False(cache.TryGet("cached", out _));
    }
}
