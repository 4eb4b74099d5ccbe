using System.Globalization;
using System.Text.Json;

namespace Oith.LocalCloud.SQS;

/// <summary>Where a queue's dead letters go, from <c>{"deadLetterTargetArn": "arn:aws:sqs:…", "maxReceiveCount": 3}</c>.</summary>
internal sealed record RedrivePolicy(string DeadLetterTargetArn, int MaxReceiveCount)
{
    /// <exception cref="Wire.AwsServiceException">InvalidParameterValue in AWS's words.</exception>
    public static RedrivePolicy Parse(string text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.");
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.");
            }

            var target = document.RootElement.TryGetProperty("deadLetterTargetArn", out var arn) ? arn.ToString() : null;
            if (string.IsNullOrEmpty(target))
            {
                throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
            }

            if (!document.RootElement.TryGetProperty("maxReceiveCount", out var count))
            {
                throw SQSErrors.InvalidValue(text, "RedrivePolicy", "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
            }

            if (!int.TryParse(count.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var maximum) || maximum is < 1 or > 1000)
            {
                throw SQSErrors.InvalidValue(
                    text, "RedrivePolicy", $"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive.");
            }

            return new RedrivePolicy(target, maximum);
        }
    }
}
