using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Logs;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Logs;

/// <summary>Log events by the real AWS CLI, and the patterns that filter them.</summary>
public sealed class FilterLogEventsTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    [Fact]
    public async Task Events_Are_Put_And_Filtered_By_Time_Stream_And_Pattern_In_Pages()
    {
        await RunAsync("create-log-group", "--log-group-name", "/demo");
        await RunAsync("create-log-stream", "--log-group-name", "/demo", "--log-stream-name", "a");
        await RunAsync("create-log-stream", "--log-group-name", "/demo", "--log-stream-name", "b");
        await RunAsync("put-log-events", "--log-group-name", "/demo", "--log-stream-name", "a", "--log-events", "timestamp=1,message=ERROR one", "timestamp=3,message=INFO three");
        await RunAsync("put-log-events", "--log-group-name", "/demo", "--log-stream-name", "b", "--log-events", "timestamp=2,message=ERROR two");

        Assert.Equal(["ERROR one", "ERROR two", "INFO three"], Messages(await FilterAsync()));
        Assert.Equal(["ERROR one", "ERROR two"], Messages(await FilterAsync("--filter-pattern", "ERROR")));
        Assert.Equal(["ERROR two"], Messages(await FilterAsync("--log-stream-names", "b")));
        Assert.Equal(["ERROR two"], Messages(await FilterAsync("--start-time", "2", "--end-time", "3")));
        // The CLI follows nextToken until it has as many as asked for.
        Assert.Equal(["ERROR one", "ERROR two"], Messages(await FilterAsync("--page-size", "1", "--max-items", "2")));

        await RunAsync("delete-log-group", "--log-group-name", "/demo");
        var missing = await Assert.ThrowsAsync<AwsServiceException>(() => FilterAsync());
        Assert.Contains("(ResourceNotFoundException)", missing.Message, StringComparison.Ordinal);

        Task<JsonNode?> FilterAsync(params string[] options) => RunAsync(["filter-log-events", "--log-group-name", "/demo", .. options]);
    }

    [Theory]
    [InlineData("FilterLogEvents", """{"startTime":18446744073709551615}""")]
    [InlineData("FilterLogEvents", """{"endTime":1E+30}""")]
    [InlineData("PutLogEvents", """{"logStreamName":"a","logEvents":[{"timestamp":1E+18,"message":"m"}]}""")]
    public async Task Time_That_Is_No_Number_Of_64_Bits_Is_Refused(string operation, string input)
    {
        var group = $"/bounds/{Guid.NewGuid():N}";
        await CallAsync("CreateLogGroup", new() { ["logGroupName"] = group });
        await CallAsync("CreateLogStream", new() { ["logGroupName"] = group, ["logStreamName"] = "a" });

        var members = JsonNode.Parse(input)!.AsObject();
        members["logGroupName"] = group;

        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync(operation, members));

        Assert.Equal("SerializationException", error.Code);

        Task CallAsync(string name, JsonObject value) =>
            cloud.Api.InvokeAsync("logs", name, value, TestContext.Current.CancellationToken).AsTask();
    }

    /// <summary>The command of the runbook's page about the error rate.</summary>
    [Fact]
    public async Task Group_Of_A_Function_Has_What_Its_Process_Exports()
    {
        await RunAsync("create-log-group", "--log-group-name", "/aws/lambda/played");
        using var http = new HttpClient();
        var record = (string severity, string text) => new JsonObject
        {
            ["timeUnixNano"] = "1700000000000000000",
            ["severityText"] = severity,
            ["body"] = new JsonObject { ["stringValue"] = text },
        };
        var request = new JsonObject
        {
            ["resourceLogs"] = new JsonArray(new JsonObject
            {
                ["resource"] = new JsonObject { ["attributes"] = new JsonArray(new JsonObject { ["key"] = "service.name", ["value"] = new JsonObject { ["stringValue"] = "played" } }) },
                ["scopeLogs"] = new JsonArray(new JsonObject { ["logRecords"] = new JsonArray(record("Error", "It broke"), record("Information", "It works")) }),
            }),
        };
        using var answer = await http.PostAsJsonAsync(new Uri(cloud.Endpoint, "v1/logs"), request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();

        var found = await RunAsync("filter-log-events", "--log-group-name", "/aws/lambda/played", "--filter-pattern", """{ $.LogLevel = "Error" }""", "--max-items", "20");

        Assert.Equal("It broke", JsonNode.Parse(Assert.Single(Messages(found)))!["Message"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("ERROR two", "two times ERROR", true)]
    [InlineData("ERROR three", "two times ERROR", false)]
    [InlineData("\"times ERROR\"", "two times ERROR", true)]
    [InlineData("ERROR -times", "two times ERROR", false)]
    [InlineData("?WARN ?ERROR", "two times ERROR", true)]
    [InlineData("?WARN ?INFO", "two times ERROR", false)]
    [InlineData("{ $.a.b = \"x*\" }", """{"a":{"b":"xyz"}}""", true)]
    [InlineData("{ $.a.b != \"x*\" }", """{"a":{"b":"xyz"}}""", false)]
    [InlineData("{ $.n >= 3 && $.m = \"y\" }", """{"n":3,"m":"y"}""", true)]
    [InlineData("{ $.n > 3 || $.m = y }", """{"n":3,"m":"y"}""", true)]
    [InlineData("{ $.n > 3 }", "n is 4", false)]
    [InlineData("{ $.missing = 3 }", """{"n":3}""", false)]
    public void Pattern_Matches_As_CloudWatch_Documents_It(string pattern, string message, bool matches) =>
        Assert.Equal(matches, LogPattern.Parse(pattern).Matches(message));

    [Theory]
    [InlineData("{ $.n ~ 3 }")]
    [InlineData("{ $.n > many }")]
    [InlineData("{ $.n = 3")]
    [InlineData("[ip, user]")]
    [InlineData("%ERR.*%")]
    public void Pattern_That_Is_Not_Known_Is_Refused(string pattern) =>
        Assert.Equal("InvalidParameterException", Assert.Throws<AwsServiceException>(() => LogPattern.Parse(pattern)).Code);

    private static IEnumerable<string> Messages(JsonNode? answer) => answer!["events"]!.AsArray().Select(e => e!["message"]!.GetValue<string>());

    private Task<JsonNode?> RunAsync(params string[] arguments) => AwsCli.RunAsync(cloud.Endpoint, ["logs", .. arguments]);
}
