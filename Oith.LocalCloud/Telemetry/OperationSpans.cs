using System.Collections.Frozen;
using System.Diagnostics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Telemetry;

/// <summary>Names the span of an AWS client's request by service and operation, <c>SQS SendMessage</c>, with the attributes that OpenTelemetry has for them.</summary>
internal static class OperationSpans
{
    private static readonly FrozenDictionary<string, string> s_names = new Dictionary<string, string>
    {
        ["cloudformation"] = "CloudFormation",
        ["dax"] = "DAX",
        ["dynamodb"] = "DynamoDB",
        ["ec2"] = "EC2",
        ["elasticache"] = "ElastiCache",
        ["events"] = "EventBridge",
        ["faults"] = "Faults",
        ["iam"] = "IAM",
        ["kms"] = "KMS",
        ["lambda"] = "Lambda",
        ["logs"] = "CloudWatch Logs",
        ["monitoring"] = "CloudWatch",
        ["pipes"] = "Pipes",
        ["s3"] = "S3",
        ["scheduler"] = "Scheduler",
        ["secretsmanager"] = "Secrets Manager",
        ["sns"] = "SNS",
        ["sqs"] = "SQS",
        ["ssm"] = "SSM",
        ["states"] = "Step Functions",
        ["sts"] = "STS",
        ["xray"] = "XRay",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names the current span, that of the request which brought the call. A call from the inside has none.</summary>
    public static void Name(AwsCall call)
    {
        if (call.Protocol != AwsProtocol.InProcess && Activity.Current is { Recorded: true } activity)
        {
            Name(activity, call.Service, call.Operation, call.RequestId);
            switch (call.Service)
            {
                case "dynamodb":
                    activity.SetTag("db.system.name", "aws.dynamodb").SetTag("db.operation.name", call.Operation)
                        .SetTag("db.collection.name", call.OptionalString("TableName"));
                    break;
                case "sqs":
                    activity.SetTag("messaging.system", "aws_sqs").SetTag("messaging.operation.name", call.Operation)
                        .SetTag("messaging.destination.name", call.OptionalString("QueueUrl") is { } url ? url[(url.LastIndexOf('/') + 1)..] : null);
                    break;
            }
        }
    }

    /// <inheritdoc cref="Name(AwsCall)"/>
    public static void Name(Activity activity, string service, string operation, string requestId)
    {
        var name = s_names.GetValueOrDefault(service, service);
        activity.DisplayName = $"{name} {operation}";
        activity.SetTag("rpc.system", "aws-api").SetTag("rpc.service", name).SetTag("rpc.method", operation).SetTag("aws.request_id", requestId);
    }
}
