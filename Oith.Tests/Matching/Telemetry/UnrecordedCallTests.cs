using System.Diagnostics;
using Oith.Matching.Redis;
using Oith.Matching.Telemetry;

namespace Oith.Tests.Matching.Telemetry;

/// <summary>What telemetry costs a request that no trace records: nearly every one of a busy service.</summary>
public sealed class UnrecordedCallTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Calls_Allocate_Nothing_When_No_Trace_Records_Them(bool hasActivity)
    {
        // ASP.NET Core makes one for its logs, which no listener records.
        using var activity = hasActivity ? new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start() : null;
        Call();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Call();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Call()
    {
        using var redis = RedisSpan.Start();
        using var dynamoDB = AwsSpans.StartDynamoDB("GetItem");
        using var sqs = AwsSpans.StartSQS("SendMessage", "http://localhost:4566/000000000000/queue");
        Assert.Null(RedisSpan.CurrentSession());
        Assert.Null(dynamoDB);
        Assert.Null(sqs);
    }
}
