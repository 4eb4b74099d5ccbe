using System.Net;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudWatch;

/// <summary>What others see of alarms: <c>GET /health/alarms</c>.</summary>
public sealed class AlarmHealthTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alarms_Degrade_Their_Own_Endpoint_And_Nothing_Else_While_They_Last()
    {
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm(
            "too-deep", ("Namespace", "Test"), ("MetricName", "Depth"), ("Statistic", "Sum"), ("Threshold", 1), ("AlarmDescription", "Look at the queue.")));
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("quiet", ("Namespace", "Test"), ("MetricName", "Other"), ("Statistic", "Sum"), ("Threshold", 1)));
        Assert.Equal("""{"status":"Healthy","alarms":[]}""", (await ReadAsync()).ToJsonString());

        await SetStateAsync("ALARM", "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (1.0).");

        var degraded = await ReadAsync();
        Assert.Equal("Degraded", degraded["status"]!.GetValue<string>());
        var alarm = Assert.Single(degraded["alarms"]!.AsArray())!;
        Assert.Equal(
            ("too-deep", "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (1.0).", "Look at the queue."),
            (alarm["name"]!.GetValue<string>(), alarm["reason"]!.GetValue<string>(), alarm["description"]!.GetValue<string>()));
        Assert.True(DateTimeOffset.TryParse(alarm["since"]!.GetValue<string>(), out _));
        using var client = new HttpClient { BaseAddress = cloud.Endpoint };
        using var health = await client.GetAsync("/health", Token);
        Assert.Equal((HttpStatusCode.OK, "Healthy"), (health.StatusCode, await health.Content.ReadAsStringAsync(Token)));

        await SetStateAsync("OK", "Over.");
        Assert.Equal("""{"status":"Healthy","alarms":[]}""", (await ReadAsync()).ToJsonString());
    }

    private async Task<JsonNode> ReadAsync()
    {
        using var client = new HttpClient { BaseAddress = cloud.Endpoint };
        using var response = await client.GetAsync("/health/alarms", Token);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
    }

    private Task SetStateAsync(string state, string reason) =>
        CallAsync("SetAlarmState", new() { ["AlarmName"] = "too-deep", ["StateValue"] = state, ["StateReason"] = reason });

    private async Task CallAsync(string operation, JsonObject input) => await cloud.Api.InvokeAsync("monitoring", operation, input, Token);
}
