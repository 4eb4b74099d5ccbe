using System.Formats.Cbor;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.CloudWatch.Alarms;
using Oith.LocalCloud.CloudWatch.Vending;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudWatch;

public sealed class CloudWatchTests : IAsyncLifetime
{
    private const string TopicArn = "arn:aws:sns:us-east-1:000000000000:alerts";

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
    public async Task Statistics_Are_Taken_Over_Each_Period()
    {
        await PutAsync("latency", [.. Enumerable.Range(0, 10).Select(value => (0, (double)value))]);
        var answer = await CallAsync("GetMetricStatistics", new JsonObject
        {
            ["Namespace"] = "Test",
            ["MetricName"] = "latency",
            ["StartTime"] = s_start.ToUnixTimeSeconds(),
            ["EndTime"] = s_start.AddMinutes(5).ToUnixTimeSeconds(),
            ["Period"] = 60,
            ["Statistics"] = new JsonArray("Average", "Sum", "SampleCount", "Minimum", "Maximum"),
            ["ExtendedStatistics"] = new JsonArray("p50", "p90", "tm50", "PR(:4)"),
        });
        var point = Assert.Single(answer["Datapoints"]!.AsArray())!;
        Assert.Equal(4.5, point["Average"]!.GetValue<double>());
        Assert.Equal(45, point["Sum"]!.GetValue<double>());
        Assert.Equal(10, point["SampleCount"]!.GetValue<double>());
        Assert.Equal(0, point["Minimum"]!.GetValue<double>());
        Assert.Equal(9, point["Maximum"]!.GetValue<double>());
        Assert.Equal(4.5, point["ExtendedStatistics"]!["p50"]!.GetValue<double>());
        Assert.Equal(8.1, point["ExtendedStatistics"]!["p90"]!.GetValue<double>(), 6);
        Assert.Equal(2, point["ExtendedStatistics"]!["tm50"]!.GetValue<double>());
        Assert.Equal(50, point["ExtendedStatistics"]!["PR(:4)"]!.GetValue<double>());
    }

    [Fact]
    public async Task Values_Counts_And_Statistic_Sets_Add_Up()
    {
        await CallAsync("PutMetricData", new JsonObject
        {
            ["Namespace"] = "Test",
            ["MetricData"] = new JsonArray(
                new JsonObject { ["MetricName"] = "sets", ["Values"] = new JsonArray(1, 10), ["Counts"] = new JsonArray(2, 4) },
                new JsonObject { ["MetricName"] = "sets", ["StatisticValues"] = new JsonObject { ["SampleCount"] = 10, ["Sum"] = 55, ["Minimum"] = 0.5, ["Maximum"] = 20 } }),
        });
        var results = await DataAsync(
            ("sum", """{"MetricStat":{"Metric":{"Namespace":"Test","MetricName":"sets"},"Period":60,"Stat":"Sum"}}"""),
            ("max", """{"MetricStat":{"Metric":{"Namespace":"Test","MetricName":"sets"},"Period":60,"Stat":"Maximum"}}"""));
        Assert.Equal(97, results[0]!["Values"]![0]!.GetValue<double>());
        Assert.Equal("sets Sum", results[0]!["Label"]!.GetValue<string>());
        Assert.Equal(20, results[1]!["Values"]![0]!.GetValue<double>());
    }

    [Fact]
    public async Task Metric_Math_Refers_To_Other_Queries()
    {
        await PutAsync("errors", (0, 1), (1, 3));
        await PutAsync("requests", (0, 200), (1, 100));
        var results = await DataAsync(
            ("rate", """{"Expression":"100 * errors / requests","Label":"Error rate"}"""),
            ("errors", """{"MetricStat":{"Metric":{"Namespace":"Test","MetricName":"errors"},"Period":60,"Stat":"Sum"},"ReturnData":false}"""),
            ("requests", """{"MetricStat":{"Metric":{"Namespace":"Test","MetricName":"requests"},"Period":60,"Stat":"Sum"},"ReturnData":false}"""));
        var result = Assert.Single(results)!;
        Assert.Equal("Error rate", result["Label"]!.GetValue<string>());
        Assert.Equal([3, 0.5], result["Values"]!.AsArray().Select(value => value!.GetValue<double>()));
    }

    [Fact]
    public async Task Alarm_Fires_After_Its_Periods_Notifies_And_Recovers()
    {
        await CallAsync("sns", "CreateTopic", new JsonObject { ["Name"] = "alerts" });
        var queue = (await CallAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "alerts" }))["QueueUrl"]!.GetValue<string>();
        await CallAsync("sns", "Subscribe", new JsonObject { ["TopicArn"] = TopicArn, ["Protocol"] = "sqs", ["Endpoint"] = "arn:aws:sqs:us-east-1:000000000000:alerts" });
        await CallAsync("PutMetricAlarm", Alarm("slow", ("EvaluationPeriods", 3), ("AlarmActions", new JsonArray(TopicArn)), ("OKActions", new JsonArray(TopicArn))));
        Assert.Equal("INSUFFICIENT_DATA", (await AlarmAsync("slow"))["StateValue"]!.GetValue<string>());

        await PutAsync("latency", (0, 300), (1, 300), (2, 300));
        Evaluate(minute: 2);
        Assert.NotEqual("ALARM", (await AlarmAsync("slow"))["StateValue"]!.GetValue<string>());
        Evaluate(minute: 3);
        var alarm = await AlarmAsync("slow");
        Assert.Equal("ALARM", alarm["StateValue"]!.GetValue<string>());
        Assert.Equal(
            "Threshold Crossed: 3 out of the last 3 datapoints [300.0 (01/01/26 00:02:00), 300.0 (01/01/26 00:01:00), 300.0 (01/01/26 00:00:00)] were greater than the "
            + "threshold (200.0) (minimum 3 datapoints for OK -> ALARM transition).",
            alarm["StateReason"]!.GetValue<string>());

        var message = JsonNode.Parse(await NextNotificationAsync(queue))!;
        Assert.Equal("slow", message["AlarmName"]!.GetValue<string>());
        Assert.Equal(("INSUFFICIENT_DATA", "ALARM"), (message["OldStateValue"]!.GetValue<string>(), message["NewStateValue"]!.GetValue<string>()));
        Assert.Equal("AVERAGE", message["Trigger"]!["Statistic"]!.GetValue<string>());

        await PutAsync("latency", (3, 100));
        Evaluate(minute: 4);
        Assert.Equal("OK", (await AlarmAsync("slow"))["StateValue"]!.GetValue<string>());
        Assert.Equal("OK", JsonNode.Parse(await NextNotificationAsync(queue))!["NewStateValue"]!.GetValue<string>());

        var history = (await CallAsync("DescribeAlarmHistory", new JsonObject { ["AlarmName"] = "slow", ["HistoryItemType"] = "StateUpdate" }))["AlarmHistoryItems"]!.AsArray();
        Assert.Contains(history, item => item!["HistorySummary"]!.GetValue<string>() == "Alarm updated from ALARM to OK");
    }

    [Theory]
    [InlineData("missing", "INSUFFICIENT_DATA")]
    [InlineData("ignore", "OK")]
    [InlineData("breaching", "ALARM")]
    [InlineData("notBreaching", "OK")]
    public async Task Alarm_Whose_Data_Stops_Ends_As_Its_TreatMissingData_Says(string treatment, string state)
    {
        await CallAsync("PutMetricAlarm", Alarm("silent", ("TreatMissingData", treatment)));
        await PutAsync("latency", (0, 100));
        Evaluate(minute: 1);
        Assert.Equal("OK", (await AlarmAsync("silent"))["StateValue"]!.GetValue<string>());
        Evaluate(minute: 30);
        Assert.Equal(state, (await AlarmAsync("silent"))["StateValue"]!.GetValue<string>());
    }

    [Fact]
    public async Task Alarm_On_Metric_Math_And_Percentiles_Is_Evaluated()
    {
        await PutAsync("errors", (0, 2));
        await PutAsync("requests", (0, 100));
        await PutAsync("latency", [.. Enumerable.Range(1, 100).Select(value => (0, (double)value))]);
        await CallAsync("PutMetricAlarm", new JsonObject
        {
            ["AlarmName"] = "rate",
            ["ComparisonOperator"] = "GreaterThanThreshold",
            ["Threshold"] = 0.5,
            ["EvaluationPeriods"] = 1,
            ["Metrics"] = new JsonArray(
                JsonNode.Parse("""{"Id":"rate","Expression":"100 * errors / requests","ReturnData":true}"""),
                JsonNode.Parse("""{"Id":"errors","MetricStat":{"Metric":{"Namespace":"Test","MetricName":"errors"},"Period":60,"Stat":"Sum"},"ReturnData":false}"""),
                JsonNode.Parse("""{"Id":"requests","MetricStat":{"Metric":{"Namespace":"Test","MetricName":"requests"},"Period":60,"Stat":"Sum"},"ReturnData":false}""")),
        });
        var percentile = Alarm("p95", ("ExtendedStatistic", "p95"), ("Threshold", 95));
        percentile.Remove("Statistic");
        await CallAsync("PutMetricAlarm", percentile);
        Evaluate(minute: 1);
        Assert.Equal("ALARM", (await AlarmAsync("rate"))["StateValue"]!.GetValue<string>());
        Assert.Contains("[2.0 (01/01/26 00:00:00)]", (await AlarmAsync("rate"))["StateReason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("ALARM", (await AlarmAsync("p95"))["StateValue"]!.GetValue<string>());
    }

    [Fact]
    public async Task Composite_Alarm_Follows_Its_Children()
    {
        await CallAsync("PutMetricAlarm", Alarm("one"));
        await CallAsync("PutMetricAlarm", Alarm("two"));
        await CallAsync("PutCompositeAlarm", new JsonObject { ["AlarmName"] = "both", ["AlarmRule"] = "ALARM(\"one\") AND (ALARM(two) OR FALSE)" });
        await SetStateAsync("one", "ALARM");
        Assert.Equal("OK", (await AlarmAsync("both"))["StateValue"]!.GetValue<string>());
        await SetStateAsync("two", "ALARM");
        var both = await AlarmAsync("both");
        Assert.Equal("ALARM", both["StateValue"]!.GetValue<string>());
        Assert.StartsWith("arn:aws:cloudwatch:us-east-1:000000000000:alarm:two transitioned to ALARM at Thursday 01 January, 2026", both["StateReason"]!.GetValue<string>(), StringComparison.Ordinal);
        await SetStateAsync("one", "OK");
        Assert.Equal("OK", (await AlarmAsync("both"))["StateValue"]!.GetValue<string>());
    }

    [Fact]
    public async Task Queues_Functions_And_Tables_Have_Their_Metrics()
    {
        var queue = (await CallAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "measured" }))["QueueUrl"]!.GetValue<string>();
        await CallAsync("sqs", "SendMessage", new JsonObject { ["QueueUrl"] = queue, ["MessageBody"] = "hello" });
        await CallAsync("lambda", "CreateFunction", Lambda.LambdaFunctions.Create("measured"));
        await CallAsync("lambda", "Invoke", new JsonObject { ["FunctionName"] = "measured" });
        await CallAsync("dynamodb", "CreateTable", JsonNode.Parse(
            """{"TableName":"measured","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}""")!.AsObject());
        await CallAsync("dynamodb", "GetItem", JsonNode.Parse("""{"TableName":"measured","Key":{"id":{"S":"1"}}}""")!.AsObject());
        await _cloud.Services.GetRequiredService<VendedMetrics>().CollectAsync(s_start.AddSeconds(59), Token);

        Assert.Equal(1, await ValueAsync("AWS/SQS", "NumberOfMessagesSent", "Sum", "QueueName=measured"));
        Assert.Equal(1, await ValueAsync("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "QueueName=measured"));
        Assert.Equal(1, await ValueAsync("AWS/Lambda", "Invocations", "Sum", "FunctionName=measured"));
        Assert.Equal(1, await ValueAsync("AWS/Lambda", "Errors", "Sum", "FunctionName=measured"));
        Assert.Equal(1, await ValueAsync("AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", "TableName=measured", "Operation=GetItem"));
    }

    [Fact]
    public async Task Cbor_Client_Puts_And_Reads_Metrics_And_Errors()
    {
        using var client = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(_cloud) };
        var put = await CborAsync(client, "PutMetricData", writer =>
        {
            writer.WriteStartMap(2);
            writer.WriteTextString("Namespace");
            writer.WriteTextString("Test");
            writer.WriteTextString("MetricData");
            writer.WriteStartArray(1);
            writer.WriteStartMap(3);
            writer.WriteTextString("MetricName");
            writer.WriteTextString("cbor");
            writer.WriteTextString("Value");
            writer.WriteDouble(7);
            writer.WriteTextString("Timestamp");
            writer.WriteTag(CborTag.UnixTimeSeconds);
            writer.WriteDouble(s_start.ToUnixTimeSeconds());
            writer.WriteEndMap();
            writer.WriteEndArray();
            writer.WriteEndMap();
        });
        Assert.Equal(HttpStatusCode.OK, put.Status);
        Assert.Equal(7, await ValueAsync("Test", "cbor", "Sum"));

        var refused = await CborAsync(client, "SetAlarmState", writer =>
        {
            writer.WriteStartMap(1);
            writer.WriteTextString("StateValue");
            writer.WriteTextString("INVALID");
            writer.WriteEndMap();
        });
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("ValidationError;Sender", refused.QueryError);
    }

    [Theory]
    [InlineData("PutMetricData", """{"Namespace":"Test","MetricData":[{"MetricName":"m","Value":1,"Values":[1]}]}""", "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.")]
    [InlineData("PutMetricData", """{"Namespace":"Test","MetricData":[{"MetricName":"m","Values":[1,2],"Counts":[1]}]}""", "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.")]
    [InlineData("PutDashboard", """{"DashboardName":"no spaces","DashboardBody":"{}"}""", "The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n")]
    [InlineData("GetMetricStatistics", """{"Namespace":"Test","MetricName":"m","StartTime":0,"EndTime":86400,"Period":1,"Statistics":["Sum"]}""", "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.")]
    [InlineData("SetAlarmState", """{"AlarmName":"a","StateValue":"INVALID","StateReason":"r"}""", "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]")]
    [InlineData("PutMetricAlarm", """{"AlarmName":"a","Colour":"red"}""", "LocalCloud does not know the member Colour of PutMetricAlarm.")]
    public async Task Call_Is_Refused_With_Awss_Words(string operation, string input, string message)
    {
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync(operation, JsonNode.Parse(input)!.AsObject()));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public async Task Cli_Puts_Metrics_Alarms_And_Dashboards()
    {
        var endpoint = LocalCloudFixture.EndpointOf(_cloud);
        await AwsCli.RunAsync(endpoint, "cloudwatch", "put-metric-data", "--namespace", "Cli", "--metric-name", "m", "--value", "42", "--dimensions", "A=1,B=2", "--timestamp", "2026-01-01T00:00:00Z");
        var metrics = (await AwsCli.RunAsync(endpoint, "cloudwatch", "list-metrics", "--namespace", "Cli"))!["Metrics"]!.AsArray();
        Assert.Equal(2, Assert.Single(metrics)!["Dimensions"]!.AsArray().Count);
        var statistics = await AwsCli.RunAsync(
            endpoint, "cloudwatch", "get-metric-statistics", "--namespace", "Cli", "--metric-name", "m", "--dimensions", "Name=A,Value=1", "Name=B,Value=2",
            "--start-time", "2026-01-01T00:00:00Z", "--end-time", "2026-01-01T00:10:00Z", "--period", "60", "--statistics", "Average");
        Assert.Equal(42, statistics!["Datapoints"]![0]!["Average"]!.GetValue<double>());

        await AwsCli.RunAsync(
            endpoint, "cloudwatch", "put-metric-alarm", "--alarm-name", "cli", "--namespace", "Cli", "--metric-name", "m", "--statistic", "Average", "--period", "60",
            "--evaluation-periods", "1", "--threshold", "1", "--comparison-operator", "GreaterThanThreshold", "--tags", "Key=team,Value=oith");
        await AwsCli.RunAsync(endpoint, "cloudwatch", "set-alarm-state", "--alarm-name", "cli", "--state-value", "ALARM", "--state-reason", "testing");
        var alarm = (await AwsCli.RunAsync(endpoint, "cloudwatch", "describe-alarms", "--alarm-names", "cli"))!["MetricAlarms"]![0]!;
        Assert.Equal(("ALARM", "testing"), (alarm["StateValue"]!.GetValue<string>(), alarm["StateReason"]!.GetValue<string>()));

        await AwsCli.RunAsync(endpoint, "cloudwatch", "put-dashboard", "--dashboard-name", "board", "--dashboard-body", "{\"widgets\":[]}");
        Assert.Equal("{\"widgets\":[]}", (await AwsCli.RunAsync(endpoint, "cloudwatch", "get-dashboard", "--dashboard-name", "board"))!["DashboardBody"]!.GetValue<string>());
    }

    [Fact]
    public async Task Query_Protocol_Answers_Xml()
    {
        using var client = new HttpClient { BaseAddress = LocalCloudFixture.EndpointOf(_cloud) };
        await QueryAsync("Action=PutMetricAlarm&AlarmName=xml&Namespace=Q&MetricName=m&Statistic=Sum&Period=60&EvaluationPeriods=1&Threshold=1&ComparisonOperator=GreaterThanThreshold&Dimensions.member.1.Name=A&Dimensions.member.1.Value=1");
        var xml = await QueryAsync("Action=DescribeAlarms&AlarmNames.member.1=xml");
        Assert.Contains("<AlarmName>xml</AlarmName>", xml, StringComparison.Ordinal);
        Assert.Contains("<StateUpdatedTimestamp>2026-01-01T00:00:00Z</StateUpdatedTimestamp>", xml, StringComparison.Ordinal);
        Assert.Contains("<Dimensions><member><Name>A</Name><Value>1</Value></member></Dimensions>", xml, StringComparison.Ordinal);

        async Task<string> QueryAsync(string form)
        {
            using var content = new StringContent(form + "&Version=2010-08-01", new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
            using var response = await client.PostAsync("/", content, Token);
            var text = await response.Content.ReadAsStringAsync(Token);
            Assert.True(response.IsSuccessStatusCode, text);
            return text;
        }
    }

    internal static JsonObject Alarm(string name, params (string Member, JsonNode Value)[] members)
    {
        var input = new JsonObject
        {
            ["AlarmName"] = name,
            ["Namespace"] = "Test",
            ["MetricName"] = "latency",
            ["Statistic"] = "Average",
            ["Period"] = 60,
            ["EvaluationPeriods"] = 1,
            ["Threshold"] = 200,
            ["ComparisonOperator"] = "GreaterThanThreshold",
        };
        foreach (var (member, value) in members)
        {
            input[member] = value;
        }

        return input;
    }

    private static async Task<(HttpStatusCode Status, string? QueryError)> CborAsync(HttpClient client, string operation, Action<CborWriter> write)
    {
        var writer = new CborWriter();
        write(writer);
        using var content = new ByteArrayContent(writer.Encode());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cbor");
        using var response = await client.PostAsync($"/service/GraniteServiceVersion20100801/operation/{operation}", content, Token);
        Assert.Equal("application/cbor", response.Content.Headers.ContentType!.MediaType);
        return (response.StatusCode, response.Headers.TryGetValues("x-amzn-query-error", out var values) ? values.Single() : null);
    }

    private void Evaluate(int minute) => _cloud.Services.GetRequiredService<AlarmEvaluator>().Evaluate(s_start.AddMinutes(minute));

    private Task<JsonObject> CallAsync(string operation, JsonObject input) => CallAsync("monitoring", operation, input);

    private Task<JsonObject> CallAsync(string service, string operation, JsonObject input) =>
        _cloud.Services.GetRequiredService<IAwsApi>().InvokeAsync(service, operation, input, Token).AsTask();

    private Task<JsonObject> SetStateAsync(string alarm, string state) =>
        CallAsync("SetAlarmState", new JsonObject { ["AlarmName"] = alarm, ["StateValue"] = state, ["StateReason"] = "testing" });

    private Task<JsonObject> PutAsync(string metric, params (int Minute, double Value)[] points) => CallAsync("PutMetricData", new JsonObject
    {
        ["Namespace"] = "Test",
        ["MetricData"] = new JsonArray([.. points.Select(point => (JsonNode?)new JsonObject
        {
            ["MetricName"] = metric,
            ["Value"] = point.Value,
            ["Timestamp"] = s_start.AddMinutes(point.Minute).ToUnixTimeSeconds(),
        })]),
    });

    private async Task<JsonArray> DataAsync(params (string Id, string Query)[] queries)
    {
        var answer = await CallAsync("GetMetricData", new JsonObject
        {
            ["StartTime"] = s_start.ToUnixTimeSeconds(),
            ["EndTime"] = s_start.AddMinutes(10).ToUnixTimeSeconds(),
            ["MetricDataQueries"] = new JsonArray([.. queries.Select(query =>
            {
                var node = JsonNode.Parse(query.Query)!.AsObject();
                node["Id"] = query.Id;
                return (JsonNode?)node;
            })]),
        });
        return answer["MetricDataResults"]!.AsArray();
    }

    private async Task<double?> ValueAsync(string metricNamespace, string metric, string statistic, params string[] dimensions)
    {
        var answer = await CallAsync("GetMetricStatistics", new JsonObject
        {
            ["Namespace"] = metricNamespace,
            ["MetricName"] = metric,
            ["StartTime"] = s_start.ToUnixTimeSeconds(),
            ["EndTime"] = s_start.AddMinutes(1).ToUnixTimeSeconds(),
            ["Period"] = 60,
            ["Statistics"] = new JsonArray(statistic),
            ["Dimensions"] = new JsonArray([.. dimensions.Select(dimension => (JsonNode?)new JsonObject { ["Name"] = dimension.Split('=')[0], ["Value"] = dimension.Split('=')[1] })]),
        });
        return answer["Datapoints"]!.AsArray().FirstOrDefault()?[statistic]!.GetValue<double>();
    }

    private async Task<JsonNode> AlarmAsync(string name)
    {
        var answer = await CallAsync("DescribeAlarms", new JsonObject { ["AlarmNames"] = new JsonArray(name), ["AlarmTypes"] = new JsonArray("MetricAlarm", "CompositeAlarm") });
        return Assert.Single(answer["MetricAlarms"]!.AsArray().Concat(answer["CompositeAlarms"]!.AsArray()))!;
    }

    private async Task<string> NextNotificationAsync(string queue)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = queue });
            if (answer["Messages"]?[0] is { } message)
            {
                return JsonNode.Parse(message["Body"]!.GetValue<string>())!["Message"]!.GetValue<string>();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }
}
