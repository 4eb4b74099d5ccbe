using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

[Collection(OithStackCollection.Name)]
public sealed class ConsoleAlarmTests(OithStackFixture fixture, BrowserFixture browser)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alarm_Goes_Red_And_Green_Again_Before_Ones_Eyes()
    {
        var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, CloudWatchClockFactor = 60 });
        await using (app)
        {
            var api = app.Services.GetRequiredService<IAwsApi>();
            await api.InvokeAsync("monitoring", "PutMetricAlarm", new JsonObject
            {
                ["AlarmName"] = "too-slow",
                ["Namespace"] = "Test",
                ["MetricName"] = "Latency",
                ["Statistic"] = "Maximum",
                ["Period"] = 60,
                ["EvaluationPeriods"] = 1,
                ["Threshold"] = 200,
                ["ComparisonOperator"] = "GreaterThanThreshold",
                ["TreatMissingData"] = "notBreaching",
            }, Token);
            await using var window = await ConsoleWindow.OpenAsync(browser, LocalCloudFixture.EndpointOf(app));
            await window.GoToAsync("alarms/too-slow", "too-slow");
            var state = window.Panel("State");
            await ConsoleWindow.ExpectAsync(state, "OK");

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var load = LoadAsync(api, stop.Token);
            await ConsoleWindow.ExpectAsync(state.Locator(".badge.bad"), "ALARM");
            await ConsoleWindow.ExpectAsync(state, "was greater than the threshold (200.0)");
            await ConsoleWindow.ExpectAsync(window.Page.Locator("#nav .count"), "1");
            await ConsoleWindow.ExpectAsync(window.Panel("Latency Maximum > 200, 1 of 1 × 60 s").GetByRole(AriaRole.Slider), "Threshold 200");
            await stop.CancelAsync();
            await load;

            await ConsoleWindow.ExpectAsync(state.Locator(".badge.ok"), "OK");
            await ConsoleWindow.ExpectCountAsync(window.Page.Locator("#nav .count"), 0);
            await ConsoleWindow.ExpectAsync(window.Panel("History"), "Alarm updated from ALARM to OK");
        }
    }

    [Fact]
    public async Task Alarms_Are_Listed_With_Their_Conditions_And_Can_Be_Set()
    {
        await using var window = await ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);
        await window.GoToAsync("alarms", "Alarms");
        await ConsoleWindow.ExpectAsync(window.Row("oith-development-response-time-p95"), "Latency p95 > 200, 3 of 3 × 60 s");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "oith-development-dynamodb-throttling-users" }).ClickAsync();

        await window.Page.GetByLabel("Until its next evaluation").SelectOptionAsync("ALARM");
        await window.Button("Set").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Panel("History"), "to ALARM");
        var history = await fixture.CallAsync("monitoring", "DescribeAlarmHistory", new JsonObject { ["AlarmName"] = "oith-development-dynamodb-throttling-users", ["HistoryItemType"] = "StateUpdate" });
        // Not the newest item alone: the next evaluation may have set the alarm back.
        Assert.Contains(
            history["AlarmHistoryItems"]!.AsArray(),
            item => item!["HistoryData"]!.GetValue<string>().Contains("Set on the console page", StringComparison.Ordinal));
    }

    // Something slow, until it is told to stop.
    private static async Task LoadAsync(IAwsApi api, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await api.InvokeAsync("monitoring", "PutMetricData", new JsonObject
            {
                ["Namespace"] = "Test",
                ["MetricData"] = new JsonArray(new JsonObject { ["MetricName"] = "Latency", ["Value"] = 450 }),
            }, CancellationToken.None);
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
