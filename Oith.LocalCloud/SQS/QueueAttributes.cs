using System.Globalization;
using System.Text.Json;

namespace Oith.LocalCloud.SQS;

/// <summary>
/// The attributes that a queue's owner sets, validated and with AWS's defaults. Never changes: an update makes a new one.
/// </summary>
internal sealed class QueueAttributes
{
    /// <summary>Bytes of one message and of one batch together.</summary>
    public const int LargestMessage = 1_048_576;

    /// <summary>Seconds.</summary>
    public const int LongestVisibilityTimeout = 43_200;

    private static readonly Dictionary<string, (int Minimum, int Maximum)> s_numbers = new(StringComparer.Ordinal)
    {
        ["DelaySeconds"] = (0, 900),
        ["MaximumMessageSize"] = (1024, LargestMessage),
        ["MessageRetentionPeriod"] = (60, 1_209_600),
        ["ReceiveMessageWaitTimeSeconds"] = (0, 20),
        ["VisibilityTimeout"] = (0, LongestVisibilityTimeout),
        ["KmsDataKeyReusePeriodSeconds"] = (60, 86_400),
    };

    private static readonly Dictionary<string, string[]> s_choices = new(StringComparer.Ordinal)
    {
        ["ContentBasedDeduplication"] = ["true", "false"],
        ["SqsManagedSseEnabled"] = ["true", "false"],
        ["DeduplicationScope"] = ["queue", "messageGroup"],
        ["FifoThroughputLimit"] = ["perQueue", "perMessageGroupId"],
    };

    // Set to this value, the attribute is as if it had never been set.
    private static readonly Dictionary<string, string> s_unset = new(StringComparer.Ordinal)
    {
        ["Policy"] = "",
        ["RedrivePolicy"] = "",
        ["RedriveAllowPolicy"] = "",
        ["KmsMasterKeyId"] = "",
        ["KmsDataKeyReusePeriodSeconds"] = "300",
    };

    private readonly SortedDictionary<string, string> _values;

    private QueueAttributes(SortedDictionary<string, string> values)
    {
        _values = values;
        IsFifo = values.ContainsKey("FifoQueue");
        DelaySeconds = Number("DelaySeconds");
        MaximumMessageSize = Number("MaximumMessageSize");
        MessageRetentionSeconds = Number("MessageRetentionPeriod");
        WaitTimeSeconds = Number("ReceiveMessageWaitTimeSeconds");
        VisibilityTimeoutSeconds = Number("VisibilityTimeout");
        IsContentDeduplicated = values.GetValueOrDefault("ContentBasedDeduplication") == "true";
        RedrivePolicy = values.TryGetValue("RedrivePolicy", out var policy) ? RedrivePolicy.Parse(policy) : null;
    }

    public bool IsFifo { get; }

    public bool IsContentDeduplicated { get; }

    public bool IsDeduplicatedPerGroup => _values.GetValueOrDefault("DeduplicationScope") == "messageGroup";

    public int DelaySeconds { get; }

    /// <summary>Bytes.</summary>
    public int MaximumMessageSize { get; }

    public int MessageRetentionSeconds { get; }

    public int WaitTimeSeconds { get; }

    public int VisibilityTimeoutSeconds { get; }

    public RedrivePolicy? RedrivePolicy { get; }

    /// <summary>Names and values as GetQueueAttributes shows them.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    public string? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>The attributes of a new queue.</summary>
    /// <exception cref="Wire.AwsServiceException">InvalidAttributeName, InvalidAttributeValue or InvalidParameterValue.</exception>
    public static QueueAttributes Create(IReadOnlyDictionary<string, string> given)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["DelaySeconds"] = "0",
            ["MaximumMessageSize"] = LargestMessage.ToString(CultureInfo.InvariantCulture),
            ["MessageRetentionPeriod"] = "345600",
            ["ReceiveMessageWaitTimeSeconds"] = "0",
            ["SqsManagedSseEnabled"] = "true",
            ["VisibilityTimeout"] = "30",
        };
        if (given.TryGetValue("FifoQueue", out var fifo))
        {
            if (!string.Equals(fifo, "true", StringComparison.OrdinalIgnoreCase))
            {
                throw SQSErrors.UnknownAttribute("FifoQueue");
            }

            values["FifoQueue"] = "true";
            values["ContentBasedDeduplication"] = "false";
            values["DeduplicationScope"] = "queue";
            values["FifoThroughputLimit"] = "perQueue";
        }

        return new QueueAttributes(values).With(given);
    }

    /// <summary>These attributes with some of them changed.</summary>
    /// <exception cref="Wire.AwsServiceException">InvalidAttributeName, InvalidAttributeValue or InvalidParameterValue.</exception>
    public QueueAttributes With(IReadOnlyDictionary<string, string> given)
    {
        var values = new SortedDictionary<string, string>(_values, StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var normal = Validate(name, value);
            if (s_unset.GetValueOrDefault(name) == normal)
            {
                values.Remove(name);
            }
            else
            {
                values[name] = normal;
            }
        }

        ApplyEncryptionRules(given, values);
        if (values.GetValueOrDefault("FifoThroughputLimit") == "perMessageGroupId" && values["DeduplicationScope"] != "messageGroup")
        {
            throw SQSErrors.InvalidAttributeValue(
                "FifoThroughputLimit", "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.");
        }

        return new QueueAttributes(values);
    }

    /// <summary>The first attribute given whose value is not the queue's, null when all are the same.</summary>
    public string? FirstDifference(IReadOnlyDictionary<string, string> given)
    {
        foreach (var (name, value) in given)
        {
            var normal = Validate(name, value);
            var mine = _values.GetValueOrDefault(name) ?? s_unset.GetValueOrDefault(name);
            if (mine != normal)
            {
                return name;
            }
        }

        return null;
    }

    // A KMS key turns the encryption by SQS off, and the other way round.
    private static void ApplyEncryptionRules(IReadOnlyDictionary<string, string> given, SortedDictionary<string, string> values)
    {
        if (given.TryGetValue("KmsMasterKeyId", out var key) && key.Length > 0)
        {
            if (given.TryGetValue("SqsManagedSseEnabled", out var isManaged) && string.Equals(isManaged, "true", StringComparison.OrdinalIgnoreCase))
            {
                throw SQSErrors.InvalidAttributeName(
                    "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.");
            }

            values["SqsManagedSseEnabled"] = "false";
        }
        else if (values["SqsManagedSseEnabled"] == "true")
        {
            values.Remove("KmsMasterKeyId");
        }
    }

    private string Validate(string name, string value)
    {
        if (s_numbers.TryGetValue(name, out var range))
        {
            return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                && number >= range.Minimum && number <= range.Maximum
                ? number.ToString(CultureInfo.InvariantCulture)
                : throw SQSErrors.InvalidAttributeValue(name);
        }

        switch (name)
        {
            case "FifoQueue" when !IsFifo:
            case "ContentBasedDeduplication" when !IsFifo:
                throw SQSErrors.UnknownAttribute(name);
            case "DeduplicationScope" when !IsFifo:
            case "FifoThroughputLimit" when !IsFifo:
                throw SQSErrors.InvalidAttributeName($"You can specify the {name} only when FifoQueue is set to true.");
            case "FifoQueue":
                return string.Equals(value, "true", StringComparison.OrdinalIgnoreCase)
                    ? "true"
                    : throw SQSErrors.InvalidAttributeValue(name, "Modifying queue type is not supported.");
            case "RedrivePolicy":
                if (value.Length > 0)
                {
                    RedrivePolicy.Parse(value);
                }

                return value;
            case "Policy" or "RedriveAllowPolicy":
                return value.Length == 0 || IsJsonObject(value) ? value : throw SQSErrors.InvalidAttributeValue(name);
            case "KmsMasterKeyId":
                return value;
        }

        if (!s_choices.TryGetValue(name, out var choices))
        {
            throw SQSErrors.UnknownAttribute(name);
        }

        return Array.Find(choices, choice => string.Equals(choice, value, StringComparison.OrdinalIgnoreCase))
            ?? throw SQSErrors.InvalidAttributeValue(name);
    }

    private static bool IsJsonObject(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private int Number(string name) => int.Parse(_values[name], CultureInfo.InvariantCulture);
}
