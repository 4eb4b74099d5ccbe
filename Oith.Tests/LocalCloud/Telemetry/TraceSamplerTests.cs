using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud.Telemetry;

namespace Oith.Tests.LocalCloud.Telemetry;

public sealed class TraceSamplerTests
{
    [Fact]
    public void Sample_RecordsSoManyNewTraces_EachSecond()
    {
        var clock = new FakeTimeProvider();
        var sampler = new TraceSampler(clock);

        Assert.Equal(TraceSampler.TracesPerSecond, Recorded(sampler, 200));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Recorded(sampler, 10));
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, ActivitySamplingResult.AllDataAndRecorded)]
    [InlineData(ActivityTraceFlags.None, ActivitySamplingResult.None)]
    public void Sample_FollowsTheTrace_WhenItHasBegunElsewhere(ActivityTraceFlags flags, ActivitySamplingResult expected)
    {
        var sampler = new TraceSampler(new FakeTimeProvider());
        Recorded(sampler, TraceSampler.TracesPerSecond);

        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags);

        Assert.Equal(expected, sampler.Sample(parent));
    }

    private static int Recorded(TraceSampler sampler, int traces) =>
        Enumerable.Range(0, traces).Count(_ => sampler.Sample(default) == ActivitySamplingResult.AllDataAndRecorded);
}
