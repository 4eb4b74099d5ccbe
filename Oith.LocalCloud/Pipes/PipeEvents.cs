using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.EventPatterns;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Pipes;

/// <summary>Turns a received message into the event that filters, templates and targets see.</summary>
internal static class PipeEvents
{
    /// <param name="message">An item of ReceiveMessage's Messages.</param>
    public static JsonObject Of(JsonObject message, string sourceArn, string region)
    {
        var attributes = new JsonObject();
        foreach (var (name, attribute) in message["MessageAttributes"] as JsonObject ?? [])
        {
            var item = new JsonObject { ["dataType"] = attribute!["DataType"]?.DeepClone(), ["stringListValues"] = new JsonArray(), ["binaryListValues"] = new JsonArray() };
            Copy(attribute, "StringValue", item, "stringValue");
            Copy(attribute, "BinaryValue", item, "binaryValue");
            attributes[name] = item;
        }

        return new JsonObject
        {
            ["messageId"] = message["MessageId"]?.DeepClone(),
            ["receiptHandle"] = message["ReceiptHandle"]?.DeepClone(),
            ["body"] = message["Body"]?.DeepClone(),
            ["attributes"] = message["Attributes"]?.DeepClone() ?? new JsonObject(),
            ["messageAttributes"] = attributes,
            ["md5OfBody"] = message["MD5OfBody"]?.DeepClone(),
            ["eventSource"] = "aws:sqs",
            ["eventSourceARN"] = sourceArn,
            ["awsRegion"] = region,
        };
    }

    /// <summary>Filters read the body as JSON where it is JSON.</summary>
    public static bool Passes(JsonObject pipeEvent, IReadOnlyList<EventPattern> filters)
    {
        if (filters.Count == 0)
        {
            return true;
        }

        var parsed = pipeEvent.DeepClone().AsObject();
        parsed["body"] = ParseBody(parsed["body"]);
        using var document = JsonInput.ToDocument(parsed);
        return filters.Any(filter => filter.Matches(document.RootElement));
    }

    /// <summary>What the enrichment or the target gets for one event.</summary>
    /// <param name="template">Null: the event as it is.</param>
    public static JsonNode? Transform(JsonObject pipeEvent, string? template, PipeSettings pipe, DateTimeOffset now) => template is null
        ? pipeEvent.DeepClone()
        : InputTemplate.AsJson(InputTemplate.Render(template, name => name switch
        {
            "aws.pipes.pipe-arn" => pipe.Arn,
            "aws.pipes.pipe-name" => pipe.Name,
            "aws.pipes.source-arn" => pipe.SourceArn,
            "aws.pipes.target-arn" => pipe.TargetArn,
            "aws.pipes.event.ingestion-time" => now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
            "aws.pipes.event" or "aws.pipes.event.json" => pipeEvent,
            _ => Find(pipeEvent, name),
        }));

    /// <summary>A path; one that leads into the body reads it as JSON.</summary>
    public static JsonNode? Find(JsonObject pipeEvent, string path) =>
        JsonPath.Find(pipeEvent, path, (segment, node) => segment == "body" ? ParseBody(node) : node);

    private static JsonNode? ParseBody(JsonNode? body)
    {
        if (body?.GetValueKind() != JsonValueKind.String)
        {
            return body;
        }

        try
        {
            return JsonInput.Parse(body.GetValue<string>());
        }
        catch (JsonException)
        {
            // No JSON: it stays the text that it is.
            return body.DeepClone();
        }
    }

    private static void Copy(JsonNode from, string name, JsonObject to, string newName)
    {
        if (from[name] is { } value)
        {
            to[newName] = value.DeepClone();
        }
    }
}
