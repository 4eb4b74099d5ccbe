using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>Amazon SQS: every operation of its API, in the JSON and the Query protocol.</summary>
internal sealed class SQSService(SQSQueues queues, TimeProvider time, ILogger<SQSService> logger) : IAwsService, IDisposable
{
    private readonly QueueOperations _queueOperations = new(queues);
    private readonly MessageOperations _messageOperations = new(queues);
    private readonly MessageMoveTasks _moveTasks = new(time, queues.FindByArn, logger);

    public AwsServiceDescription Description { get; } = new("sqs")
    {
        JsonTargetPrefix = "AmazonSQS",
        QueryVersion = "2012-11-05",
        XmlNamespace = "http://queue.amazonaws.com/doc/2012-11-05/",
        HasErrorDetail = true,
        IsAddressedByPath = true,
        XmlListElements = SQSQueryProtocol.FlatLists,
        FromQuery = SQSQueryProtocol.FromQuery,
        ToQuery = SQSQueryProtocol.ToQuery,
    };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        switch (call.Operation)
        {
            case "SendMessage":
                _messageOperations.SendMessage(call, output);
                break;
            case "SendMessageBatch":
                _messageOperations.SendMessageBatch(call, output);
                break;
            case "ReceiveMessage":
                return _messageOperations.ReceiveMessageAsync(call, output, cancellationToken);
            case "DeleteMessage":
                _messageOperations.DeleteMessage(call);
                break;
            case "DeleteMessageBatch":
                _messageOperations.DeleteMessageBatch(call, output);
                break;
            case "ChangeMessageVisibility":
                _messageOperations.ChangeMessageVisibility(call);
                break;
            case "ChangeMessageVisibilityBatch":
                _messageOperations.ChangeMessageVisibilityBatch(call, output);
                break;
            case "PurgeQueue":
                queues.Require(call).Purge();
                break;
            case "StartMessageMoveTask":
                StartMessageMoveTask(call.Input, output);
                break;
            case "CancelMessageMoveTask":
                output.WriteStartObject();
                output.WriteNumber("ApproximateNumberOfMessagesMoved", _moveTasks.Cancel(call.Input.RequiredText("TaskHandle")).Moved);
                output.WriteEndObject();
                break;
            case "ListMessageMoveTasks":
                ListMessageMoveTasks(call.Input, output);
                break;
            case PeekOperation.Name:
                PeekOperation.Invoke(queues.Require(call), call.Input, output);
                break;
            default:
                _queueOperations.Invoke(call, output);
                break;
        }

        return ValueTask.CompletedTask;
    }

    public void Dispose() => _moveTasks.Dispose();

    private void StartMessageMoveTask(JsonElement input, Utf8JsonWriter output)
    {
        var source = SourceOf(input);
        if (!queues.All.Any(queue => queue.Attributes.RedrivePolicy?.DeadLetterTargetArn == source.Arn))
        {
            throw SQSErrors.InvalidParameter("Source queue must be configured as a Dead Letter Queue.");
        }

        SQSQueue? destination = null;
        if (input.Text("DestinationArn") is { } arn)
        {
            destination = queues.FindByArn(arn)
                ?? throw SQSErrors.ResourceNotFound("The resource that you specified for the DestinationArn parameter doesn't exist.");
        }

        var rate = input.Integer("MaxNumberOfMessagesPerSecond");
        if (rate is < 1 or > 500)
        {
            throw SQSErrors.InvalidValue(rate, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided.");
        }

        output.WriteStartObject();
        output.WriteString("TaskHandle", _moveTasks.Start(source, destination, rate).Handle);
        output.WriteEndObject();
    }

    private void ListMessageMoveTasks(JsonElement input, Utf8JsonWriter output)
    {
        var maximum = input.Integer("MaxResults") ?? 1;
        if (maximum is < 1 or > 10)
        {
            throw SQSErrors.InvalidValue(maximum, "MaxResults", "Must be between 1 and 10, if provided.");
        }

        var tasks = _moveTasks.List(SourceOf(input), maximum);
        output.WriteStartObject();
        if (tasks.Count > 0)
        {
            output.WriteStartArray("Results");
            foreach (var task in tasks)
            {
                task.WriteTo(output);
            }

            output.WriteEndArray();
        }

        output.WriteEndObject();
    }

    private SQSQueue SourceOf(JsonElement input)
    {
        var arn = input.RequiredText("SourceArn");
        return Arn.ServiceOf(arn) == "sqs"
            ? queues.FindByArn(arn)
                ?? throw SQSErrors.ResourceNotFound("The resource that you specified for the SourceArn parameter doesn't exist.")
            : throw SQSErrors.InvalidParameter(
                "You must use this format to specify the SourceArn: arn:<partition>:<service>:<region>:<account-id>:<resource-id>");
    }
}

/// <summary>The services that SQS is made of.</summary>
internal static class SQSServiceCollectionExtensions
{
    public static IServiceCollection AddSQS(this IServiceCollection services)
    {
        services.AddSingleton<SQSQueues>();
        return services.AddAwsService<SQSService>();
    }
}
