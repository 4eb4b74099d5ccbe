using System.Text.Json.Nodes;

namespace Oith.Tests.LocalCloud.StepFunctions;

/// <summary>Data is shown in the form in which it was sent: with its spaces, line ends and escapes.</summary>
public sealed class DataTextTests : IAsyncLifetime
{
    private const string Spaced = "{ \"list\" : [ 1, 2.50 ],\n  \"text\":\"\\u00e9\" }";

    private StepFunctionsClient _client = null!;

    public async ValueTask InitializeAsync() => _client = await StepFunctionsClient.StartAsync();

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Execution_Shows_Input_And_Output_As_They_Were_Sent_When_No_State_Changes_Them()
    {
        var machine = await _client.CreateAsync("pass", """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}""");
        var execution = await _client.StartAsync(machine, Spaced);
        var ended = await _client.EndAsync(execution);
        Assert.Equal((Spaced, Spaced), (Text(ended, "input"), Text(ended, "output")));

        var events = (await _client.CallAsync("GetExecutionHistory", new JsonObject { ["executionArn"] = execution }))["events"]!.AsArray();
        Assert.Equal(Spaced, Text(events[0]!["executionStartedEventDetails"]!, "input"));
        Assert.Equal(Spaced, Text(events[1]!["stateEnteredEventDetails"]!, "input"));
        Assert.Equal(Spaced, Text(events[2]!["stateExitedEventDetails"]!, "output"));
        Assert.Equal(Spaced, Text(events[3]!["executionSucceededEventDetails"]!, "output"));
    }

    [Theory]
    [InlineData(""" "InputPath":"$.list", """, "[ 1, 2.50 ]")]
    [InlineData(""" "Parameters":{"list.$":"$.list"}, """, """{"list":[1,2.5]}""")]
    [InlineData(""" "Parameters":{"text.$":"States.JsonToString($.list)"}, """, """{"text":"[1,2.5]"}""")]
    public async Task Part_Keeps_Its_Text_And_A_Computed_Value_Is_Compact_When_A_State_Makes_It(string fields, string expected)
    {
        var machine = await _client.CreateAsync("part", """{"StartAt":"A","States":{"A":{"Type":"Pass",FIELDS"End":true}}}""".Replace("FIELDS", fields, StringComparison.Ordinal));
        Assert.Equal(expected, Text(await _client.EndAsync(await _client.StartAsync(machine, Spaced)), "output"));
    }

    [Fact]
    public async Task Sync_Execution_And_Test_Of_A_State_Show_What_They_Were_Sent()
    {
        var machine = await _client.CreateAsync("express", """{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}""", "EXPRESS");
        var answer = await _client.CallAsync("StartSyncExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = Spaced });
        Assert.Equal((Spaced, Spaced), (Text(answer, "input"), Text(answer, "output")));

        var tested = await _client.CallAsync("TestState", new JsonObject
        {
            ["definition"] = """{"Type":"Pass","End":true}""",
            ["input"] = Spaced,
            ["inspectionLevel"] = "DEBUG",
        });
        Assert.Equal((Spaced, Spaced), (Text(tested, "output"), Text(tested["inspectionData"]!, "input")));
    }

    [Fact]
    public async Task Worker_Gets_And_Gives_The_Text_When_An_Activity_Works()
    {
        var activity = Text(await _client.CallAsync("CreateActivity", new JsonObject { ["name"] = "worker" }), "activityArn");
        var machine = await _client.CreateAsync("work", $$$$"""{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"{{{{activity}}}}","End":true}}}""");
        var execution = await _client.StartAsync(machine, Spaced);
        var task = await _client.CallAsync("GetActivityTask", new JsonObject { ["activityArn"] = activity });
        Assert.Equal(Spaced, Text(task, "input"));
        await _client.CallAsync("SendTaskSuccess", new JsonObject { ["taskToken"] = Text(task, "taskToken"), ["output"] = """{ "done": true }""" });
        Assert.Equal("""{ "done": true }""", Text(await _client.EndAsync(execution), "output"));
    }

    private static string Text(JsonNode node, string member) => node[member]!.GetValue<string>();
}
