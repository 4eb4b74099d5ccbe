using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Messaging;

internal static class QueueUrls
{
    /// <summary>The URL of the queue of an ARN, in the account and region that the ARN names.</summary>
    /// <exception cref="AwsServiceException">There is no such queue.</exception>
    public static async Task<string> QueueUrlAsync(this IAwsApi api, string queueArn, CancellationToken cancellationToken)
    {
        var answer = await api.At(queueArn)
            .InvokeAsync("sqs", "GetQueueUrl", new JsonObject { ["QueueName"] = Arn.ResourceOf(queueArn) }, cancellationToken);
        return answer["QueueUrl"]!.GetValue<string>();
    }
}
