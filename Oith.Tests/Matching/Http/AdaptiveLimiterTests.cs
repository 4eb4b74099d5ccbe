using System.Threading.RateLimiting;
using Microsoft.Extensions.Time.Testing;
using Oith.Matching.Api;

namespace Oith.Tests.Matching.Http;

public sealed class AdaptiveLimiterTests
{
    private static readonly TimeSpan s_slow = AdaptiveLimiter.InTime * 2;
    private static readonly TimeSpan s_quick = AdaptiveLimiter.InTime / 10;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Requests_Are_Turned_Away_When_All_Places_Are_Taken()
    {
        using var limiter = new AdaptiveLimiter(2, _time);
        using var one = limiter.AttemptAcquire();
        var two = limiter.AttemptAcquire();

        Assert.True(one.IsAcquired && two.IsAcquired);
        Assert.False(limiter.AttemptAcquire().IsAcquired);
        two.Dispose();
        two.Dispose();
        using var three = limiter.AttemptAcquire();
        Assert.True(three.IsAcquired);
        Assert.False(limiter.AttemptAcquire().IsAcquired);
        Assert.Equal((3, 2), (limiter.GetStatistics()!.TotalSuccessfulLeases, limiter.GetStatistics()!.TotalFailedLeases));
    }

    [Fact]
    public void Limit_Falls_Once_For_All_That_Were_At_Work_Together()
    {
        using var limiter = new AdaptiveLimiter(100, _time);

        Work(limiter, 80, s_slow);

        Assert.Equal(90, limiter.Limit);
    }

    [Fact]
    public void Limit_Falls_To_A_Floor_While_Answers_Are_Late_And_Rises_When_They_Are_In_Time()
    {
        using var limiter = new AdaptiveLimiter(640, _time);
        for (var round = 0; round < 100; round++)
        {
            Work(limiter, limiter.Limit, s_slow);
        }

        Assert.Equal(20, limiter.Limit);

        for (var round = 0; round < 1000; round++)
        {
            Work(limiter, limiter.Limit, s_quick);
        }

        Assert.Equal(640, limiter.Limit);
    }

    private void Work(AdaptiveLimiter limiter, int requests, TimeSpan duration)
    {
        RateLimitLease[] places = [.. Enumerable.Range(0, requests).Select(_ => limiter.AttemptAcquire())];
        _time.Advance(duration);
        foreach (var place in places)
        {
            Assert.True(place.IsAcquired);
            place.Dispose();
        }
    }
}
