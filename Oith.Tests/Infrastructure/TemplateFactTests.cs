using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Oith.Tests.Infrastructure;

/// <summary>What DESIGN fixes: sizes, names, settings, outputs.</summary>
public sealed partial class TemplateFactTests
{
    // The provisioner of Aspire passes a template in the request itself, as the deploy scripts do.
    private const int LongestTemplateBody = 51_200;

    [Fact]
    public void A_Template_Fits_Into_A_Request() => Assert.All(
        Template.LoadAll(), template => Assert.InRange(Encoding.UTF8.GetByteCount(template.Text), 1, LongestTemplateBody));

    [Theory]
    [InlineData("development", "cache.t3.medium", 2, false, 1)]
    [InlineData("staging", "cache.t3.medium", 2, false, 1)]
    [InlineData("production", "cache.r6g.large", 3, true, 7)]
    public void Redis_Is_Sized_By_Environment(string environment, string type, int nodes, bool failover, int snapshotDays)
    {
        var group = Only("infrastructure", "AWS::ElastiCache::ReplicationGroup", environment);

        Assert.Equal(type, group["CacheNodeType"]!.ToString());
        Assert.Equal(nodes, (int)group["NumCacheClusters"]!);
        Assert.Equal(failover, (bool)group["AutomaticFailoverEnabled"]!);
        Assert.Equal(failover, (bool)group["MultiAZEnabled"]!);
        Assert.Equal(snapshotDays, (int)group["SnapshotRetentionLimit"]!);
        Assert.True((bool)group["AtRestEncryptionEnabled"]!);
        Assert.True((bool)group["TransitEncryptionEnabled"]!);
    }

    [Theory]
    [InlineData("development", "dax.t3.medium", 2)]
    [InlineData("staging", "dax.t3.medium", 2)]
    [InlineData("production", "dax.r5.large", 3)]
    public void DAX_Is_Sized_By_Environment(string environment, string type, int nodes)
    {
        var cluster = Only("infrastructure", "AWS::DAX::Cluster", environment);
        var parameters = Only("infrastructure", "AWS::DAX::ParameterGroup", environment)["ParameterNameValues"]!;

        Assert.Equal(type, cluster["NodeType"]!.ToString());
        Assert.Equal(nodes, (int)cluster["ReplicationFactor"]!);
        Assert.True((bool)cluster["SSESpecification"]!["SSEEnabled"]!);
        Assert.Equal("TLS", cluster["ClusterEndpointEncryptionType"]!.ToString());
        Assert.InRange(cluster["ClusterName"]!.ToString().Length, 1, 20);
        Assert.Equal(("300000", "300000"), (parameters["record-ttl-millis"]!.ToString(), parameters["query-ttl-millis"]!.ToString()));
    }

    [Fact]
    public void Queues_Have_The_Settings_Of_The_Design()
    {
        var queues = ResolvedTemplate.Load("infrastructure", "staging").OfType("AWS::SQS::Queue").ToDictionary(q => q.Properties["QueueName"]!.ToString(), q => q.Properties);
        Assert.Equal(["oith-staging-matching-dlq.fifo", "oith-staging-matching-queue.fifo", "oith-staging-notifications"], queues.Keys.Order());

        var matching = queues["oith-staging-matching-queue.fifo"];
        Assert.Equal((60, 86400, 20), ((int)matching["VisibilityTimeout"]!, (int)matching["MessageRetentionPeriod"]!, (int)matching["ReceiveMessageWaitTimeSeconds"]!));
        Assert.Equal((true, "messageGroup", "perMessageGroupId"), ((bool)matching["FifoQueue"]!, matching["DeduplicationScope"]!.ToString(), matching["FifoThroughputLimit"]!.ToString()));
        Assert.Equal(3, (int)matching["RedrivePolicy"]!["maxReceiveCount"]!);

        var deadLetters = queues["oith-staging-matching-dlq.fifo"];
        Assert.Equal((true, 1209600), ((bool)deadLetters["FifoQueue"]!, (int)deadLetters["MessageRetentionPeriod"]!));
        Assert.Equal("byQueue", deadLetters["RedriveAllowPolicy"]!["redrivePermission"]!.ToString());
        Assert.EndsWith(":oith-staging-matching-queue.fifo", Assert.Single(deadLetters["RedriveAllowPolicy"]!["sourceQueueArns"]!.AsArray())!.ToString(), StringComparison.Ordinal);

        Assert.Equal(30, (int)queues["oith-staging-notifications"]["VisibilityTimeout"]!);
        Assert.Null(queues["oith-staging-notifications"]["FifoQueue"]);
    }

    [Fact]
    public void Tables_Have_The_Keys_That_The_Service_Relies_On()
    {
        var tables = ResolvedTemplate.Load("data", "development").OfType("AWS::DynamoDB::Table")
            .ToDictionary(t => t.Properties["TableName"]!.ToString(), t => string.Join("; ", Keys(t.Properties)));

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["oith-development-users"] = "email; gender-geohash-index: gender geohash; geohash-lastSeen-index: geohash lastSeen",
                ["oith-development-matches"] = "id; userEmail-index: userEmail; matchEmail-index: matchEmail",
                ["oith-development-match-history"] = "userEmail matchEmail; matchEmail-index: matchEmail",
                ["oith-development-blocks"] = "blockerEmail blockedEmail; blockedEmail-index: blockedEmail blockerEmail",
            },
            tables);

        static IEnumerable<string> Keys(JsonObject table) => new[] { Schema(table["KeySchema"]!) }
            .Concat(table["GlobalSecondaryIndexes"]!.AsArray().Select(index => $"{index!["IndexName"]}: {Schema(index["KeySchema"]!)}"));

        static string Schema(JsonNode keys) => string.Join(' ', keys.AsArray().OrderBy(key => key!["KeyType"]!.ToString()).Select(key => key!["AttributeName"]));
    }

    [Fact]
    public void State_Machines_Are_Of_Their_Types_And_Fed_By_Pipe_And_Schedule()
    {
        var template = ResolvedTemplate.Load("stepfunctions", "development");
        Assert.Equal(
            ["oith-development-batch-precompute STANDARD", "oith-development-distributed-matching EXPRESS"],
            template.OfType("AWS::StepFunctions::StateMachine").Select(m => $"{m.Properties["StateMachineName"]} {m.Properties["StateMachineType"]}").Order());

        var pipe = Only("stepfunctions", "AWS::Pipes::Pipe", "development");
        Assert.Equal("${import:oith-development-infrastructure-MatchingQueueArn}", pipe["Source"]!.ToString());
        Assert.Equal("${DistributedMatchingStateMachineArn}", pipe["Target"]!.ToString());
        // Only an execution that the Pipe waits for can leave its message in the queue when it fails.
        Assert.Equal("REQUEST_RESPONSE", pipe["TargetParameters"]!["StepFunctionStateMachineParameters"]!["InvocationType"]!.ToString());
        Assert.Equal(1, (int)pipe["SourceParameters"]!["SqsQueueParameters"]!["BatchSize"]!);

        var rule = Only("stepfunctions", "AWS::Events::Rule", "development");
        Assert.Equal("cron(0 4 * * ? *)", rule["ScheduleExpression"]!.ToString());
        Assert.Equal("${BatchPrecomputeStateMachineArn}", Assert.Single(rule["Targets"]!.AsArray())!["Arn"]!.ToString());
    }

    [Fact]
    public void Function_Runs_The_Web_App_Behind_The_Web_Adapter()
    {
        var function = ResolvedTemplate.Load("matching", "development").Properties("MatchingFunction");
        var variables = function["Environment"]!["Variables"]!.AsObject();

        Assert.Equal("oith-development-matching-service", function["FunctionName"]!.ToString());
        Assert.Equal("dotnet10", function["Runtime"]!.ToString());
        Assert.Equal("/opt/bootstrap", variables["AWS_LAMBDA_EXEC_WRAPPER"]!.ToString());
        Assert.Equal("500-599", variables["AWS_LWA_ERROR_STATUS_CODES"]!.ToString());
        Assert.Equal("/events", variables["AWS_LWA_PASS_THROUGH_PATH"]!.ToString());
        Assert.Equal("/alive", variables["AWS_LWA_READINESS_CHECK_PATH"]!.ToString());
        Assert.Equal(variables["AWS_LWA_PORT"]!.ToString(), variables["ASPNETCORE_HTTP_PORTS"]!.ToString());
        Assert.Superset(
            new HashSet<string>
            {
                "OITH_ENVIRONMENT", "USERS_TABLE", "MATCHES_TABLE", "MATCH_HISTORY_TABLE", "BLOCKS_TABLE", "REDIS_HOST", "REDIS_PORT", "REDIS_TLS",
                "REDIS_USERNAME", "REDIS_PASSWORD_SECRET_ARN", "DAX_ENDPOINTS", "MATCHING_QUEUE_URL", "NOTIFICATION_QUEUE_URL",
            },
            variables.Select(variable => variable.Key).ToHashSet());
        // Reserved by Lambda itself, which refuses a function that sets it.
        Assert.DoesNotContain("AWS_REGION", variables.Select(variable => variable.Key));
    }

    [Fact]
    public void Api_Exposes_The_Service_But_Never_Its_Events()
    {
        var routes = ResolvedTemplate.Load("matching", "production").OfType("AWS::ApiGatewayV2::Route").Select(r => r.Properties["RouteKey"]!.ToString());

        Assert.Equal(["ANY /api/{proxy+}", "GET /alive", "GET /health"], routes.Order());
    }

    [Theory]
    [InlineData("development", false)]
    [InlineData("staging", false)]
    [InlineData("production", true)]
    public void Function_Is_Kept_Warm_And_Scaled_In_Production(string environment, bool expected)
    {
        var template = ResolvedTemplate.Load("matching", environment);

        Assert.Equal(expected, template.Properties("MatchingAlias")["ProvisionedConcurrencyConfig"] is not null);
        Assert.Equal(expected, template.Properties("MatchingFunction")["ReservedConcurrentExecutions"] is not null);
        Assert.Equal(expected, template.OfType("AWS::ApplicationAutoScaling::ScalableTarget").Any());
        Assert.Equal(expected, template.OfType("AWS::ApplicationAutoScaling::ScalingPolicy").Any());
    }

    [Fact]
    public void New_Revision_Replaces_The_Version()
    {
        var first = ResolvedTemplate.Load("matching", "production", ("ServiceRevision", "a"));
        var second = ResolvedTemplate.Load("matching", "production", ("ServiceRevision", "b"));

        Assert.NotEqual(first.Properties("MatchingVersion")["Description"]!.ToString(), second.Properties("MatchingVersion")["Description"]!.ToString());
        // Lambda publishes no version of an unchanged function, so the function carries the revision as well.
        Assert.NotEqual(first.Properties("MatchingFunction")["Description"]!.ToString(), second.Properties("MatchingFunction")["Description"]!.ToString());
    }

    [Fact]
    public void Outputs_And_Exports_Are_Those_That_Neighbours_Need()
    {
        var outputs = Template.LoadAll().SelectMany(template => template.Outputs.Select(output => output.Key)).ToHashSet();

        Assert.Superset(
            new HashSet<string>
            {
                "LambdaSecurityGroupId", "ElastiCacheEndpoint", "ElastiCachePort", "DAXEndpoint", "MatchingQueueUrl", "MatchingQueueArn", "MatchingDLQUrl",
                "NotificationQueueUrl", "AlertTopicArn", "DashboardUrl", "DistributedMatchingStateMachineArn", "BatchPrecomputeStateMachineArn",
            },
            outputs);
        Assert.All(Template.LoadAll().SelectMany(template => template.Outputs), output =>
        {
            Assert.Equal("${AWS::StackName}-" + output.Key, output.Value!["Export"]!["Name"]!["Fn::Sub"]!.ToString());
            Assert.NotEqual("", output.Value["Description"]!.ToString());
        });
    }

    [Fact]
    public void Import_Names_An_Export_Of_A_Stack_Deployed_Before()
    {
        var exported = new HashSet<string>();
        foreach (var template in Template.LoadAll())
        {
            var resolved = new ResolvedTemplate(template, "production").Resources.ToJsonString();
            Assert.All(Import.Matches(resolved), import => Assert.Contains(import.Groups[1].Value, exported));
            exported.UnionWith(template.Outputs.Select(output => $"oith-production-{template.Stack}-{output.Key}"));
        }
    }

    [Fact]
    public void Development_Needs_Only_The_Network_And_The_Artifacts()
    {
        var needed = Template.LoadAll().SelectMany(t => t.Parameters.Where(p => p.Value!["Default"] is null).Select(p => $"{t.Stack} {p.Key}"));

        Assert.Equal(
            [
                "infrastructure VpcId", "infrastructure PrivateSubnetIds", "matching ArtifactBucket", "matching ServiceArtifactKey",
                "stepfunctions ArtifactBucket", "stepfunctions DistributedMatchingDefinitionKey", "stepfunctions BatchPrecomputeDefinitionKey",
            ],
            needed);
    }

    [Fact]
    public void Template_Fits_Into_A_Request() =>
        Assert.All(Template.LoadAll(), template => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(template.Text), 1, 51_200));

    [GeneratedRegex(@"\$\{import:([^}]+)\}")]
    private static partial Regex Import { get; }

    private static JsonObject Only(string stack, string type, string environment) => ResolvedTemplate.Load(stack, environment).OfType(type).Single().Properties;
}
