using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>What AWS refuses of a mapping, in its words.</summary>
internal sealed class EventSourceChecks(FunctionStore functions, IServiceProvider provider)
{
    private const int MaximumFifoBatch = 10;

    private static readonly string[] s_ofStreams =
        ["DestinationConfig", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts", "ParallelizationFactor"];

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);

    /// <exception cref="AwsServiceException">InvalidParameterValueException: the source has no such starting position.</exception>
    public static void CheckStart(JsonObject input, string source, bool isStream)
    {
        var start = input.Text("StartingPosition");
        if (isStream && start is null)
        {
            throw LambdaErrors.InvalidParameter(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.");
        }

        if (start == "AT_TIMESTAMP" || (!isStream && start is not null))
        {
            throw LambdaErrors.InvalidParameter($"Unsupported starting position for arn type: {source}");
        }
    }

    public static void Check(EventSourceMapping mapping)
    {
        var configuration = mapping.Configuration;
        EventSourceSettings.Patterns(configuration);
        if (mapping.IsStream)
        {
            CheckStream(configuration);
            return;
        }

        if (Array.Find(s_ofStreams, configuration.ContainsKey) is { } member)
        {
            throw LambdaErrors.InvalidParameter($"Unsupported {member} parameter for given event source mapping type.");
        }

        var batch = configuration.Integer("BatchSize");
        var window = configuration.Integer("MaximumBatchingWindowInSeconds");
        if (mapping.SourceArn.EndsWith(".fifo", StringComparison.Ordinal))
        {
            if (batch > MaximumFifoBatch)
            {
                throw LambdaErrors.InvalidParameter($"Maximum batch size for FIFO queues is {MaximumFifoBatch}.");
            }

            if (window > 0)
            {
                throw LambdaErrors.InvalidParameter("Batching window is not supported for FIFO queues.");
            }
        }

        if (batch > MaximumFifoBatch && window == 0)
        {
            throw LambdaErrors.InvalidParameter(
                $"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than {MaximumFifoBatch}");
        }
    }

    /// <returns>The ARN of a function, with the qualifier that the name has.</returns>
    /// <exception cref="AwsServiceException">InvalidParameterValueException: it is not there.</exception>
    public string FunctionArn(string text)
    {
        var name = FunctionName.Parse(text);
        lock (functions.Lock)
        {
            return functions.Find(name.Name)?.Find(name.Qualifier) is null
                ? throw LambdaErrors.InvalidParameter("Function does not exist")
                : functions.ArnOf(name);
        }
    }

    /// <exception cref="AwsServiceException">InvalidParameterValueException: the source is not there, or its messages come again too soon.</exception>
    public async Task CheckSourceAsync(EventSourceMapping mapping, CancellationToken cancellationToken)
    {
        try
        {
            if (mapping.IsStream)
            {
                await _api.Value.InvokeAsync("dynamodbstreams", "DescribeStream", new JsonObject { ["StreamArn"] = mapping.SourceArn }, cancellationToken);
            }
            else
            {
                await CheckQueueAsync(mapping, cancellationToken);
            }
        }
        catch (AwsServiceException error) when (error.Code is "ResourceNotFoundException" or "AWS.SimpleQueueService.NonExistentQueue" or "QueueDoesNotExist")
        {
            throw LambdaErrors.InvalidParameter(mapping.IsStream
                ? $"Stream not found: {mapping.SourceArn}"
                : "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.");
        }
    }

    private async Task CheckQueueAsync(EventSourceMapping mapping, CancellationToken cancellationToken)
    {
        var url = (await _api.Value.InvokeAsync("sqs", "GetQueueUrl", new JsonObject { ["QueueName"] = Arn.ResourceOf(mapping.SourceArn) }, cancellationToken))["QueueUrl"]!;
        var attributes = (await _api.Value.InvokeAsync(
            "sqs", "GetQueueAttributes", new JsonObject { ["QueueUrl"] = url.DeepClone(), ["AttributeNames"] = new JsonArray("VisibilityTimeout") }, cancellationToken))["Attributes"]!
            .AsObject();
        var visibility = attributes.Integer("VisibilityTimeout");
        int timeout;
        lock (functions.Lock)
        {
            var name = FunctionName.Parse(mapping.FunctionArn);
            timeout = functions.Get(name).Find(name.Qualifier)!.Integer("Timeout")!.Value;
        }

        if (visibility < timeout)
        {
            throw LambdaErrors.InvalidParameter($"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds");
        }
    }

    private static void CheckStream(JsonObject configuration)
    {
        if (configuration.ContainsKey("ScalingConfig"))
        {
            throw LambdaErrors.InvalidParameter("Unsupported ScalingConfig parameter for given event source mapping type.");
        }

        var destinations = configuration.Structure("DestinationConfig")!;
        if (destinations.Structure("OnSuccess") is not null)
        {
            throw LambdaErrors.InvalidParameter("Unsupported DestinationConfig parameter for given event source mapping type.");
        }

        if (destinations.Structure("OnFailure")?.Text("Destination") is { Length: > 0 } arn && Arn.ServiceOf(arn) is not ("sqs" or "sns"))
        {
            throw LambdaErrors.InvalidParameter($"LocalCloud supports queues and topics as destinations of records that are given up, not {arn}.");
        }

        if (configuration.Integer("MaximumRecordAgeInSeconds") is > -1 and < 60)
        {
            throw LambdaErrors.InvalidParameter("Invalid request provided: MaximumRecordAgeInSeconds must be -1 or at least 60 seconds.");
        }
    }
}
