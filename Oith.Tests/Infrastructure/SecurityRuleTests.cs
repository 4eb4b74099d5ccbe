using System.Text.Json.Nodes;

namespace Oith.Tests.Infrastructure;

public sealed class SecurityRuleTests
{
    private const string Key = "arn:aws:kms:us-east-1:123456789012:key/1234";

    public static TheoryData<string, string, string> Deployments
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var stack in Template.Stacks)
            {
                foreach (var environment in AlarmTests.Environments)
                {
                    data.Add(stack, environment, "");
                    data.Add(stack, environment, Key);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Deployments))]
    public void Template_Keeps_Every_Rule(string stack, string environment, string key) =>
        Assert.Empty(SecurityRules.Broken(ResolvedTemplate.Load(stack, environment, ("KmsKeyArn", key))));

    /// <summary>A rule that never fails would prove nothing: each is shown a template that breaks it.</summary>
    [Theory]
    [InlineData("data", "UsersTable", "SSESpecification", "not encrypted")]
    [InlineData("data", "UsersTable", "PointInTimeRecoverySpecification", "no point-in-time recovery")]
    [InlineData("data", "ArtifactBucket", "BucketEncryption", "not encrypted")]
    [InlineData("data", "ArtifactBucket", "PublicAccessBlockConfiguration", "public access is not blocked")]
    [InlineData("infrastructure", "MatchingQueue", "SqsManagedSseEnabled", "not encrypted, or twice")]
    [InlineData("infrastructure", "AlertTopic", "KmsMasterKeyId", "not encrypted")]
    [InlineData("infrastructure", "RedisReplicationGroup", "TransitEncryptionMode", "not encrypted in transit")]
    [InlineData("infrastructure", "RedisReplicationGroup", "UserGroupIds", "no users")]
    [InlineData("infrastructure", "DAXCluster", "ClusterEndpointEncryptionType", "not encrypted in transit")]
    [InlineData("infrastructure", "DAXSecurityGroup", "SecurityGroupEgress", "default egress: everything everywhere")]
    [InlineData("matching", "MatchingLogGroup", "RetentionInDays", "keeps logs for ever")]
    [InlineData("matching", "MatchingFunction", "TracingConfig", "not traced")]
    [InlineData("matching", "ApiPermission", "SourceArn", "any resource of the principal may invoke")]
    [InlineData("stepfunctions", "DistributedMatchingStateMachine", "LoggingConfiguration", "not logged")]
    public void Rule_Fails_When_The_Property_Is_Missing(string stack, string resource, string property, string problem)
    {
        var template = ResolvedTemplate.Load(stack, "production");
        template.Properties(resource).Remove(property);

        Assert.Contains($"{resource}: {problem}", SecurityRules.Broken(template));
    }

    [Theory]
    [InlineData("dynamodb:*", "${import:t}", "allows dynamodb:*")]
    [InlineData("sqs:SendMessage", "*", "allows sqs:SendMessage on everything")]
    [InlineData("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:*", "allows arn:aws:lambda:us-east-1:123456789012:function:*")]
    [InlineData("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/oith-*", "allows arn:aws:dynamodb:us-east-1:123456789012:table/oith-*")]
    public void Rule_Fails_When_A_Role_Allows_A_Wildcard(string action, string resource, string problem)
    {
        var template = ResolvedTemplate.Load("infrastructure", "production");
        template.Properties("MatchingRole")["Policies"]!.AsArray().Add(new JsonObject
        {
            ["PolicyDocument"] = new JsonObject { ["Statement"] = new JsonArray(new JsonObject { ["Effect"] = "Allow", ["Action"] = action, ["Resource"] = resource }) },
        });

        Assert.Contains($"MatchingRole: {problem}", SecurityRules.Broken(template));
    }

    [Theory]
    [InlineData("DAXRole", "any account may use it through dax.amazonaws.com")]
    [InlineData("MatchingRole", "any account may use it through lambda.amazonaws.com")]
    public void Rule_Fails_When_A_Role_Trusts_A_Service_For_Every_Account(string role, string problem)
    {
        var template = ResolvedTemplate.Load("infrastructure", "production");
        template.Properties(role)["AssumeRolePolicyDocument"]!["Statement"]![0]!.AsObject().Remove("Condition");

        Assert.Contains($"{role}: {problem}", SecurityRules.Broken(template));
    }

    [Theory]
    [InlineData("on ~* &oith:* -@all -@dangerous +@read")]
    [InlineData("on ~oith:* &* -@all -@dangerous +@read")]
    [InlineData("on allkeys resetchannels -@all -@dangerous +@read")]
    public void Rule_Fails_When_The_Redis_User_Has_More_Than_Its_Keys(string access)
    {
        var template = ResolvedTemplate.Load("infrastructure", "production");
        template.Properties("RedisUser")["AccessString"] = access;

        Assert.Contains("RedisUser: may use every key or channel", SecurityRules.Broken(template));
    }

    [Fact]
    public void Redis_Password_Is_Never_In_Clear()
    {
        var user = ResolvedTemplate.Load("infrastructure", "production").Properties("RedisUser");
        Assert.Equal("{{resolve:secretsmanager:${RedisSecretArn}:SecretString:password}}", user["AuthenticationMode"]!["Passwords"]![0]!.ToString());
        Assert.All(Template.LoadAll(), template => Assert.DoesNotContain(template.Parameters, p => p.Key.Contains("Password", StringComparison.OrdinalIgnoreCase)));
    }
}
