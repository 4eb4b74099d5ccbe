using System.Text;
using System.Text.Json;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SQS;

/// <summary>The operations on queues themselves.</summary>
internal sealed class QueueOperations(SQSQueues queues)
{
    private const int MostResults = 1000;

    public void Invoke(AwsCall call, Utf8JsonWriter output)
    {
        switch (call.Operation)
        {
            case "CreateQueue":
                CreateQueue(call.Input, output);
                break;
            case "DeleteQueue":
                queues.Delete(queues.Require(call));
                break;
            case "GetQueueUrl":
                GetQueueUrl(call, output);
                break;
            case "ListQueues":
                ListQueues(call.Input, output);
                break;
            case "ListDeadLetterSourceQueues":
                ListDeadLetterSourceQueues(call, output);
                break;
            case "GetQueueAttributes":
                GetQueueAttributes(call, output);
                break;
            case "SetQueueAttributes":
                queues.SetAttributes(queues.Require(call), call.Input.Map("Attributes"));
                break;
            case "ListQueueTags":
                ListQueueTags(call, output);
                break;
            case "TagQueue":
                Tag(call);
                break;
            case "UntagQueue":
                Untag(call);
                break;
            case "AddPermission":
                AddPermission(call);
                break;
            case "RemovePermission":
                RemovePermission(call);
                break;
            default:
                throw call.Protocol == AwsProtocol.Query
                    ? SQSErrors.InvalidAction(call.Operation)
                    : AwsServiceException.UnknownOperation(call.Service, call.Operation);
        }
    }

    private void CreateQueue(JsonElement input, Utf8JsonWriter output)
    {
        // The one member of SQS that the JSON protocol spells in lower case.
        var tags = input.Map(input.TryGetProperty("tags", out _) ? "tags" : "Tags");
        WriteUrl(output, queues.Create(input.RequiredText("QueueName"), input.Map("Attributes"), tags));
    }

    private void GetQueueUrl(AwsCall call, Utf8JsonWriter output) => WriteUrl(
        output,
        queues.FindByName(call.Input.RequiredText("QueueName")) ?? throw SQSErrors.QueueDoesNotExist(call.Protocol));

    private void ListQueues(JsonElement input, Utf8JsonWriter output)
    {
        var prefix = input.Text("QueueNamePrefix") ?? "";
        WriteUrls(input, output, "QueueUrls", queues.All.Where(queue => queue.Name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    private void ListDeadLetterSourceQueues(AwsCall call, Utf8JsonWriter output)
    {
        var target = queues.Require(call).Arn;
        WriteUrls(
            call.Input,
            output,
            "queueUrls",
            queues.All.Where(queue => queue.Attributes.RedrivePolicy?.DeadLetterTargetArn == target),
            isAlwaysWritten: true);
    }

    private void GetQueueAttributes(AwsCall call, Utf8JsonWriter output)
    {
        var queue = queues.Require(call);
        var names = call.Input.Texts("AttributeNames");
        foreach (var name in names)
        {
            if (!QueueAttributeNames.All.Contains(name))
            {
                throw SQSErrors.UnknownAttribute(name);
            }
        }

        var shown = QueueAttributeNames.ValuesOf(queue).Where(pair => names.Contains(pair.Key) || names.Contains("All")).ToArray();
        output.WriteStartObject();
        if (shown.Length > 0)
        {
            output.WriteStartObject("Attributes");
            foreach (var (name, value) in shown)
            {
                output.WriteString(name, value);
            }

            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private void ListQueueTags(AwsCall call, Utf8JsonWriter output)
    {
        var tags = queues.Require(call).Definition.Tags;
        output.WriteStartObject();
        if (tags.Count > 0)
        {
            output.WriteStartObject("Tags");
            foreach (var (key, value) in tags)
            {
                output.WriteString(key, value);
            }

            output.WriteEndObject();
        }

        output.WriteEndObject();
    }

    private void Tag(AwsCall call)
    {
        var added = call.Input.Map("Tags");
        if (added.Count == 0)
        {
            throw SQSErrors.MissingParameter("Tags");
        }

        queues.Require(call).Update(definition =>
        {
            var tags = new Dictionary<string, string>(definition.Tags, StringComparer.Ordinal);
            foreach (var (key, value) in added)
            {
                tags[key] = value;
            }

            return tags.Count <= 50
                ? definition with { Tags = tags }
                : throw SQSErrors.InvalidParameter($"Too many tags added for queue {definition.Name}.");
        });
    }

    private void Untag(AwsCall call)
    {
        var keys = call.Input.Texts("TagKeys");
        if (keys.Count == 0)
        {
            throw SQSErrors.InvalidParameter("Tag keys can't be empty.");
        }

        queues.Require(call).Update(definition => definition with
        {
            Tags = definition.Tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary(StringComparer.Ordinal),
        });
    }

    private void AddPermission(AwsCall call)
    {
        var queue = queues.Require(call);
        SetPolicy(queue, QueuePolicy.Add(
            queue.Attributes["Policy"],
            queue.Arn,
            call.Input.RequiredText("Label"),
            call.Input.Texts("AWSAccountIds"),
            call.Input.Texts("Actions")));
    }

    private void RemovePermission(AwsCall call)
    {
        var queue = queues.Require(call);
        SetPolicy(queue, QueuePolicy.Remove(queue.Attributes["Policy"], call.Input.RequiredText("Label")));
    }

    private void SetPolicy(SQSQueue queue, string policy) =>
        queues.SetAttributes(queue, new Dictionary<string, string>(StringComparer.Ordinal) { ["Policy"] = policy });

    private void WriteUrl(Utf8JsonWriter output, SQSQueue queue)
    {
        output.WriteStartObject();
        output.WriteString("QueueUrl", queues.UrlOf(queue));
        output.WriteEndObject();
    }

    private void WriteUrls(JsonElement input, Utf8JsonWriter output, string member, IEnumerable<SQSQueue> found, bool isAlwaysWritten = false)
    {
        var maximum = input.Integer("MaxResults");
        if (maximum is < 1 or > MostResults)
        {
            throw SQSErrors.InvalidValue(maximum, "MaxResults", $"Value for MaxResults must be between 1 and {MostResults} inclusive.");
        }

        var after = NextToken.Read(input.Text("NextToken"));
        var names = found.Where(queue => after is null || string.CompareOrdinal(queue.Name, after) > 0).ToArray();
        var page = names.AsSpan(0, Math.Min(names.Length, maximum ?? MostResults));
        output.WriteStartObject();
        if (page.Length > 0 || isAlwaysWritten)
        {
            output.WriteStartArray(member);
            foreach (var queue in page)
            {
                output.WriteStringValue(queues.UrlOf(queue));
            }

            output.WriteEndArray();
        }

        // AWS pages only for those who asked for a page.
        if (maximum is not null && page.Length < names.Length)
        {
            output.WriteString("NextToken", NextToken.Write(page[^1].Name));
        }

        output.WriteEndObject();
    }

    /// <summary>The last name of a page, opaque to clients.</summary>
    private static class NextToken
    {
        public static string Write(string name) => Convert.ToBase64String(Encoding.UTF8.GetBytes(name));

        public static string? Read(string? token)
        {
            try
            {
                return token is null ? null : Encoding.UTF8.GetString(Convert.FromBase64String(token));
            }
            catch (FormatException)
            {
                throw SQSErrors.InvalidParameter("Invalid or expired next token.");
            }
        }
    }
}
