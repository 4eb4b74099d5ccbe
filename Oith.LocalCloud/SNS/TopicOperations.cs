using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SNS;

/// <summary>The operations on topics.</summary>
internal sealed class TopicOperations(SNSTopics topics, LocalCloudOptions options)
{
    public void CreateTopic(AwsCall call, Utf8JsonWriter output)
    {
        var name = SNSInput.Text(call.Input, "Name") ?? "";
        var given = SNSInput.Map(call.Input, "Attributes");
        var isFifo = given.GetValueOrDefault("FifoTopic") == "true";
        if (!IsValidName(name, isFifo))
        {
            throw SNSErrors.InvalidParameter("Topic Name");
        }

        var topic = topics.Create(name, TopicAttributes.Create(given), SNSInput.Tags(call.Input));
        output.WriteStartObject();
        output.WriteString("TopicArn", topic.Arn);
        output.WriteEndObject();
    }

    public void DeleteTopic(AwsCall call)
    {
        try
        {
            topics.Delete(Require(call).Arn);
        }
        catch (AwsServiceException error) when (error.Code == "NotFound")
        {
            // Deleting what is not there is a success.
        }
    }

    public void ListTopics(AwsCall call, Utf8JsonWriter output)
    {
        var (page, nextToken) = SNSInput.Page(call.Input, topics.Topics, topic => topic.Arn);
        output.WriteStartObject();
        output.WriteStartArray("Topics");
        foreach (var topic in page)
        {
            output.WriteStartObject();
            output.WriteString("TopicArn", topic.Arn);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        if (nextToken is not null)
        {
            output.WriteString("NextToken", nextToken);
        }

        output.WriteEndObject();
    }

    public void GetTopicAttributes(AwsCall call, Utf8JsonWriter output)
    {
        var topic = Require(call);
        var subscriptions = topics.SubscriptionsOf(topic.Arn).ToArray();
        var pending = subscriptions.Count(subscription => subscription.IsPending);
        output.WriteStartObject();
        output.WriteStartObject("Attributes");
        foreach (var (name, value) in TopicAttributes.Show(
            topic.Definition, options.AccountId, subscriptions.Length - pending, pending, topic.SubscriptionsDeleted))
        {
            output.WriteString(name, value);
        }

        output.WriteEndObject();
        output.WriteEndObject();
    }

    public void SetTopicAttributes(AwsCall call)
    {
        var name = SNSInput.Text(call.Input, "AttributeName") ?? throw SNSErrors.MissingParameter("AttributeName");
        var value = SNSInput.Text(call.Input, "AttributeValue");
        topics.Update(Require(call), topic => topic with { Attributes = TopicAttributes.Set(topic.Attributes, name, value) });
    }

    public void AddPermission(AwsCall call)
    {
        var label = SNSInput.Text(call.Input, "Label") ?? "";
        var accounts = SNSInput.Texts(call.Input, "AWSAccountId");
        var actions = SNSInput.Texts(call.Input, "ActionName");
        ChangePolicy(call, (policy, arn) => TopicPolicy.Add(policy, arn, label, accounts, actions));
    }

    public void RemovePermission(AwsCall call)
    {
        var label = SNSInput.Text(call.Input, "Label") ?? "";
        ChangePolicy(call, (policy, _) => TopicPolicy.Remove(policy, label));
    }

    public void TagResource(AwsCall call, Utf8JsonWriter output)
    {
        var tags = SNSInput.Tags(call.Input);
        topics.Update(RequireResource(call), topic => topic with { Tags = topic.Tags.SetItems(tags) });
        WriteEmpty(output);
    }

    public void UntagResource(AwsCall call, Utf8JsonWriter output)
    {
        var keys = SNSInput.Texts(call.Input, "TagKeys");
        topics.Update(RequireResource(call), topic => topic with { Tags = topic.Tags.RemoveRange(keys) });
        WriteEmpty(output);
    }

    public void ListTagsForResource(AwsCall call, Utf8JsonWriter output)
    {
        output.WriteStartObject();
        output.WriteStartArray("Tags");
        foreach (var (key, value) in RequireResource(call).Definition.Tags)
        {
            output.WriteStartObject();
            output.WriteString("Key", key);
            output.WriteString("Value", value);
            output.WriteEndObject();
        }

        output.WriteEndArray();
        output.WriteEndObject();
    }

    private static bool IsValidName(string name, bool isFifo)
    {
        var stem = name.EndsWith(".fifo", StringComparison.Ordinal) ? name[..^5] : name;
        return (stem.Length != name.Length) == isFifo
            && stem.Length > 0 && name.Length <= 256
            && stem.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
    }

    // The operations without output have no result element; these two have an empty one.
    private static void WriteEmpty(Utf8JsonWriter output)
    {
        output.WriteStartObject();
        output.WriteEndObject();
    }

    private SNSTopic Require(AwsCall call) => topics.Require(SNSInput.Text(call.Input, "TopicArn"));

    private SNSTopic RequireResource(AwsCall call) => topics.Find(SNSInput.Text(call.Input, "ResourceArn") ?? "") ?? throw SNSErrors.ResourceNotFound();

    private void ChangePolicy(AwsCall call, Func<string, string, string> change) => topics.Update(Require(call), topic => topic with
    {
        Attributes = topic.Attributes.SetItem(
            "Policy", change(topic.Attributes.GetValueOrDefault("Policy") ?? TopicPolicy.Default(topic.Arn, options.AccountId), topic.Arn)),
    });
}
