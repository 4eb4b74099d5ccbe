using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Storage;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Notifications;

/// <summary>A push notification: <c>{"id": "…", "type": "connected", "userEmail": "a@…", "matchEmail": "b@…"}</c>.</summary>
/// <param name="Id">The same whenever the same thing is told again: who delivers drops what was delivered.</param>
/// <param name="Type"><c>match</c>: a queued request found somebody; <c>connected</c>: both accepted.</param>
/// <param name="UserEmail">Who is to be told.</param>
/// <param name="MatchEmail">About whom.</param>
public sealed record Notification(string Id, string Type, string UserEmail, string MatchEmail)
{
    internal const string Match = "match";
    internal const string Connected = "connected";

    /// <summary>One id for one event told to one person: 32 hexadecimal digits.</summary>
    internal static string IdOf(params ReadOnlySpan<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..32];
}

[JsonSerializable(typeof(Notification))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class NotificationJson : JsonSerializerContext;

/// <summary>Puts notifications into their queue.</summary>
internal sealed partial class NotificationSender(
    IAmazonSQS sqs, IOptions<MatchingOptions> options, MatchingMetrics metrics, ILogger<NotificationSender> logger)
{
    /// <summary>Tells both people of a connection.</summary>
    /// <returns>False when the queue could not be reached.</returns>
    public async Task<bool> TrySendConnectedAsync(string userEmail, string matchEmail, CancellationToken cancellationToken)
    {
        string[] pair = [userEmail, matchEmail];
        Array.Sort(pair, StringComparer.Ordinal);
        Notification[] notifications =
        [
            new(Notification.IdOf(Notification.Connected, pair[0], pair[1], userEmail), Notification.Connected, userEmail, matchEmail),
            new(Notification.IdOf(Notification.Connected, pair[0], pair[1], matchEmail), Notification.Connected, matchEmail, userEmail),
        ];
        using var activity = AwsSpans.StartSQS("SendMessageBatch", options.Value.NotificationQueueUrl);
        try
        {
            var response = await sqs.SendMessageBatchAsync(
                new SendMessageBatchRequest
                {
                    QueueUrl = options.Value.NotificationQueueUrl,
                    Entries =
                    [
                        .. notifications.Select(notification => new SendMessageBatchRequestEntry(
                            notification.Id, JsonSerializer.Serialize(notification, NotificationJson.Default.Notification))),
                    ],
                },
                cancellationToken);
            activity.SetResponse(response);
            activity?.SetTag("messaging.batch.message_count", notifications.Length);
            var sent = response.Failed is not { Count: > 0 };
            metrics.Notified(sent);
            return sent;
        }
        catch (Exception exception) when (DynamoDBStore.IsOutage(exception) || exception is AmazonServiceException)
        {
            activity.SetFailure(exception);
            metrics.Notified(sent: false);
            NotSent(logger, exception);
            return false;
        }
    }

    [LoggerMessage(301, LogLevel.Warning, "A notification was not sent; it is tried again when either of the two comes back")]
    private static partial void NotSent(ILogger logger, Exception exception);
}
