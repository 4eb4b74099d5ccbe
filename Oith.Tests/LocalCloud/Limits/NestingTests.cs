using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Limits;

/// <summary>Input that nests or expands without end is refused; each of these ended the process or took all its memory.</summary>
public sealed class NestingTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint, Timeout = TimeSpan.FromSeconds(60) };

    public static TheoryData<string> Templates { get; } =
    [
        "Resources: &a\n  Q: *a\n",
        "Resources: " + new string('[', 25_000),
        // Nine levels of ten aliases each stand for a billion nodes.
        "A0: &a0 [x]\n" + string.Concat(Enumerable.Range(1, 9).Select(level => $"A{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"))
            + "Resources: {Q: {Type: 'AWS::SQS::Queue'}}\n",
        "{\"Resources\": " + string.Concat(Enumerable.Repeat("{\"a\":", 20_000)),
    ];

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task PutMetricData_Refuses_Nested_CBOR()
    {
        var body = Enumerable.Repeat((byte)0x81, 100_000).ToArray();
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/cbor") } };

        var (status, text) = await _http.SendAsync(HttpMethod.Post, "/service/GraniteServiceVersion20100801/operation/PutMetricData", content, null);

        Assert.Equal(400, status);
        Assert.Contains("nested deeper", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public async Task PutMetricData_Takes_No_Odd_Number_Of_CBOR_For_A_Fault(byte[] number)
    {
        // {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": …}]}
        byte[] body = [0xA2, 0x69, .. "Namespace"u8, 0x61, .. "n"u8, 0x6A, .. "MetricData"u8, 0x81, 0xA2, 0x6A, .. "MetricName"u8, 0x61, .. "m"u8, 0x65, .. "Value"u8, .. number];
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/cbor") } };

        var (status, _) = await _http.SendAsync(HttpMethod.Post, "/service/GraniteServiceVersion20100801/operation/PutMetricData", content, null);

        Assert.True(status is 200 or 400, $"{status}");
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task ValidateTemplate_Refuses_A_Template_That_Nests_Or_Expands_Without_End(string template)
    {
        var (status, text) = await _http.QueryAsync($"Action=ValidateTemplate&Version=2010-05-15&TemplateBody={Uri.EscapeDataString(template)}");

        Assert.Equal(400, status);
        Assert.Contains("ValidationError", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateStateMachine_Refuses_A_Filter_Of_Thousands_Of_Parentheses()
    {
        foreach (var path in (string[])[
            $"$.a[?({new string('(', 20_000)}@.b == 1{new string(')', 20_000)})]",
            $"$.a[?({new string('!', 50_000)}@.b)]",
            $"$.a[?(@.b in {new string('[', 50_000)}1{new string(']', 50_000)})]",
            $"$.a{string.Concat(Enumerable.Repeat("[?(@", 20_000))}.b{string.Concat(Enumerable.Repeat(")]", 20_000))}",
        ])
        {
            var (status, text) = await CreateMachineAsync(new JsonObject { ["Type"] = "Pass", ["InputPath"] = path, ["End"] = true });

            Assert.Equal(400, status);
            Assert.Contains("InvalidDefinition", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task CreateStateMachine_Takes_A_Filter_Of_Many_Alternatives()
    {
        var path = $"$.a[?({string.Join(" || ", Enumerable.Repeat("@.b == 1", 20_000))})]";

        var (status, text) = await CreateMachineAsync(new JsonObject { ["Type"] = "Pass", ["InputPath"] = path, ["End"] = true });

        Assert.True(status == 200, text);
    }

    [Theory]
    [InlineData("SELECT * FROM t WHERE {0}a = 1{1}", "(", ")")]
    [InlineData("SELECT * FROM t WHERE {0}a = 1{1}", "NOT ", "")]
    [InlineData("SELECT * FROM t WHERE a = {0}1{1}", "size(", ")")]
    public async Task ExecuteStatement_Refuses_Deep_Conditions(string statement, string open, string close)
    {
        var count = 7000 / (open.Length + close.Length);
        var text = string.Format(null, statement, string.Concat(Enumerable.Repeat(open, count)), string.Concat(Enumerable.Repeat(close, count)));

        var (status, answer) = await _http.JsonAsync("DynamoDB_20120810.ExecuteStatement", new JsonObject { ["Statement"] = text });

        Assert.Equal(400, status);
        Assert.Contains("ValidationException", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecuteStatement_Refuses_A_Statement_Of_More_Than_8192_Characters()
    {
        var (status, answer) = await _http.JsonAsync("DynamoDB_20120810.ExecuteStatement", new JsonObject { ["Statement"] = "SELECT * FROM t WHERE " + new string('(', 100_000) });

        Assert.Equal(400, status);
        Assert.Contains("length less than or equal to 8192", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutCompositeAlarm_Refuses_A_Cycle_And_A_Deep_Rule()
    {
        async Task<(int Status, string Body)> PutAsync(string name, string rule) =>
            await _http.QueryAsync($"Action=PutCompositeAlarm&Version=2010-08-01&AlarmName={name}&AlarmRule={Uri.EscapeDataString(rule)}");

        Assert.Equal(200, (await PutAsync("cycle-a", "FALSE")).Status);
        Assert.Equal(200, (await PutAsync("cycle-b", "NOT ALARM(cycle-a)")).Status);
        var (status, text) = await PutAsync("cycle-a", "ALARM(cycle-b)");
        Assert.Equal(400, status);
        Assert.Contains("cycle", text, StringComparison.Ordinal);
        Assert.Equal(400, (await PutAsync("deep", new string('(', 5000) + "TRUE" + new string(')', 5000))).Status);
    }

    private Task<(int Status, string Body)> CreateMachineAsync(JsonObject state) => _http.JsonAsync("AWSStepFunctions.CreateStateMachine", new JsonObject
    {
        ["name"] = $"m-{Guid.NewGuid():N}",
        ["roleArn"] = "arn:aws:iam::000000000000:role/r",
        ["definition"] = new JsonObject { ["StartAt"] = "S", ["States"] = new JsonObject { ["S"] = state } }.ToJsonString(),
    });
}
