using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Limits;

/// <summary>JSON that names a member twice is valid, and was a fault inside of whatever read its members.</summary>
public sealed class RepeatedMemberTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private const string Tags = """[{"Key":"Name","Value":"a"},{"Key":"Name","Value":"b"}]""";

    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint };

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("AWSEvents.TagResource", """{"ResourceARN":"arn:aws:events:us-east-1:000000000000:event-bus/default","Tags":TAGS}""")]
    [InlineData("AWSEvents.CreateEventBus", """{"Name":"tagged","Tags":TAGS}""")]
    [InlineData("AWSEvents.PutRule", """{"Name":"tagged","ScheduleExpression":"rate(1 day)","Tags":TAGS}""")]
    public async Task Tag_Keys_Of_EventBridge_Are_Unique(string target, string body)
    {
        var (status, text) = await _http.JsonAsync(target, body.Replace("TAGS", Tags, StringComparison.Ordinal));

        Assert.Equal(400, status);
        Assert.Contains("ValidationException", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tag_Keys_Of_The_Scheduler_Are_Unique()
    {
        using var content = new StringContent($$"""{"Tags":{{Tags}}}""", System.Text.Encoding.UTF8, "application/json");

        var (status, text) = await _http.SendAsync(HttpMethod.Post, "/schedule-groups/tagged", content, "scheduler");

        Assert.Equal(400, status);
        Assert.Contains("more than once", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_Whose_Detail_Repeats_A_Member_Or_Nests_A_Hundred_Levels_Is_Taken()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 100)) + "1" + new string('}', 100);
        await _http.JsonAsync("AWSEvents.PutRule", """{"Name":"all","EventPattern":"{\"source\":[\"test\"]}"}""");
        foreach (var detail in (string[])["""{"a":1,"a":2}""", deep])
        {
            var entry = new JsonObject { ["Source"] = "test", ["DetailType"] = "t", ["Detail"] = detail };
            var (status, text) = await _http.JsonAsync("AWSEvents.PutEvents", new JsonObject { ["Entries"] = new JsonArray(entry) });

            Assert.Equal(200, status);
            Assert.Contains("EventId", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GetItem", """{"TableName":"legacy","Key":{"id":{"S":"1"}},"AttributesToGet":["id"],"x":DEEP}""")]
    [InlineData("DeleteItem", """{"TableName":"legacy","Key":{"id":{"S":"1"}},"Expected":{"a":{"Exists":false},"a":{"Exists":false}}}""")]
    [InlineData("PutItem", """{"TableName":"legacy","Item":{"id":{"S":"1"},"deep":DEEP},"Expected":{"a":{"Exists":false}}}""")]
    public async Task Parameters_From_Before_Expressions_May_Repeat_Members_And_Nest_As_Deep_As_Items(string operation, string body)
    {
        await _http.JsonAsync("DynamoDB_20120810.CreateTable", """
            {"TableName":"legacy","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}
            """);
        var deep = string.Concat(Enumerable.Repeat("""{"L":[""", 31)) + """{"N":"1"}""" + string.Concat(Enumerable.Repeat("]}", 31));

        var (status, text) = await _http.JsonAsync("DynamoDB_20120810." + operation, body.Replace("DEEP", deep, StringComparison.Ordinal));

        Assert.True(status is 200 or 400, text);
    }

    [Fact]
    public async Task Alarm_Needs_The_Metric_Of_A_MetricStat()
    {
        var (status, text) = await _http.QueryAsync(
            "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=a&EvaluationPeriods=1&ComparisonOperator=GreaterThanThreshold&Threshold=1"
            + "&Metrics.member.1.Id=m&Metrics.member.1.MetricStat.Period=60&Metrics.member.1.MetricStat.Stat=Sum");

        Assert.Equal(400, status);
        Assert.Contains("Metric", text, StringComparison.Ordinal);
    }
}
