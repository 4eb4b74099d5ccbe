using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Oith.Tests.LocalCloud.StepFunctions;

public sealed class ExecutionTracingTests
{
    [Fact]
    public async Task Execution_Is_A_Span_With_One_A_State_When_The_Caller_Is_Traced()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Oith.LocalCloud.StepFunctions",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync("traced", """
            {"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
                {"StartAt":"Left","States":{"Left":{"Type":"Pass","End":true}}},
                {"StartAt":"Right","States":{"Right":{"Type":"Pass","End":true}}}],"Next":"Boom"},
              "Boom":{"Type":"Fail","Error":"Bad","Cause":"worse"}}}
            """);
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

        await client.EndAsync(await client.StartAsync(machine, new JsonObject { ["traceparent"] = $"00-{Trace}-00f067aa0ba902b7-01" }.ToJsonString()));
        await StepFunctionsClient.UntilAsync(() => Task.FromResult(spans.Count(span => span.TraceId.ToHexString() == Trace) == 5));

        var mine = spans.Where(span => span.TraceId.ToHexString() == Trace).ToDictionary(span => span.DisplayName);
        var execution = mine["execution traced"];
        Assert.Equal("00f067aa0ba902b7", execution.ParentSpanId.ToHexString());
        Assert.Equal(ActivityStatusCode.Error, execution.Status);
        Assert.Equal(execution.SpanId, mine["state P"].ParentSpanId);
        Assert.Equal(mine["state P"].SpanId, mine["state Left"].ParentSpanId);
        Assert.Equal(mine["state P"].SpanId, mine["state Right"].ParentSpanId);
        Assert.Equal(
            ("Boom", "Fail", "Bad"),
            (mine["state Boom"].GetTagItem("aws.step_functions.state.name"), mine["state Boom"].GetTagItem("aws.step_functions.state.type"), mine["state Boom"].GetTagItem("error.type")));
    }

    [Fact]
    public async Task Execution_Joins_The_Trace_When_An_X_Ray_Header_Comes()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Oith.LocalCloud.StepFunctions",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var client = await StepFunctionsClient.StartAsync();
        var machine = await client.CreateAsync("xray", """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}""", "EXPRESS");

        await client.CallAsync("StartSyncExecution", new JsonObject
        {
            ["stateMachineArn"] = machine,
            ["traceHeader"] = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        });

        Assert.Equal(
            ["execution xray", "state A"],
            spans.Where(span => span.TraceId.ToHexString() == "5759e988bd862e3fe1be46a994272793").Select(span => span.DisplayName).Order());
    }
}
