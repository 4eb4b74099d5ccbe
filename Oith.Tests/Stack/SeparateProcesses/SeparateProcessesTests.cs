using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.Stack;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.SeparateProcesses;

public sealed class SeparateProcessesTests(TwoProcesses processes) : IClassFixture<TwoProcesses>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Queued_Request_Is_Matched_When_LocalCloud_And_The_Service_Are_Processes_Of_Their_Own()
    {
        foreach (var email in new[] { "ann@oith.example", "bea@oith.example" })
        {
            using var put = await processes.Client.PutAsJsonAsync(new Uri(processes.Gateway, $"/api/profiles/{email}"), Person(), Token);
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(Token));
        }

        using var asked = await processes.Client.PostAsJsonAsync(
            new Uri(processes.Gateway, "/api/match/requests"), new JsonObject { ["userEmail"] = "ann@oith.example" }, Token);
        var id = (await asked.Content.ReadFromJsonAsync<JsonNode>(Token))!["requestId"]!.GetValue<string>();
        var request = await Eventually.GetAsync(async () =>
        {
            var answer = await processes.Client.GetFromJsonAsync<JsonNode>(new Uri(processes.Gateway, $"/api/match/requests/{id}"), Token);
            return answer!["status"]!.GetValue<string>() == "queued" ? null : answer;
        });

        Assert.Equal("completed", request["status"]!.GetValue<string>());
        Assert.Equal("bea@oith.example", request["match"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public void The_Stack_S_Address_Is_That_Of_The_Http_Api() =>
        Assert.Equal(processes.Gateway, new Uri(processes.Outputs[ResourceNames.MatchingStack]["ApiEndpoint"]));

    [Fact]
    public Task Response_Time_Alarm_Fires_When_A_Fault_Slows_The_Service() => FiresAsync(
        "response-time-p95", new() { ["Name"] = "slow", ["Service"] = "matching", ["LatencyMilliseconds"] = 400 }, HttpStatusCode.OK);

    [Fact]
    public Task Error_Rate_Alarm_Fires_When_A_Fault_Fails_The_Service() => FiresAsync(
        "error-rate", new() { ["Name"] = "errors", ["Service"] = "matching", ["ErrorCode"] = "InternalServerError" }, HttpStatusCode.InternalServerError);

    /// <summary>The alarm is in ALARM while four callers ask and the fault lasts, and is not when it has ended.</summary>
    /// <param name="struck">What the callers are answered meanwhile.</param>
    private async Task FiresAsync(string alarm, JsonObject fault, HttpStatusCode struck)
    {
        await Eventually.TrueAsync(async () => !(await processes.AlarmsAsync()).Contains(alarm));
        await processes.FaultAsync("PutFault", fault);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var callers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => AskAsync(struck, ended.Token)));
        try
        {
            await Eventually.TrueAsync(async () =>
            {
                if (callers.IsFaulted)
                {
                    await callers;
                }

                return (await processes.AlarmsAsync()).Contains(alarm);
            });
        }
        finally
        {
            await ended.CancelAsync();
            await callers;
            await processes.FaultAsync("DeleteFault", new() { ["Name"] = fault["Name"]!.GetValue<string>() });
        }

        await Eventually.TrueAsync(async () => !(await processes.AlarmsAsync()).Contains(alarm));
    }

    private async Task AskAsync(HttpStatusCode expected, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            using var answer = await processes.Client.GetAsync(new Uri(processes.Gateway, "/api/match/status?userEmail=nobody@oith.example"), Token);
            Assert.True(answer.StatusCode == expected || answer.StatusCode == HttpStatusCode.NotFound, $"{answer.StatusCode}");
        }
    }

    private static JsonObject Person() => new()
    {
        ["age"] = 30,
        ["gender"] = "female",
        ["coordinates"] = new JsonObject { ["lat"] = 40.7, ["lng"] = -74 },
        ["matchPreferences"] = new JsonObject { ["interestedIn"] = "everyone" },
    };
}
