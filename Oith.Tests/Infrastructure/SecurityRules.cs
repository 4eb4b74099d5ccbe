using System.Text.Json.Nodes;

namespace Oith.Tests.Infrastructure;

/// <summary>The rule set that every template is held against: encryption, public access, wildcards, retention. A rule yields what breaks it.</summary>
internal static class SecurityRules
{
    /// <summary>Actions for which AWS knows no resource, so that * is the only one; each has its reason in the template.</summary>
    private static readonly HashSet<string> s_unscopable =
    [
        "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
        "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
    ];

    public static IEnumerable<string> Broken(ResolvedTemplate template) => template.Resources.SelectMany(resource =>
        Broken(template, resource.Key, resource.Value!["Type"]!.ToString(), resource.Value.AsObject(), resource.Value["Properties"]?.AsObject() ?? [])
            .Select(problem => $"{resource.Key}: {problem}"));

    private static IEnumerable<string> Broken(ResolvedTemplate template, string id, string type, JsonObject resource, JsonObject properties) => type switch
    {
        "AWS::DynamoDB::Table" => Table(resource, properties),
        "AWS::S3::Bucket" => Bucket(properties).Concat(Policy(template, "AWS::S3::BucketPolicy", "Bucket", id)),
        "AWS::SQS::Queue" => Queue(properties).Concat(Policy(template, "AWS::SQS::QueuePolicy", "Queues", id)),
        "AWS::SNS::Topic" => Unless(properties["KmsMasterKeyId"] is not null, "not encrypted").Concat(Policy(template, "AWS::SNS::TopicPolicy", "Topics", id)),
        "AWS::ElastiCache::ReplicationGroup" => Redis(properties),
        "AWS::ElastiCache::User" => RedisUser(properties),
        "AWS::DAX::Cluster" => Unless(properties["SSESpecification"]?["SSEEnabled"]?.ToString() == "true", "not encrypted at rest")
            .Concat(Unless(properties["ClusterEndpointEncryptionType"]?.ToString() == "TLS", "not encrypted in transit")),
        "AWS::Logs::LogGroup" => Unless(properties["RetentionInDays"] is not null, "keeps logs for ever"),
        "AWS::EC2::SecurityGroup" => SecurityGroup(properties),
        "AWS::IAM::Role" => Role(properties),
        "AWS::Lambda::Function" => Function(properties),
        "AWS::StepFunctions::StateMachine" => StateMachine(properties),
        "AWS::KMS::Key" => Unless(properties["EnableKeyRotation"]?.ToString() == "true", "key is not rotated"),
        "AWS::Lambda::Permission" => Unless(properties["SourceArn"] is not null, "any resource of the principal may invoke"),
        _ => [],
    };

    private static IEnumerable<string> Table(JsonObject resource, JsonObject properties) =>
    [
        .. Unless(properties["SSESpecification"]?["SSEEnabled"]?.ToString() == "true", "not encrypted"),
        .. Unless(properties["PointInTimeRecoverySpecification"]?["PointInTimeRecoveryEnabled"]?.ToString() == "true", "no point-in-time recovery"),
        .. Unless(resource["DeletionPolicy"]?.ToString() == "RetainExceptOnCreate", "deleted with its stack"),
        .. Unless(resource["UpdateReplacePolicy"]?.ToString() == "Retain", "deleted when replaced"),
        .. Unless(properties["DeletionProtectionEnabled"]!.ToString() == (properties["TableName"]!.ToString().Contains("production", StringComparison.Ordinal) ? "true" : "false"), "deletion protection is wrong"),
    ];

    private static IEnumerable<string> Bucket(JsonObject properties) =>
    [
        .. Unless(properties["BucketEncryption"] is not null, "not encrypted"),
        .. Unless(properties["PublicAccessBlockConfiguration"] is JsonObject { Count: 4 } block && block.All(flag => flag.Value!.ToString() == "true"), "public access is not blocked"),
    ];

    private static IEnumerable<string> Queue(JsonObject properties) =>
        Unless(properties["SqsManagedSseEnabled"]?.ToString() == "true" ^ properties["KmsMasterKeyId"] is not null, "not encrypted, or twice");

    /// <summary>A policy of the resource denies everybody who comes without TLS, and lets nobody in but named AWS services.</summary>
    private static IEnumerable<string> Policy(ResolvedTemplate template, string type, string property, string id)
    {
        var raw = template.Source.Resources;
        var policy = template.OfType(type).FirstOrDefault(p => raw[p.LogicalId]!["Properties"]![property]!.ToJsonString().Contains($"\"Ref\":\"{id}\"", StringComparison.Ordinal));
        if (policy.Properties is null)
        {
            return ["no policy that demands TLS"];
        }

        var statements = policy.Properties["PolicyDocument"]!["Statement"]!.AsArray();
        return
        [
            .. Unless(statements.Any(s => s!["Effect"]!.ToString() == "Deny" && s["Condition"]?["Bool"]?["aws:SecureTransport"]?.ToString() == "false"), "no policy that demands TLS"),
            .. Unless(statements.All(s => s!["Effect"]!.ToString() == "Deny" || (s["Principal"]!.ToString() != "*" && s["Condition"] is not null)), "open to everybody"),
        ];
    }

    private static IEnumerable<string> Redis(JsonObject properties) =>
    [
        .. Unless(properties["AtRestEncryptionEnabled"]?.ToString() == "true", "not encrypted at rest"),
        .. Unless(properties["TransitEncryptionEnabled"]?.ToString() == "true" && properties["TransitEncryptionMode"]?.ToString() == "required", "not encrypted in transit"),
        .. Unless(properties["UserGroupIds"] is not null && properties["AuthToken"] is null, "no users"),
    ];

    private static IEnumerable<string> RedisUser(JsonObject properties)
    {
        var access = properties["AccessString"]!.ToString();
        return
        [
            .. Unless(properties["Passwords"] is null, "password beside AuthenticationMode"),
            .. Unless(
                access.StartsWith("off ", StringComparison.Ordinal)
                || properties["AuthenticationMode"]!["Passwords"]!.AsArray().All(p => p!.ToString().StartsWith("{{resolve:secretsmanager:", StringComparison.Ordinal)),
                "password in clear"),
            .. Unless(access.StartsWith("off ", StringComparison.Ordinal) || access.Contains("-@dangerous", StringComparison.Ordinal), "may run dangerous commands"),
            .. Unless(!access.Contains("+@all", StringComparison.Ordinal), "may run everything"),
            .. Unless(
                access.Split(' ') is var rules && !rules.Contains("~*") && !rules.Contains("&*") && !rules.Contains("allkeys") && !rules.Contains("allchannels"),
                "may use every key or channel"),
        ];
    }

    private static IEnumerable<string> SecurityGroup(JsonObject properties) =>
    [
        .. Unless((properties["SecurityGroupIngress"]?.AsArray() ?? []).All(rule => rule!["SourceSecurityGroupId"] is not null), "lets in more than a security group"),
        .. Unless(properties["SecurityGroupEgress"] is not null, "default egress: everything everywhere"),
    ];

    private static IEnumerable<string> Function(JsonObject properties) =>
    [
        .. Unless(properties["TracingConfig"]?["Mode"]?.ToString() == "Active", "not traced"),
        .. Unless(properties["VpcConfig"] is not null, "outside the VPC"),
        .. Unless(properties["LoggingConfig"]?["LogGroup"] is not null, "logs into a group of no retention"),
        .. properties["Environment"]!["Variables"]!.AsObject()
            .Where(variable => variable.Key.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase) && !variable.Key.EndsWith("_ARN", StringComparison.Ordinal))
            .Select(variable => $"{variable.Key} in clear"),
        .. Unless(!properties["Environment"]!.ToJsonString().Contains("{{resolve:", StringComparison.Ordinal), "a secret is written into the environment"),
    ];

    private static IEnumerable<string> StateMachine(JsonObject properties) =>
    [
        .. Unless(properties["TracingConfiguration"]?["Enabled"]?.ToString() == "true", "not traced"),
        .. Unless(properties["LoggingConfiguration"]?["Destinations"] is JsonArray { Count: > 0 }, "not logged"),
        .. Unless(properties["LoggingConfiguration"]?["IncludeExecutionData"]?.ToString() == "false", "logs personal data"),
    ];

    private static IEnumerable<string> Role(JsonObject properties) => Trust(properties).Concat(Permissions(properties));

    /// <summary>A service that acts for another account must not be able to use the role.</summary>
    private static IEnumerable<string> Trust(JsonObject properties) =>
        from statement in properties["AssumeRolePolicyDocument"]!["Statement"]!.AsArray()
        where statement!["Principal"]?["Service"] is not null
        from problem in Unless(
            statement["Condition"] is JsonObject condition
                && (condition["StringEquals"] ?? condition["StringEqualsIfExists"])?["aws:SourceAccount"] is not null,
            $"any account may use it through {string.Join(", ", Items(statement["Principal"]!["Service"]))}")
        select problem;

    private static IEnumerable<string> Permissions(JsonObject properties) =>
        from policy in properties["Policies"]!.AsArray()
        from statement in policy!["PolicyDocument"]!["Statement"]!.AsArray()
        where statement!["Effect"]!.ToString() == "Allow"
        let actions = Items(statement["Action"])
        let resources = Items(statement["Resource"])
        from problem in (IEnumerable<string>)
        [
            .. actions.Where(action => action.Contains('*', StringComparison.Ordinal)).Select(action => $"allows {action}"),
            .. resources.Contains("*") ? actions.Except(s_unscopable).Select(action => $"allows {action} on everything") : [],
            .. resources.Where(resource => resource != "*" && resource.Contains('*', StringComparison.Ordinal) && !IsScoped(resource)).Select(resource => $"allows {resource}"),
        ]
        select problem;

    /// <summary>The wildcards that name nothing foreign: indexes of one table, executions of one machine, streams of one log group.</summary>
    private static bool IsScoped(string resource) =>
        resource.EndsWith("/index/*", StringComparison.Ordinal)
        || resource.EndsWith("-batch-precompute/*", StringComparison.Ordinal)
        || resource.EndsWith("-matching-service:*", StringComparison.Ordinal)
        || resource.EndsWith("/metrics:*", StringComparison.Ordinal);

    private static string[] Items(JsonNode? node) => node is JsonArray array ? [.. array.Select(item => item!.ToString())] : [node!.ToString()];

    private static IEnumerable<string> Unless(bool holds, string problem) => holds ? [] : [problem];
}
