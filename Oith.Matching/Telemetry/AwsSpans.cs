using System.Diagnostics;
using Amazon.Runtime;

namespace Oith.Matching.Telemetry;

/// <summary>
/// One span a call to AWS, retries included, named by service and operation: <c>SQS SendMessage</c>. The HTTP requests below it have none
/// of their own; they carry this one's context.
/// </summary>
internal static class AwsSpans
{
    private const string Api = "aws-api";

    /// <returns>Null when nothing records the call.</returns>
    public static Activity? StartDynamoDB(string operation) => MatchingActivities.StartCall("DynamoDB")
        ?.SetTag("rpc.system", Api).SetTag("rpc.service", "DynamoDB").SetTag("rpc.method", operation)
        .SetTag("db.system.name", "aws.dynamodb").SetTag("db.operation.name", operation);

    /// <summary>Names the span by the tables as well: <c>DynamoDB TransactWriteItems matches, users</c>.</summary>
    /// <param name="prefix">What all tables of the environment begin with; their names are shown without it.</param>
    public static void SetTables(this Activity activity, string operation, string[] tables, string prefix)
    {
        var shown = tables.Select(table => table.StartsWith(prefix, StringComparison.Ordinal) ? table[prefix.Length..] : table);
        activity.DisplayName = $"DynamoDB {operation} {string.Join(", ", shown)}";
        activity.SetTag("db.collection.name", tables is [var only] ? only : null).SetTag("aws.dynamodb.table_names", tables);
    }

    /// <param name="queueUrl"><c>http://localhost:4566/000000000000/oith-development-notifications</c></param>
    /// <returns>Null when nothing records the call.</returns>
    public static Activity? StartSQS(string operation, string queueUrl)
    {
        var activity = MatchingActivities.StartCall("SQS", ActivityKind.Producer);
        if (activity is not null)
        {
            activity.DisplayName = $"SQS {operation}";
            activity.SetTag("rpc.system", Api).SetTag("rpc.service", "SQS").SetTag("rpc.method", operation)
                .SetTag("messaging.system", "aws_sqs").SetTag("messaging.operation.name", operation).SetTag("messaging.operation.type", "send")
                .SetTag("messaging.destination.name", queueUrl[(queueUrl.LastIndexOf('/') + 1)..]).SetTag("aws.sqs.queue.url", queueUrl);
        }

        return activity;
    }

    /// <summary>What AWS answered; a null activity records nothing.</summary>
    public static void SetResponse(this Activity? activity, AmazonWebServiceResponse response) => activity
        ?.SetTag("aws.request_id", response.ResponseMetadata?.RequestId)
        .SetTag("http.response.status_code", (int)response.HttpStatusCode);

    /// <summary>How the call failed. A condition that did not hold or a conflict is an answer, not an error.</summary>
    public static void SetFailure(this Activity? activity, Exception exception)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("error.type", exception is AmazonServiceException { ErrorCode: { Length: > 0 } code } ? code : exception.GetType().FullName);
        if (exception is AmazonServiceException service)
        {
            activity.SetTag("aws.request_id", service.RequestId).SetTag("http.response.status_code", (int)service.StatusCode);
        }

        if (exception is not AmazonServiceException { ErrorCode: "ConditionalCheckFailedException" or "TransactionCanceledException" or "TransactionConflictException" })
        {
            activity.SetStatus(ActivityStatusCode.Error, exception.Message);
        }
    }
}
