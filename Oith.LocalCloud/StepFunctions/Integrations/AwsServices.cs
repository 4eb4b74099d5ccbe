using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Oith.LocalCloud.StepFunctions.Asl;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>A service as definitions call it, and how its members and errors are spelled there.</summary>
/// <param name="SdkName">The name in <c>aws-sdk:…</c> resources, in lower case.</param>
/// <param name="SigningName">The service's name in LocalCloud.</param>
/// <param name="SdkId">What stands before the error in a failure of an SDK integration: <c>DynamoDb</c>.</param>
internal sealed record AwsServices(string SdkName, string SigningName, string SdkId)
{
    // Codes that no service declares as an exception of its own, so that its base exception stands for them.
    private static readonly FrozenSet<string> s_common = new[]
    {
        "AccessDenied", "AccessDeniedException", "IncompleteSignature", "InternalFailure", "InvalidAction", "InvalidParameterCombination",
        "InvalidParameterValue", "InvalidQueryParameter", "MalformedQueryString", "MissingAction", "MissingParameter", "OptInRequired",
        "RequestExpired", "SerializationException", "ServiceUnavailable", "ThrottlingException", "UnknownOperationException",
        "UnknownServiceException", "UnrecognizedClientException", "ValidationError", "ValidationException",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, AwsServices> s_known = new AwsServices[]
    {
        new("dynamodb", "dynamodb", "DynamoDb") { Prefix = "DynamoDB", Client = "AmazonDynamoDBv2", BaseException = "AmazonDynamoDBException" },
        new("sqs", "sqs", "Sqs") { Prefix = "SQS", Client = "AmazonSQS", BaseException = "AmazonSQSException" },
        new("sns", "sns", "Sns") { Prefix = "SNS", Client = "AmazonSNS", BaseException = "AmazonSNSException" },
        new("lambda", "lambda", "Lambda") { Client = "AWSLambda", BaseException = "AWSLambdaException" },
        new("sfn", "states", "Sfn")
        {
            Prefix = "StepFunctions", Client = "AWSStepFunctions", BaseException = "AWSStepFunctionsException", IsCamelCase = true,
        },
        new("eventbridge", "events", "EventBridge") { Client = "AmazonEventBridge", BaseException = "AmazonEventBridgeException" },
        new("cloudwatch", "monitoring", "CloudWatch"),
        new("cloudwatchlogs", "logs", "CloudWatchLogs") { IsCamelCase = true },
        new("secretsmanager", "secretsmanager", "SecretsManager"),
        new("s3", "s3", "S3"),
        new("sts", "sts", "Sts"),
        new("iam", "iam", "Iam"),
        new("ec2", "ec2", "Ec2"),
        new("ssm", "ssm", "Ssm"),
        new("kms", "kms", "Kms"),
        new("pipes", "pipes", "Pipes"),
        new("scheduler", "scheduler", "Scheduler"),
        new("cloudformation", "cloudformation", "CloudFormation"),
        new("elasticache", "elasticache", "ElastiCache"),
        new("dax", "dax", "Dax"),
        new("dynamodbstreams", "dynamodbstreams", "DynamoDbStreams"),
        new("xray", "xray", "XRay"),
    }.ToFrozenDictionary(service => service.SdkName, StringComparer.Ordinal);

    /// <summary>The services whose SDK integrations LocalCloud can carry out.</summary>
    public static IEnumerable<AwsServices> All => s_known.Values;

    public static AwsServices Lambda => s_known["lambda"];

    /// <summary>What stands before the error in a failure of an optimized integration: <c>DynamoDB</c>.</summary>
    public string Prefix { get; init; } = SdkId;

    /// <summary>The service as a failure's cause names it: <c>AmazonDynamoDBv2</c>.</summary>
    public string Client { get; init; } = SdkId;

    public string BaseException { get; init; } = SdkId + "Exception";

    /// <summary>True: the API's members are in camel case, while definitions write them in Pascal case.</summary>
    public bool IsCamelCase { get; init; }

    /// <param name="sdkName">The name in <c>aws-sdk:…</c> resources.</param>
    public static AwsServices Of(string sdkName)
    {
        var name = sdkName.ToLowerInvariant();
        return s_known.GetValueOrDefault(name) ?? new AwsServices(name, name, char.ToUpperInvariant(name[0]) + name[1..]);
    }

    public AslValue ToWire(string operation, AslValue input)
    {
        if (!input.IsObject)
        {
            return input;
        }

        var wire = JsonTexts(operation, input);
        return IsCamelCase ? Renamed(wire, char.ToLowerInvariant, dropsNull: true) : wire;
    }

    public AslValue FromWire(AslValue output) => SigningName == "s3" && output.Find("Body") is { IsString: true } body
        ? output.With("Body", AslValue.Of(Encoding.UTF8.GetString(Convert.FromBase64String(body.Text))))
        : IsCamelCase ? Dated(Renamed(output, char.ToUpperInvariant, dropsNull: false)) : output;

    /// <summary>A failure of an optimized integration, in the words of AWS's first Java SDK.</summary>
    public StateFailure Failure(AwsServiceException error, string requestId)
    {
        var name = s_common.Contains(error.QueryErrorCode ?? error.Code) ? BaseException : ExceptionName(error);
        return new StateFailure(
            $"{Prefix}.{name}",
            string.Create(CultureInfo.InvariantCulture, $"{error.Message} (Service: {Client}; Status Code: {(int)error.Status}; Error Code: {error.QueryErrorCode ?? error.Code}; Request ID: {requestId}; Proxy: null)"));
    }

    /// <summary>A failure of an SDK integration, in the words of AWS's second Java SDK.</summary>
    public StateFailure SdkFailure(AwsServiceException error, string requestId)
    {
        var name = s_common.Contains(error.QueryErrorCode ?? error.Code) ? SdkId + "Exception" : ExceptionName(error);
        var ids = SigningName == "s3" ? $"Request ID: {requestId}, Extended Request ID: {requestId}" : $"Request ID: {requestId}";
        return new StateFailure(
            $"{SdkId}.{name}",
            string.Create(CultureInfo.InvariantCulture, $"{error.Message} (Service: {SdkId}, Status Code: {(int)error.Status}, {ids}) (SDK Attempt Count: 1)"));
    }

    private static string ExceptionName(AwsServiceException error)
    {
        var code = error.Code[(error.Code.LastIndexOf('.') + 1)..];
        return code.EndsWith("Exception", StringComparison.Ordinal) ? code : code + "Exception";
    }

    // Members that the API takes as text or bytes may be given as JSON; AWS writes it out.
    private AslValue JsonTexts(string operation, AslValue input)
    {
        switch (SigningName, operation)
        {
            case ("sqs", "SendMessage"):
                return AsText(input, "MessageBody");
            case ("sns", "Publish"):
                return AsText(input, "Message");
            case ("states", "StartExecution" or "StartSyncExecution"):
                return AsText(input, "Input");
            case ("states", "SendTaskSuccess"):
                return AsText(input, "Output");
            case ("events", "PutEvents") when input.Find("Entries") is { IsArray: true } entries:
                return input.With("Entries", AslValue.Array([.. entries.Items.ToArray().Select(entry => AsText(entry, "Detail"))]));
            case ("s3", "PutObject") when input.Find("Body") is { } body:
                // As JSON also when it is a text: AWS writes the object with its quotes.
                return input.With("Body", AslValue.Of(Convert.ToBase64String(Encoding.UTF8.GetBytes(body.ToJson()))));
            default:
                return input;
        }
    }

    private static AslValue AsText(AslValue input, string member) =>
        input.Find(member) is { IsString: false, IsNull: false } value ? input.With(member, AslValue.Of(value.ToJson())) : input;

    private static AslValue Renamed(AslValue value, Func<char, char> rename, bool dropsNull) => value.Kind switch
    {
        AslKind.Array => AslValue.Array([.. value.Items.ToArray().Select(item => Renamed(item, rename, dropsNull))]),
        AslKind.Object => AslValue.Object([.. value.Members.ToArray()
            .Where(member => !dropsNull || !member.Value.IsNull)
            .Select(member => KeyValuePair.Create(
                member.Key.Length == 0 ? "" : rename(member.Key[0]) + member.Key[1..], Renamed(member.Value, rename, dropsNull)))]),
        _ => value,
    };

    // Times are seconds on the wire and ISO 8601 in data.
    private static AslValue Dated(AslValue output)
    {
        foreach (var (name, value) in output.Members)
        {
            if (value.Kind == AslKind.Number && (name.EndsWith("Date", StringComparison.Ordinal) || name.EndsWith("Time", StringComparison.Ordinal)))
            {
                var time = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(value.Number * 1000));
                output = output.With(name, AslValue.Of(Executions.Timestamps.Iso(time)));
            }
        }

        return output;
    }
}
