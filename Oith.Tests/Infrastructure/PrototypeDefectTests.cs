using System.Text.Json.Nodes;

namespace Oith.Tests.Infrastructure;

/// <summary>The defects that the prototype's templates had, each with a test that fails where it comes back.</summary>
public sealed class PrototypeDefectTests
{
    [Fact]
    public void DAX_Tags_Are_A_Map() => Assert.IsType<JsonObject>(Cluster("AWS::DAX::Cluster")["Tags"]);

    [Fact]
    public void Subnets_Are_One_List_And_No_AWS_Typed_Parameter_Defaults_To_Nothing()
    {
        Assert.Equal("List<AWS::EC2::Subnet::Id>", Template.Load("infrastructure").Parameters["PrivateSubnetIds"]!["Type"]!.ToString());
        Assert.All(
            Template.LoadAll().SelectMany(template => template.Parameters).Where(parameter => parameter.Value!["Type"]!.ToString().Contains("AWS::", StringComparison.Ordinal)),
            parameter => Assert.NotEqual("", parameter.Value!["Default"]?.ToString()));
    }

    [Fact]
    public void Error_Rate_Is_A_Rate()
    {
        var alarm = AlarmTests.Alarms("production").Single(a => a["AlarmName"]!.ToString().EndsWith("-error-rate", StringComparison.Ordinal));

        Assert.Equal("100 * errors / invocations", Expression(alarm));
    }

    [Theory]
    [InlineData("development", 2)]
    [InlineData("staging", 2)]
    [InlineData("production", 3)]
    public void ElastiCache_Alarms_Watch_Every_Node_By_Its_Cluster_Id(string environment, int nodes)
    {
        Assert.Equal(nodes, (int)ResolvedTemplate.Load("infrastructure", environment).OfType("AWS::ElastiCache::ReplicationGroup").Single().Properties["NumCacheClusters"]!);
        foreach (var metric in new[] { "CPUUtilization", "DatabaseMemoryUsagePercentage" })
        {
            var watched = AlarmTests.Alarms(environment)
                .Where(alarm => alarm["MetricName"]?.ToString() == metric)
                .Select(alarm => Assert.Single(alarm["Dimensions"]!.AsArray())!)
                .ToList();
            Assert.All(watched, dimension => Assert.Equal("CacheClusterId", dimension["Name"]!.ToString()));
            Assert.Equal(
                Enumerable.Range(1, nodes).Select(node => $"oith-{environment}-redis-00{node}"),
                watched.Select(dimension => dimension["Value"]!.ToString()).Order());
        }

        Assert.All(Template.LoadAll(), template => Assert.DoesNotContain("Name: ReplicationGroupId", template.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Throttling_Is_Read_From_Metrics_That_Have_A_Value_By_Table()
    {
        Assert.All(Template.LoadAll(), template => Assert.DoesNotContain("MetricName: ThrottledRequests", template.Text, StringComparison.Ordinal));
        Assert.Equal("ThrottledRequests by TableName", Rejected("ThrottledRequests", "TableName"));
        Assert.Equal("", Rejected("ReadThrottleEvents", "TableName"));

        static string Rejected(string metric, string dimension) =>
            PublishedMetrics.Reject("AWS/DynamoDB", metric, [dimension], "Sum") is null ? "" : $"{metric} by {dimension}";
    }

    [Theory]
    [InlineData("redis-hit-rate")]
    [InlineData("dax-hit-rate")]
    public void Hit_Rate_Is_A_Share_Of_Reads(string name)
    {
        var alarm = AlarmTests.Alarms("production").Single(a => a["AlarmName"]!.ToString().EndsWith(name, StringComparison.Ordinal));

        Assert.StartsWith("100 * SUM([", Expression(alarm), StringComparison.Ordinal);
        Assert.Contains("]) / SUM([", Expression(alarm), StringComparison.Ordinal);
        Assert.Equal("60", alarm["Threshold"]!.ToString());
    }

    [Fact]
    public void No_Role_Has_A_Managed_Policy() => Assert.All(
        Template.LoadAll(), template => Assert.DoesNotContain("ManagedPolicyArns", template.Text, StringComparison.Ordinal));

    [Fact]
    public void Lambda_Security_Group_Is_An_Output_That_The_Function_Imports()
    {
        Assert.Equal("oith-staging-infrastructure-LambdaSecurityGroupId", ExportName("infrastructure", "LambdaSecurityGroupId", "staging"));
        var function = ResolvedTemplate.Load("matching", "staging").Properties("MatchingFunction");
        Assert.Equal("${import:oith-staging-infrastructure-LambdaSecurityGroupId}", Assert.Single(function["VpcConfig"]!["SecurityGroupIds"]!.AsArray())!.ToString());
    }

    private static string ExportName(string stack, string output, string environment) =>
        Template.Load(stack).Outputs[output]!["Export"]!["Name"]!["Fn::Sub"]!.ToString().Replace("${AWS::StackName}", $"oith-{environment}-{stack}", StringComparison.Ordinal);

    private static JsonObject Cluster(string type) => ResolvedTemplate.Load("infrastructure", "production").OfType(type).Single().Properties;

    private static string Expression(JsonObject alarm) => alarm["Metrics"]!.AsArray().Single(m => m!["Expression"] is not null)!["Expression"]!.ToString();
}
