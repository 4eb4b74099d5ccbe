using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Oith.Tests.Infrastructure;

/// <summary>
/// A template as JSON, its short intrinsics (<c>!Ref x</c>) written long (<c>{"Ref": "x"}</c>). Read by the tests' own few lines, so that the templates
/// are judged by something other than the engine that deploys them locally.
/// </summary>
internal sealed class Template
{
    public static readonly string[] Stacks = ["data", "infrastructure", "matching", "stepfunctions"];

    private Template(string stack)
    {
        Stack = stack;
        Text = RepositoryFiles.Read("infrastructure", $"cloudformation-{stack}.yaml");
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Text));
        Root = Convert(yaml.Documents[0].RootNode)!.AsObject();
    }

    public string Stack { get; }

    public string Text { get; }

    public JsonObject Root { get; }

    public JsonObject Resources => Root[nameof(Resources)]!.AsObject();

    public JsonObject Parameters => Root[nameof(Parameters)]!.AsObject();

    public JsonObject Outputs => Root[nameof(Outputs)]!.AsObject();

    public static Template Load(string stack) => new(stack);

    public static IEnumerable<Template> LoadAll() => Stacks.Select(Load);

    /// <summary>Every object and array below a node, the node itself included, with its path.</summary>
    public static IEnumerable<(string Path, JsonNode Node)> Walk(JsonNode? node, string path = "")
    {
        if (node is null)
        {
            yield break;
        }

        yield return (path, node);
        var children = node switch
        {
            JsonObject o => o.Select(member => (Path: $"{path}/{member.Key}", member.Value)),
            JsonArray a => a.Select((item, i) => (Path: $"{path}/{i}", Value: item)),
            _ => [],
        };
        foreach (var child in children.SelectMany(child => Walk(child.Value, child.Path)))
        {
            yield return child;
        }
    }

    private static JsonNode? Convert(YamlNode node)
    {
        var tag = node.Tag.IsEmpty || !node.Tag.Value.StartsWith('!') || node.Tag.IsNonSpecific ? null : node.Tag.Value[1..];
        JsonNode? value = node switch
        {
            YamlScalarNode scalar => Scalar(scalar),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Select(Convert)]),
            YamlMappingNode mapping => new JsonObject(mapping.Children.Select(child =>
                KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Convert(child.Value)))),
            _ => throw new InvalidOperationException($"{node.GetType().Name} in a template"),
        };
        return tag switch
        {
            null => value,
            "Ref" or "Condition" => new JsonObject { [tag] = value },
            "GetAtt" => new JsonObject { ["Fn::GetAtt"] = new JsonArray([.. value!.GetValue<string>().Split('.', 2).Select(part => JsonValue.Create(part))]) },
            _ => new JsonObject { [$"Fn::{tag}"] = value },
        };
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        return scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty ? JsonValue.Create(text)
            : bool.TryParse(text, out var flag) ? JsonValue.Create(flag)
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
            : double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
            : JsonValue.Create(text);
    }
}
