using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Reads the members of a call. Over the Query protocol every leaf is text, in process it may be a number or a truth value.</summary>
internal static partial class StackInput
{
    /// <exception cref="AwsServiceException">ValidationError when it is absent.</exception>
    public static string Required(this JsonObject input, string name) => input.Text(name)
        ?? throw TemplateErrors.Validation(
            $"1 validation error detected: Value null at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: Member must not be null");

    public static bool IsTrue(this JsonObject input, string name) => input.Flag(name) == true;

    /// <summary>A list; over the Query protocol an empty one arrives as an empty text.</summary>
    public static JsonArray Items(this JsonObject input, string name) => input[name] is JsonValue text && text.ToString().Length == 0 ? [] : input.List(name) ?? [];

    public static IReadOnlyList<string> TextList(this JsonObject input, string name) => [.. input.Items(name).Select(item => item!.ToString())];

    public static IReadOnlyList<StackTag> Tags(this JsonObject input) =>
        [.. input.Items("Tags").OfType<JsonObject>().Select(tag => new StackTag(tag.Required("Key"), tag.Required("Value")))];

    public static string StackName(this JsonObject input)
    {
        var name = input.Required("StackName");
        return NamePattern.IsMatch(name) && (name.Length <= 128 || name.StartsWith("arn:", StringComparison.Ordinal))
            ? name
            : throw TemplateErrors.Validation(
                $"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular "
                + "expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*");
    }

    [GeneratedRegex(@"^([a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*)$")]
    private static partial Regex NamePattern { get; }
}
