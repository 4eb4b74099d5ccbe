using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Oith.Tests.LocalCloud.StepFunctions;

public sealed class ExecutionDurabilityTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "oith-states-" + Guid.NewGuid().ToString("N"));
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public async Task Running_Execution_Goes_On_From_Its_State_When_The_Process_Starts_Again()
    {
        string running;
        string done;
        await using (var client = await StepFunctionsClient.StartAsync(_time, _directory))
        {
            var machine = await client.CreateAsync("durable", """
                {"StartAt":"Set","States":{
                  "Set":{"Type":"Pass","Assign":{"kept.$":"$.value"},"Next":"W"},
                  "W":{"Type":"Wait","Seconds":600,"Next":"End"},
                  "End":{"Type":"Pass","Parameters":{"value.$":"$kept"},"End":true}}}
                """);
            running = await client.StartAsync(machine, """{"value":42}""");
            await client.UntilEventAsync(running, "WaitStateEntered");
            done = await client.StartAsync(await client.CreateAsync("quick", """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"""));
            await client.EndAsync(done);
        }

        _time.Advance(TimeSpan.FromSeconds(590));
        await using (var client = await StepFunctionsClient.StartAsync(_time, _directory))
        {
            Assert.Equal("SUCCEEDED", (await client.DescribeAsync(done))["status"]!.GetValue<string>());
            Assert.Equal(4, (await client.EventsAsync(done)).Length);
            Assert.Equal("RUNNING", (await client.DescribeAsync(running))["status"]!.GetValue<string>());
            await StepFunctionsClient.UntilAsync(async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return (await client.DescribeAsync(running))["status"]!.GetValue<string>() != "RUNNING";
            });
            Assert.Equal("""{"value":42}""", (await client.DescribeAsync(running))["output"]!.GetValue<string>());
            Assert.Equal(
                ["ExecutionStarted", "PassStateEntered", "PassStateExited", "WaitStateEntered", "WaitStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"],
                await client.EventsAsync(running));
            // It had waited 590 of its 600 seconds before.
            Assert.True(_time.GetUtcNow() < new DateTimeOffset(2026, 1, 1, 0, 15, 0, TimeSpan.Zero), "It waited anew.");
        }

        await using (var client = await StepFunctionsClient.StartAsync(_time, _directory))
        {
            Assert.Equal("SUCCEEDED", (await client.DescribeAsync(running))["status"]!.GetValue<string>());
            Assert.Equal(8, (await client.EventsAsync(running)).Length);
        }
    }

    [Fact]
    public async Task Machines_And_Activities_Are_Kept_When_The_Process_Starts_Again()
    {
        string machine;
        await using (var client = await StepFunctionsClient.StartAsync(_time, _directory))
        {
            machine = await client.CreateAsync("kept", """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}""");
            await client.CallAsync("PublishStateMachineVersion", new JsonObject { ["stateMachineArn"] = machine, ["description"] = "first" });
            await client.CallAsync(
                "TagResource",
                new JsonObject { ["resourceArn"] = machine, ["tags"] = new JsonArray(new JsonObject { ["key"] = "team", ["value"] = "matching" }) });
            await client.CallAsync("CreateActivity", new JsonObject { ["name"] = "work" });
            await client.CallAsync("DeleteStateMachine", new JsonObject { ["stateMachineArn"] = await client.CreateAsync("gone", """{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}""") });
        }

        await using (var client = await StepFunctionsClient.StartAsync(_time, _directory))
        {
            var listed = await client.CallAsync("ListStateMachines", []);
            Assert.Equal(["kept"], listed["stateMachines"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()));
            Assert.Equal("first", (await client.CallAsync("DescribeStateMachine", new JsonObject { ["stateMachineArn"] = machine + ":1" }))["description"]!.GetValue<string>());
            Assert.Equal("matching", (await client.CallAsync("ListTagsForResource", new JsonObject { ["resourceArn"] = machine }))["tags"]![0]!["value"]!.GetValue<string>());
            Assert.Single((await client.CallAsync("ListActivities", []))["activities"]!.AsArray());
        }
    }
}
