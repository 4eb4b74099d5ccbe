using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudWatch;

/// <summary>What CloudWatch's three protocols put on the wire, byte for byte where AWS's form is known.</summary>
public sealed partial class CloudWatchProtocolTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Json_And_Query_Print_Times_And_Numbers_With_A_Fraction()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await CallAsync("PutMetricData", $$"""{"Namespace":"Print","MetricData":[{"MetricName":"m","Value":41,"Timestamp":{{now}} }]}""");
        var query = $$"""
            {"StartTime":{{now - 600}},"EndTime":{{now + 600}},"MetricDataQueries":[
              {"Id":"a","MetricStat":{"Metric":{"Namespace":"Print","MetricName":"m"},"Period":60,"Stat":"Sum"} }]}
            """;

        var json = await JsonAsync("GetMetricData", query);
        Assert.Matches(JsonTimes(), json.Body);
        Assert.Contains("\"Values\":[41.0]", json.Body, StringComparison.Ordinal);

        var form = await QueryAsync(
            $"Action=GetMetricStatistics&Version=2010-08-01&Namespace=Print&MetricName=m&Period=60&Statistics.member.1=Sum&ExtendedStatistics.member.1=p50"
            + $"&StartTime={Iso(now - 600)}&EndTime={Iso(now + 600)}");
        Assert.Contains("<Sum>41.0</Sum>", form.Body, StringComparison.Ordinal);
        Assert.Contains("<key>p50</key><value>41.0</value>", form.Body, StringComparison.Ordinal);
        Assert.Matches(QueryTime(), form.Body);
    }

    [Fact]
    public async Task Cbor_Writes_Lists_Without_A_Length_And_Times_As_Tagged_Numbers_With_A_Fraction()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await CallAsync("PutMetricData", $$"""{"Namespace":"Cbor","MetricData":[{"MetricName":"m","Value":41,"Timestamp":{{now}} }]}""");
        var writer = new System.Formats.Cbor.CborWriter();
        writer.WriteStartMap(3);
        writer.WriteTextString("StartTime");
        writer.WriteDouble(now - 600);
        writer.WriteTextString("EndTime");
        writer.WriteDouble(now + 600);
        writer.WriteTextString("MetricDataQueries");
        writer.WriteStartArray(1);
        writer.WriteStartMap(2);
        writer.WriteTextString("Id");
        writer.WriteTextString("a");
        writer.WriteTextString("MetricStat");
        writer.WriteStartMap(3);
        writer.WriteTextString("Metric");
        writer.WriteStartMap(2);
        writer.WriteTextString("Namespace");
        writer.WriteTextString("Cbor");
        writer.WriteTextString("MetricName");
        writer.WriteTextString("m");
        writer.WriteEndMap();
        writer.WriteTextString("Period");
        writer.WriteInt32(60);
        writer.WriteTextString("Stat");
        writer.WriteTextString("Sum");
        writer.WriteEndMap();
        writer.WriteEndMap();
        writer.WriteEndArray();
        writer.WriteEndMap();
        var answer = await CborAsync("GetMetricData", writer.Encode(), isQueryMode: false);
        Assert.Equal(200, answer.Status);
        // A double, or in one minute of 32 the shorter number that holds the same.
        Assert.True(
            answer.Bytes.AsSpan().IndexOf((byte[])[.. "Timestamps"u8, 0x9F, 0xC1, 0xFB, 0x41]) > 0
                || answer.Bytes.AsSpan().IndexOf((byte[])[.. "Timestamps"u8, 0x9F, 0xC1, 0xFA, 0x4E]) > 0,
            Convert.ToHexString(answer.Bytes));
    }

    [Theory]
    [InlineData(false, 400)]
    [InlineData(true, 404)]
    public async Task Unknown_Alarm_Is_A_404_Only_In_Query_Mode(bool isQueryMode, int status)
    {
        var json = await JsonAsync("SetAlarmState", """{"AlarmName":"none","StateValue":"OK","StateReason":"r"}""", isQueryMode);
        Assert.Equal((status, """{"__type":"com.amazonaws.cloudwatch.v2010_08_01#ResourceNotFound"}"""), json);

        var writer = new System.Formats.Cbor.CborWriter();
        writer.WriteStartMap(3);
        foreach (var text in new[] { "AlarmName", "none", "StateValue", "OK", "StateReason", "r" })
        {
            writer.WriteTextString(text);
        }

        writer.WriteEndMap();
        Assert.Equal(status, (await CborAsync("SetAlarmState", writer.Encode(), isQueryMode)).Status);

        var form = await QueryAsync("Action=SetAlarmState&Version=2010-08-01&AlarmName=none&StateValue=OK&StateReason=r");
        Assert.Equal(404, form.Status);
        Assert.Contains("<Error><Type>Sender</Type><Code>ResourceNotFound</Code></Error>", form.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_Are_Accepted_Beside_The_Set_That_Sums_Them_Up()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await CallAsync(
            "PutMetricData",
            """{"Namespace":"Both","MetricData":[{"MetricName":"m","Values":[1,10],"StatisticValues":{"SampleCount":10,"Sum":55,"Minimum":1,"Maximum":10}}]}""");
        var statistics = await JsonAsync(
            "GetMetricStatistics",
            $$"""{"Namespace":"Both","MetricName":"m","Period":3600,"StartTime":{{now - 7200}},"EndTime":{{now + 7200}},"Statistics":["Sum","SampleCount"]}""");
        Assert.Contains("\"Sum\":55.0", statistics.Body, StringComparison.Ordinal);
        Assert.Contains("\"SampleCount\":10.0", statistics.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Composite_Alarm_Reacts_To_Its_Child_At_Once_And_Names_It_In_Its_Message()
    {
        var api = cloud.Api;
        var topic = (await api.InvokeAsync("sns", "CreateTopic", new JsonObject { ["Name"] = "composite" }, Token))["TopicArn"]!.GetValue<string>();
        var queue = (await api.InvokeAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = "composite" }, Token))["QueueUrl"]!.GetValue<string>();
        await api.InvokeAsync(
            "sns",
            "Subscribe",
            new JsonObject
            {
                ["TopicArn"] = topic,
                ["Protocol"] = "sqs",
                ["Endpoint"] = "arn:aws:sqs:us-east-1:000000000000:composite",
                ["Attributes"] = new JsonObject { ["RawMessageDelivery"] = "true" },
            },
            Token);
        await api.InvokeAsync("monitoring", "PutMetricAlarm", CloudWatchTests.Alarm("child"), Token);
        await api.InvokeAsync(
            "monitoring",
            "PutCompositeAlarm",
            new JsonObject { ["AlarmName"] = "parent", ["AlarmRule"] = "ALARM(child)", ["AlarmActions"] = new JsonArray(topic) },
            Token);

        await CallAsync("SetAlarmState", """{"AlarmName":"child","StateValue":"ALARM","StateReason":"r"}""");
        var described = await JsonAsync("DescribeAlarms", """{"AlarmNames":["parent"],"AlarmTypes":["CompositeAlarm"]}""");
        Assert.Contains("\"StateValue\":\"ALARM\"", described.Body, StringComparison.Ordinal);

        var received = await api.InvokeAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = queue, ["WaitTimeSeconds"] = 20 }, Token);
        var message = JsonNode.Parse(received["Messages"]![0]!["Body"]!.GetValue<string>())!;
        var child = Assert.Single(message["TriggeringChildren"]!.AsArray())!;
        Assert.Equal("arn:aws:cloudwatch:us-east-1:000000000000:alarm:child", child["Arn"]!.GetValue<string>());
        Assert.Equal("ALARM", child["State"]!["Value"]!.GetValue<string>());
    }

    private async Task CallAsync(string operation, string input)
    {
        var answer = await JsonAsync(operation, input);
        Assert.True(answer.Status == 200, answer.Body);
    }

    private async Task<(int Status, string Body)> JsonAsync(string operation, string input, bool isQueryMode = false)
    {
        using var content = new StringContent(input, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/x-amz-json-1.0"));
        content.Headers.Add("X-Amz-Target", $"GraniteServiceVersion20100801.{operation}");
        if (isQueryMode)
        {
            content.Headers.Add("x-amzn-query-mode", "true");
        }

        using var response = await _http.PostAsync("/", content, Token);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static string Iso(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    private async Task<(int Status, string Body)> QueryAsync(string form)
    {
        using var content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await _http.PostAsync("/", content, Token);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private async Task<(int Status, byte[] Bytes)> CborAsync(string operation, byte[] input, bool isQueryMode)
    {
        using var content = new ByteArrayContent(input);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/cbor");
        if (isQueryMode)
        {
            content.Headers.Add("x-amzn-query-mode", "true");
        }

        using var response = await _http.PostAsync($"/service/GraniteServiceVersion20100801/operation/{operation}", content, Token);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(Token));
    }

    [GeneratedRegex(@"""Timestamps"":\[\d{10}\.0\]")]
    private static partial Regex JsonTimes();

    [GeneratedRegex(@"<Timestamp>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z</Timestamp>")]
    private static partial Regex QueryTime();
}
