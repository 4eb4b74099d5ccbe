using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Options;
using Oith.Matching.Settings;
using Oith.Matching.Telemetry;

namespace Oith.Matching.Requests;

/// <summary>What travels through the queue: <c>{"requestId": "…", "userEmail": "a@…", "traceparent": "00-…"}</c>.</summary>
internal sealed record MatchRequestMessage(
    Guid RequestId,
    string UserEmail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Traceparent);

[JsonSerializable(typeof(MatchRequestMessage))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
internal sealed partial class MatchRequestJson : JsonSerializerContext;

/// <summary>Puts match requests into the FIFO queue: in order for each user, each request once.</summary>
internal sealed class MatchRequestQueue(IAmazonSQS sqs, IOptions<MatchingOptions> options)
{
    private const int LongestGroupId = 128;

    /// <param name="queued">As stored: the deduplication id has the time of the record in it, so that the message of a record that is gone does not swallow
    /// that of a new one with the same id.</param>
    public async Task SendAsync(MatchRequest queued, CancellationToken cancellationToken)
    {
        using var activity = AwsSpans.StartSQS("SendMessage", options.Value.MatchingQueueUrl);
        var traceparent = Activity.Current?.Id;
        var request = new SendMessageRequest
        {
            QueueUrl = options.Value.MatchingQueueUrl,
            MessageBody = JsonSerializer.Serialize(
                new MatchRequestMessage(queued.RequestId, queued.UserEmail, traceparent), MatchRequestJson.Default.MatchRequestMessage),
            MessageGroupId = GroupOf(queued.UserEmail),
            MessageDeduplicationId = string.Create(CultureInfo.InvariantCulture, $"{queued.RequestId:D}-{queued.CreatedAt.ToUnixTimeMilliseconds()}"),
        };
        if (traceparent is not null)
        {
            request.MessageAttributes = new() { ["traceparent"] = new() { DataType = "String", StringValue = traceparent } };
        }

        try
        {
            var response = await sqs.SendMessageAsync(request, cancellationToken);
            activity.SetResponse(response);
            activity?.SetTag("messaging.message.id", response.MessageId);
        }
        catch (Exception exception)
        {
            activity.SetFailure(exception);
            throw;
        }
    }

    // A group id is shorter than the longest e-mail may be.
    private static string GroupOf(string email) => email.Length <= LongestGroupId
        ? email
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(email)));
}
