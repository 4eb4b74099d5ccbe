using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

namespace Oith.LocalCloud.Wire;

/// <summary>Renders a service's JSON output as the Query protocol's XML.</summary>
internal static class QueryXml
{
    public static byte[] Render(AwsServiceDescription description, string action, string requestId, ReadOnlyMemory<byte> json)
    {
        var output = json.Length == 0 ? null : JsonInput.OutputTree(json.Span);
        if (output is not null && description.ToQuery is { } adapt)
        {
            output = adapt(action, output);
        }

        return Document(writer =>
        {
            writer.WriteStartElement(action + "Response", description.XmlNamespace);
            if (description.IsEc2Query)
            {
                writer.WriteElementString("requestId", description.XmlNamespace, requestId);
                WriteMembers(writer, description, output ?? []);
            }
            else
            {
                if (output is not null)
                {
                    writer.WriteStartElement(action + "Result", description.XmlNamespace);
                    WriteMembers(writer, description, output);
                    writer.WriteEndElement();
                }

                writer.WriteStartElement("ResponseMetadata", description.XmlNamespace);
                writer.WriteElementString("RequestId", description.XmlNamespace, requestId);
                writer.WriteEndElement();
            }

            writer.WriteEndElement();
        });
    }

    public static byte[] RenderError(AwsServiceDescription description, string requestId, AwsServiceException error) => Document(writer =>
    {
        var code = error.QueryErrorCode ?? error.Code;
        if (description.IsEc2Query)
        {
            writer.WriteStartElement("Response");
            writer.WriteStartElement("Errors");
            writer.WriteStartElement("Error");
            writer.WriteElementString("Code", code);
            writer.WriteElementString("Message", Readable(error.Message));
            writer.WriteEndElement();
            writer.WriteEndElement();
            writer.WriteElementString("RequestID", requestId);
        }
        else
        {
            writer.WriteStartElement("ErrorResponse", description.XmlNamespace);
            writer.WriteStartElement("Error", description.XmlNamespace);
            writer.WriteElementString("Type", description.XmlNamespace, (int)error.Status < 500 ? "Sender" : "Receiver");
            writer.WriteElementString("Code", description.XmlNamespace, code);
            if (error.Message.Length > 0)
            {
                writer.WriteElementString("Message", description.XmlNamespace, Readable(error.Message));
            }

            if (description.HasErrorDetail)
            {
                writer.WriteStartElement("Detail", description.XmlNamespace);
                writer.WriteEndElement();
            }

            writer.WriteEndElement();
            writer.WriteElementString("RequestId", description.XmlNamespace, requestId);
        }

        writer.WriteEndElement();
    });

    // A parser reads a plain carriage return as a line feed, so it is written as a reference.
    private static readonly XmlWriterSettings s_settings = new()
    {
        Encoding = new System.Text.UTF8Encoding(false),
        NewLineHandling = NewLineHandling.Entitize,
    };

    private static byte[] Document(Action<XmlWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, s_settings))
        {
            write(writer);
        }

        return stream.ToArray();
    }

    private static void WriteMembers(XmlWriter writer, AwsServiceDescription description, JsonObject members)
    {
        foreach (var (name, value) in members)
        {
            WriteMember(writer, description, name, value);
        }
    }

    private static void WriteMember(XmlWriter writer, AwsServiceDescription description, string name, JsonNode? value)
    {
        switch (value)
        {
            case null:
                break;
            case JsonArray list:
                WriteList(writer, description, name, list);
                break;
            case JsonObject map when description.XmlMaps.Contains(name):
                writer.WriteStartElement(name, description.XmlNamespace);
                foreach (var (key, item) in map)
                {
                    writer.WriteStartElement("entry", description.XmlNamespace);
                    writer.WriteElementString("key", description.XmlNamespace, Readable(key));
                    WriteMember(writer, description, "value", item);
                    writer.WriteEndElement();
                }

                writer.WriteEndElement();
                break;
            case JsonObject members:
                writer.WriteStartElement(name, description.XmlNamespace);
                WriteMembers(writer, description, members);
                writer.WriteEndElement();
                break;
            default:
                writer.WriteElementString(name, description.XmlNamespace, Text(value));
                break;
        }
    }

    private static void WriteList(XmlWriter writer, AwsServiceDescription description, string name, JsonArray list)
    {
        var element = description.XmlListElements.GetValueOrDefault(name, description.IsEc2Query ? "item" : "member");
        if (element.Length == 0)
        {
            foreach (var item in list)
            {
                WriteMember(writer, description, name, item);
            }

            return;
        }

        writer.WriteStartElement(name, description.XmlNamespace);
        foreach (var item in list)
        {
            WriteMember(writer, description, element, item);
        }

        writer.WriteEndElement();
    }

    private static string Text(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.String ? Readable(value.GetValue<string>()) : value.ToJsonString();

    /// <summary>The text with U+FFFD for what XML 1.0 has no form for, as a NUL: no client reads an answer that has one.</summary>
    private static string Readable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsXml(text, i))
            {
                return string.Create(text.Length, text, static (readable, text) =>
                {
                    for (var i = 0; i < text.Length; i++)
                    {
                        readable[i] = IsXml(text, i) ? text[i] : '\uFFFD';
                    }
                });
            }
        }

        return text;
    }

    private static bool IsXml(string text, int index) =>
        char.IsHighSurrogate(text[index]) ? index + 1 < text.Length && char.IsLowSurrogate(text[index + 1])
        : char.IsLowSurrogate(text[index]) ? index > 0 && char.IsHighSurrogate(text[index - 1])
        : XmlConvert.IsXmlChar(text[index]);
}
