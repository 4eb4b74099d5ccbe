using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Limits;

/// <summary>What evaluates a user's expression has a budget, and numbers that multiply have AWS's bounds.</summary>
public sealed class BudgetTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = cloud.Endpoint, Timeout = TimeSpan.FromSeconds(60) };

    public void Dispose() => _http.Dispose();

    [Fact]
    public void Recursive_Descent_Is_Bounded()
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":", 60)) + "1" + new string('}', 60);
        var path = JsonPath.TryParse(string.Concat(Enumerable.Repeat("..a", 12)))!;

        var error = Assert.Throws<StateRuntimeException>(() => path.Evaluate(AslValue.Parse(json), CancellationToken.None));

        Assert.Contains("visits more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_Ends_With_The_Execution()
    {
        var path = JsonPath.TryParse("..a")!;
        Assert.Throws<OperationCanceledException>(() => path.Evaluate(AslValue.Parse("{\"a\":1}"), new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("abc", "a*c", true)]
    [InlineData("abc", "*", true)]
    [InlineData("abc", "a*b", false)]
    [InlineData("ab", "ab*b", false)]
    [InlineData("a*c", "a\\*c", true)]
    [InlineData("abc", "a\\*c", false)]
    [InlineData("xaybz", "*a*b*", true)]
    [InlineData("aab", "*ab", true)]
    [InlineData("", "*", true)]
    [InlineData("", "", true)]
    public void StringMatches_Follows_The_Stars(string text, string pattern, bool matches) => Assert.Equal(matches, Wildcard.Matches(text, pattern));

    [Fact]
    public void StringMatches_Is_Linear()
    {
        var started = Stopwatch.GetTimestamp();
        Assert.False(Wildcard.Matches(new string('a', 200_000), string.Concat(Enumerable.Repeat("*a", 40)) + "*b*"));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Value_Cannot_Be_Wrapped_Without_End()
    {
        var value = AslValue.Null;
        Assert.Throws<StateRuntimeException>(() =>
        {
            for (var level = 0; level < 100_000; level++)
            {
                value = AslValue.Array(value);
            }
        });
    }

    [Fact]
    public async Task Clusters_Have_AWSs_Bounds_And_Refused_Ones_Break_No_Describe()
    {
        var (dax, _) = await _http.JsonAsync("AmazonDAXV3.CreateCluster", new JsonObject
        {
            ["ClusterName"] = "many",
            ["NodeType"] = "dax.t3.small",
            ["ReplicationFactor"] = int.MaxValue,
            ["IamRoleArn"] = "arn:aws:iam::000000000000:role/r",
        });
        Assert.Equal(400, dax);
        foreach (var member in (string[])["NumCacheClusters=2147483647", "NumCacheClusters=0", "NumNodeGroups=501", "ReplicasPerNodeGroup=6", "SnapshotRetentionLimit=36"])
        {
            var (status, text) = await _http.QueryAsync(
                $"Action=CreateReplicationGroup&Version=2015-02-02&ReplicationGroupId=many&ReplicationGroupDescription=d&{member}");
            Assert.Equal(400, status);
            Assert.Contains("InvalidParameterValue", text, StringComparison.Ordinal);
        }

        Assert.Equal(200, (await _http.QueryAsync("Action=DescribeReplicationGroups&Version=2015-02-02")).Status);
        Assert.Equal(200, (await _http.QueryAsync("Action=DescribeCacheClusters&Version=2015-02-02")).Status);
    }

    [Fact]
    public async Task DeleteObjects_Refuses_Nested_Elements()
    {
        Assert.Equal(200, (await _http.SendAsync(HttpMethod.Put, "/nested-xml", null, "s3")).Status);
        using var body = new StringContent("<Delete>" + string.Concat(Enumerable.Repeat("<a>", 100_000)) + string.Concat(Enumerable.Repeat("</a>", 100_000)) + "</Delete>");

        var (status, text) = await _http.SendAsync(HttpMethod.Post, "/nested-xml?delete", body, "s3");

        Assert.Equal(400, status);
        Assert.Contains("MalformedXML", text, StringComparison.Ordinal);
        var (listing, problem) = await _http.SendAsync(HttpMethod.Get, "/nested-xml?list-type=2&continuation-token=%2A", null, "s3");
        Assert.Equal(400, listing);
        Assert.Contains("InvalidArgument", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutMetricData_Takes_A_Thousand_Metrics_In_A_Form()
    {
        var form = new StringBuilder("Action=PutMetricData&Version=2010-08-01&Namespace=Many");
        for (var number = 1; number <= 1000; number++)
        {
            form.Append(null, $"&MetricData.member.{number}.MetricName=m{number}&MetricData.member.{number}.Value=1");
        }

        Assert.Equal(200, (await _http.QueryAsync(form.ToString())).Status);
        foreach (var bad in (string[])[$"{new string('a', 5000)}=1", "a%00b=1", string.Join('.', Enumerable.Repeat("a", 40)) + "=1", "Metric.member.1=%00"])
        {
            var (status, text) = await _http.QueryAsync($"Action=ListMetrics&Version=2010-08-01&{bad}");
            Assert.True(status is 200 or 400, text);
        }
    }

    [Fact]
    public async Task Item_Deeper_Than_32_Levels_Enters_By_No_Way()
    {
        await _http.JsonAsync("DynamoDB_20120810.CreateTable", JsonNode.Parse("""
            {"TableName":"deep-items","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}]}
            """)!.AsObject());
        var literal = new string('[', 100) + new string(']', 100);
        var deep = string.Concat(Enumerable.Repeat("{\"L\":[", 31)) + "{\"N\":\"1\"}" + string.Concat(Enumerable.Repeat("]}", 31));
        foreach (var (operation, input) in ((string, string)[])[
            ("ExecuteStatement", $$"""{"Statement":"INSERT INTO \"deep-items\" VALUE {'id': '1', 'a': {{literal}}}"}"""),
            ("ExecuteStatement", $$"""{"Statement":"INSERT INTO \"deep-items\" VALUE {'id': '1', 'a': [[[?]]]}","Parameters":[{{deep}}]}"""),
            ("ExecuteTransaction", $$"""{"TransactStatements":[{"Statement":"INSERT INTO \"deep-items\" VALUE {'id': '1', 'a': {{literal}}}"}]}"""),
        ])
        {
            var (status, text) = await _http.JsonAsync("DynamoDB_20120810." + operation, input);
            Assert.Equal(400, status);
            Assert.Contains("Nesting Levels", text, StringComparison.Ordinal);
        }

        Assert.Equal(200, (await _http.JsonAsync("DynamoDB_20120810.PutItem", """{"TableName":"deep-items","Item":{"id":{"S":"1"},"m":{"M":{"a":{"M":{"b":{"M":{}}}}}}}}""")).Status);
        var update = await _http.JsonAsync(
            "DynamoDB_20120810.UpdateItem",
            """{"TableName":"deep-items","Key":{"id":{"S":"1"}},"UpdateExpression":"SET m.a.b.c = :d","ExpressionAttributeValues":{":d":DEEP}}"""
                .Replace("DEEP", deep, StringComparison.Ordinal));
        Assert.Equal(400, update.Status);
        Assert.Contains("Nesting Levels", update.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await _http.JsonAsync("DynamoDB_20120810.Scan", """{"TableName":"deep-items"}""")).Status);
    }

    [Fact]
    public async Task Executions_Go_With_Their_Machine()
    {
        var (_, created) = await _http.JsonAsync("AWSStepFunctions.CreateStateMachine", new JsonObject
        {
            ["name"] = "churn",
            ["roleArn"] = "arn:aws:iam::000000000000:role/r",
            ["definition"] = """{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}""",
        });
        var machine = JsonNode.Parse(created)!["stateMachineArn"]!.GetValue<string>();
        var (_, started) = await _http.JsonAsync("AWSStepFunctions.StartExecution", new JsonObject { ["stateMachineArn"] = machine });
        var execution = new JsonObject { ["executionArn"] = JsonNode.Parse(started)!["executionArn"]!.GetValue<string>() };
        Assert.Equal(200, (await _http.JsonAsync("AWSStepFunctions.DescribeExecution", execution)).Status);

        await _http.JsonAsync("AWSStepFunctions.DeleteStateMachine", new JsonObject { ["stateMachineArn"] = machine });

        while ((await _http.JsonAsync("AWSStepFunctions.DescribeExecution", execution)).Status == 200)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }

        Assert.Contains("ExecutionDoesNotExist", (await _http.JsonAsync("AWSStepFunctions.DescribeExecution", execution)).Body, StringComparison.Ordinal);
    }
}
