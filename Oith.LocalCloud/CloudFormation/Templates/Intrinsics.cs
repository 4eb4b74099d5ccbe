using System.Text.Json;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>The names of the intrinsic functions and how a call of one looks in a template.</summary>
internal static class Intrinsics
{
    public static IReadOnlySet<string> Functions { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::If", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not",
        "Fn::FindInMap", "Fn::ImportValue", "Fn::Base64", "Fn::Cidr", "Fn::GetAZs",
    };

    /// <summary>The function and its argument when the object is a call: <c>{"Fn::Join": […]}</c>, <c>{"Ref": "X"}</c>.</summary>
    public static bool TryReadCall(JsonNode? node, out string name, out JsonNode? argument)
    {
        if (node is JsonObject { Count: 1 } call)
        {
            (name, argument) = call.First();
            if (name is "Ref" || Functions.Contains(name))
            {
                return true;
            }

            if (name.StartsWith("Fn::", StringComparison.Ordinal))
            {
                throw TemplateErrors.Template($"LocalCloud does not support the intrinsic function {name}.");
            }
        }

        (name, argument) = ("", null);
        return false;
    }

    /// <summary>The resource and attribute of <c>["Queue", "Arn"]</c>, or of JSON's short text <c>"Queue.Arn"</c>.</summary>
    public static (string LogicalId, JsonNode Attribute) ReadGetAtt(JsonNode? argument)
    {
        switch (argument)
        {
            case JsonArray { Count: 2 } pair when IsText(pair[0]) && pair[0]!.GetValue<string>().Length > 0 && pair[1] is { } attribute:
                return (pair[0]!.GetValue<string>(), attribute);
            // !GetAtt [Database, Endpoint, Address] is accepted as Endpoint.Address.
            case JsonArray { Count: > 2 } path when path.All(IsText):
                return (path[0]!.GetValue<string>(), string.Join('.', path.Skip(1)));
            case JsonValue text when IsText(text) && text.GetValue<string>().IndexOf('.', StringComparison.Ordinal) is > 0 and var dot:
                return (text.GetValue<string>()[..dot], text.GetValue<string>()[(dot + 1)..]);
            default:
                throw TemplateErrors.Template(
                    "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
        }
    }

    /// <summary>The text and the variables of either form of <c>Fn::Sub</c>.</summary>
    public static (string Text, JsonObject Variables) ReadSub(JsonNode? argument) => argument switch
    {
        JsonValue text when IsText(text) => (text.GetValue<string>(), []),
        JsonArray { Count: 2 } pair when IsText(pair[0]) && pair[1] is JsonObject variables => (pair[0]!.GetValue<string>(), variables),
        _ => throw TemplateErrors.Template(
            "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional "
            + "second argument to specify a mapping of values to replace in the string"),
    };

    /// <summary>The pieces of a text for <c>Fn::Sub</c>: literal text, and the names inside <c>${…}</c>; <c>${!x}</c> is the literal <c>${x}</c>.</summary>
    public static IEnumerable<(string Text, bool IsVariable)> SplitSub(string text)
    {
        var start = 0;
        while (text.IndexOf("${", start, StringComparison.Ordinal) is >= 0 and var open)
        {
            var close = text.IndexOf('}', open);
            if (close < 0)
            {
                break;
            }

            if (open > start)
            {
                yield return (text[start..open], false);
            }

            var name = text[(open + 2)..close];
            yield return name.StartsWith('!') ? ("${" + name[1..] + "}", false) : (name.Trim(), true);
            start = close + 1;
        }

        if (start < text.Length)
        {
            yield return (text[start..], false);
        }
    }

    public static bool IsText(JsonNode? node) => node is JsonValue && node.GetValueKind() == JsonValueKind.String;
}
