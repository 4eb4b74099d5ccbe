using System.Collections.Immutable;
using System.Text.Json;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.SNS;

/// <summary>Amazon SNS: topics, subscriptions and publishing; mobile push and SMS settings are not here.</summary>
internal sealed class SNSService(
    SNSTopics topics, TopicOperations topicOperations, SubscriptionOperations subscriptionOperations, PublishOperations publishOperations,
    CapturedMessages captured) : IAwsService
{
    /// <summary>LocalCloud's own operation: what would have left the cloud. Answers {Emails: [{MessageId, Protocol, Endpoint, Subject, Body, TopicArn, Timestamp}]}, the newest first.</summary>
    public const string ListEmails = "LocalCloudListEmails";

    public AwsServiceDescription Description { get; } = new("sns")
    {
        QueryVersion = "2010-03-31",
        XmlNamespace = "http://sns.amazonaws.com/doc/2010-03-31/",
        XmlMaps = ImmutableHashSet.Create("Attributes"),
        InputShapes = InputShapes.Of("sns", message => new AwsServiceException("ValidationError", message)),
    };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        switch (call.Operation)
        {
            case "Publish":
                return publishOperations.PublishAsync(call, output, cancellationToken);
            case "PublishBatch":
                return publishOperations.PublishBatchAsync(call, output, cancellationToken);
            case "CreateTopic":
                topicOperations.CreateTopic(call, output);
                break;
            case "DeleteTopic":
                topicOperations.DeleteTopic(call);
                break;
            case "ListTopics":
                topicOperations.ListTopics(call, output);
                break;
            case "GetTopicAttributes":
                topicOperations.GetTopicAttributes(call, output);
                break;
            case "SetTopicAttributes":
                topicOperations.SetTopicAttributes(call);
                break;
            case "AddPermission":
                topicOperations.AddPermission(call);
                break;
            case "RemovePermission":
                topicOperations.RemovePermission(call);
                break;
            case "TagResource":
                topicOperations.TagResource(call, output);
                break;
            case "UntagResource":
                topicOperations.UntagResource(call, output);
                break;
            case "ListTagsForResource":
                topicOperations.ListTagsForResource(call, output);
                break;
            case "Subscribe":
                subscriptionOperations.Subscribe(call, output);
                break;
            case "ConfirmSubscription":
                subscriptionOperations.ConfirmSubscription(call, output);
                break;
            case "Unsubscribe":
                subscriptionOperations.Unsubscribe(call);
                break;
            case "ListSubscriptions":
                subscriptionOperations.List(call, output, topics.Subscriptions);
                break;
            case "ListSubscriptionsByTopic":
                subscriptionOperations.List(call, output, topics.SubscriptionsOf(topics.Require(SNSInput.Text(call.Input, "TopicArn")).Arn));
                break;
            case "GetSubscriptionAttributes":
                subscriptionOperations.GetSubscriptionAttributes(call, output);
                break;
            case "SetSubscriptionAttributes":
                subscriptionOperations.SetSubscriptionAttributes(call);
                break;
            case ListEmails:
                captured.WriteTo(output);
                break;
            default:
                throw AwsServiceException.UnknownOperation(call.Service, call.Operation);
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>The services that SNS is made of.</summary>
internal static class SNSServiceCollectionExtensions
{
    public static IServiceCollection AddSNS(this IServiceCollection services)
    {
        services.AddSingleton<SNSTopics>();
        services.AddSingleton<SNSEnvelope>();
        services.AddSingleton<CapturedMessages>();
        services.AddSingleton<SNSDelivery>();
        services.AddSingleton<TopicOperations>();
        services.AddSingleton<SubscriptionOperations>();
        services.AddSingleton<PublishOperations>();
        return services.AddAwsService<SNSService>();
    }
}
