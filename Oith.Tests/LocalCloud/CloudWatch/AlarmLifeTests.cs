using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.CloudWatch.Alarms;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudWatch;

/// <summary>What AWS says of alarms beyond the rules of missing data.</summary>
public sealed class AlarmLifeTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(s_start);
    private WebApplication _cloud = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0 }, _time);

    public async ValueTask DisposeAsync()
    {
        await _cloud.StopAsync(CancellationToken.None);
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task Alarm_On_DynamoDB_Ignores_Missing_Data_Whatever_It_Is_Told()
    {
        var throttles = new MetricKey("AWS/DynamoDB", "ReadThrottleEvents", [KeyValuePair.Create("TableName", "users")]);
        _cloud.Services.GetRequiredService<MetricStore>().Series(throttles).Add(s_start, "Count", isHighResolution: false, set => set.Add(1, 5));
        var dimensions = new JsonArray(new JsonObject { ["Name"] = "TableName", ["Value"] = "users" });
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm(
            "throttles", ("Namespace", "AWS/DynamoDB"), ("MetricName", "ReadThrottleEvents"), ("Statistic", "Sum"), ("Threshold", 1), ("TreatMissingData", "notBreaching"),
            ("Dimensions", dimensions)));
        Evaluate(minute: 1);
        Assert.Equal("ALARM", await StateAsync("throttles"));

        Evaluate(minute: 20);

        Assert.Equal("ALARM", await StateAsync("throttles"));
    }

    [Fact]
    public async Task Filled_Metrics_End_An_Alarm_On_DynamoDB()
    {
        var throttles = new MetricKey("AWS/DynamoDB", "ReadThrottleEvents", [KeyValuePair.Create("TableName", "users")]);
        _cloud.Services.GetRequiredService<MetricStore>().Series(throttles).Add(s_start, "Count", isHighResolution: false, set => set.Add(1, 5));
        var alarm = CloudWatchTests.Alarm("throttles", ("Threshold", 1), ("Metrics", JsonNode.Parse(
            """
            [{"Id": "all", "Expression": "SUM(FILL([reads, writes], 0))"},
             {"Id": "reads", "ReturnData": false, "MetricStat": {"Stat": "Sum", "Period": 60, "Metric":
               {"Namespace": "AWS/DynamoDB", "MetricName": "ReadThrottleEvents", "Dimensions": [{"Name": "TableName", "Value": "users"}]}}},
             {"Id": "writes", "ReturnData": false, "MetricStat": {"Stat": "Sum", "Period": 60, "Metric":
               {"Namespace": "AWS/DynamoDB", "MetricName": "WriteThrottleEvents", "Dimensions": [{"Name": "TableName", "Value": "users"}]}}}]
            """)!));
        foreach (var member in new[] { "Namespace", "MetricName", "Statistic", "Period" })
        {
            alarm.Remove(member);
        }

        await CallAsync("PutMetricAlarm", alarm);
        Evaluate(minute: 1);
        Assert.Equal("ALARM", await StateAsync("throttles"));

        Evaluate(minute: 2);

        Assert.Equal("OK", await StateAsync("throttles"));
    }

    [Fact]
    public async Task State_That_Was_Set_By_Hand_Lasts_To_The_Next_Evaluation()
    {
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("fine", ("TreatMissingData", "notBreaching")));
        await SetStateAsync("fine", "ALARM");
        Assert.Equal("ALARM", await StateAsync("fine"));

        Evaluate(minute: 1);

        Assert.Equal("OK", await StateAsync("fine"));
    }

    [Fact]
    public async Task Composite_Alarm_Keeps_A_State_Set_By_Hand_Until_A_Child_Changes()
    {
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("child", ("TreatMissingData", "notBreaching")));
        Evaluate(minute: 1);
        await CallAsync("PutCompositeAlarm", new() { ["AlarmName"] = "parent", ["AlarmRule"] = "ALARM(child)" });
        await SetStateAsync("parent", "ALARM");

        Evaluate(minute: 2);
        Assert.Equal("ALARM", await StateAsync("parent"));

        await SetStateAsync("child", "INSUFFICIENT_DATA");
        Assert.Equal("OK", await StateAsync("parent"));
    }

    [Fact]
    public async Task Percentile_Of_Too_Few_Samples_Changes_Nothing_When_It_Is_To_Be_Ignored()
    {
        await PutAsync(minute: 0, count: 199, value: 500);
        var alarm = CloudWatchTests.Alarm("p95", ("ExtendedStatistic", "p95"), ("EvaluateLowSampleCountPercentile", "ignore"));
        alarm.Remove("Statistic");
        await CallAsync("PutMetricAlarm", alarm);

        Evaluate(minute: 1);
        Assert.Equal("INSUFFICIENT_DATA", await StateAsync("p95"));

        await PutAsync(minute: 0, count: 1, value: 500);
        Evaluate(minute: 1);
        Assert.Equal("ALARM", await StateAsync("p95"));
    }

    [Fact]
    public async Task History_Outlives_The_Alarm()
    {
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("gone"));
        await SetStateAsync("gone", "ALARM");
        await CallAsync("DeleteAlarms", new() { ["AlarmNames"] = new JsonArray("gone") });

        var history = (await CallAsync("DescribeAlarmHistory", new() { ["AlarmName"] = "gone" }))["AlarmHistoryItems"]!.AsArray();

        Assert.Contains(history, item => item!["HistorySummary"]!.GetValue<string>() == "Alarm updated from INSUFFICIENT_DATA to ALARM");
        Assert.Contains(history, item => item!["HistorySummary"]!.GetValue<string>() == "Alarm \"gone\" deleted");
    }

    [Fact]
    public async Task Alarms_Are_Those_Of_Metrics_When_No_Type_Is_Asked_For()
    {
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("child"));
        await CallAsync("PutCompositeAlarm", new() { ["AlarmName"] = "parent", ["AlarmRule"] = "ALARM(child)" });

        var answer = await CallAsync("DescribeAlarms", new() { ["AlarmNames"] = new JsonArray("child", "parent") });

        Assert.Equal("child", Assert.Single(answer["MetricAlarms"]!.AsArray())!["AlarmName"]!.GetValue<string>());
        Assert.Empty(answer["CompositeAlarms"]!.AsArray());
    }

    [Fact]
    public async Task Alarm_Is_Refused_When_It_Looks_Back_More_Than_A_Day()
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("long", ("Period", 300), ("EvaluationPeriods", 289))));

        Assert.Equal("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).", error.Message);
        await CallAsync("PutMetricAlarm", CloudWatchTests.Alarm("long", ("Period", 3600), ("EvaluationPeriods", 168)));
    }

    [Theory]
    [InlineData(-15, "two weeks in the past")]
    [InlineData(1, "two hours in the future")]
    public async Task Data_Is_Refused_When_Its_Time_Is_Far_From_Now(int days, string named)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => PutAsync(minute: days * 1440, count: 1, value: 1));

        Assert.Equal("InvalidParameterValue", error.QueryErrorCode);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private void Evaluate(int minute) => _cloud.Services.GetRequiredService<AlarmEvaluator>().Evaluate(s_start.AddMinutes(minute));

    private async Task<string> StateAsync(string name)
    {
        var answer = await CallAsync("DescribeAlarms", new() { ["AlarmNames"] = new JsonArray(name), ["AlarmTypes"] = new JsonArray("MetricAlarm", "CompositeAlarm") });
        return Assert.Single(answer["MetricAlarms"]!.AsArray().Concat(answer["CompositeAlarms"]!.AsArray()))!["StateValue"]!.GetValue<string>();
    }

    private Task<JsonObject> SetStateAsync(string alarm, string state) =>
        CallAsync("SetAlarmState", new() { ["AlarmName"] = alarm, ["StateValue"] = state, ["StateReason"] = "testing" });

    private Task<JsonObject> PutAsync(int minute, int count, double value) => CallAsync("PutMetricData", new()
    {
        ["Namespace"] = "Test",
        ["MetricData"] = new JsonArray(new JsonObject
        {
            ["MetricName"] = "latency",
            ["Values"] = new JsonArray(value),
            ["Counts"] = new JsonArray(count),
            ["Timestamp"] = s_start.AddMinutes(minute).ToUnixTimeSeconds(),
        }),
    });

    private Task<JsonObject> CallAsync(string operation, JsonObject input) =>
        _cloud.Services.GetRequiredService<IAwsApi>().InvokeAsync("monitoring", operation, input, Token).AsTask();
}
