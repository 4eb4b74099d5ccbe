using System.Text.Json;

namespace Oith.LocalCloud.Wire;

/// <summary>An error in the JSON protocol: <c>{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"…"}</c>.</summary>
internal static class ErrorBody
{
    public static void Write(Utf8JsonWriter writer, AwsServiceException error)
    {
        writer.WriteStartObject();
        writer.WriteString("__type", error.TypeNamespace is null ? error.Code : $"{error.TypeNamespace}#{error.Code}");
        if (error.Message.Length > 0)
        {
            writer.WriteString("message", error.Message);
        }

        foreach (var (name, value) in error.Members ?? new Dictionary<string, System.Text.Json.Nodes.JsonNode?>())
        {
            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }
}
