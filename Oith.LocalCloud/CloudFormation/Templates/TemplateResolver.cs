using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>What expressions refer to outside of the template: the stack's resources and other stacks' exports.</summary>
internal interface IStackReferences
{
    /// <summary>The value of <c>Ref</c> for a resource, null when the resource is not in the stack.</summary>
    JsonNode? FindResource(string logicalId);

    /// <summary>The value of <c>Fn::GetAtt</c>.</summary>
    /// <exception cref="Wire.AwsServiceException">The resource has no such attribute, or it was never set.</exception>
    JsonNode GetAttribute(string logicalId, string attribute);

    /// <summary>The value of an export, null when no stack exports that name.</summary>
    string? FindExport(string name);
}

/// <summary>Evaluates a template's expressions to plain values.</summary>
/// <param name="parameters">What <c>Ref</c> gives for each parameter.</param>
internal sealed class TemplateResolver(
    Template template, IReadOnlyDictionary<string, JsonNode> parameters, PseudoParameters pseudoParameters, IStackReferences references)
{
    /// <summary>What stands for a value that is known only once the stack has been worked on, in change sets.</summary>
    public const string KnownAfterApply = "{{changeSet:KNOWN_AFTER_APPLY}}";

    private readonly Dictionary<string, bool> _conditions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _underWay = new(StringComparer.Ordinal);

    /// <summary>Whether a condition holds; a null name always does.</summary>
    /// <exception cref="Wire.AwsServiceException">ValidationError: unknown, circular, or no truth value.</exception>
    public bool Holds(string? condition)
    {
        if (condition is null)
        {
            return true;
        }

        lock (_conditions)
        {
            return Condition(condition);
        }
    }

    /// <summary>The value of an expression; null where it comes to <c>AWS::NoValue</c>, which is also left out of lists and objects.</summary>
    public JsonNode? Resolve(JsonNode? node)
    {
        if (Intrinsics.TryReadCall(node, out var function, out var argument))
        {
            return Call(function, argument);
        }

        switch (node)
        {
            case JsonObject members:
                var result = new JsonObject();
                foreach (var (name, value) in members)
                {
                    if (Resolve(value) is { } resolved)
                    {
                        result[name] = resolved;
                    }
                }

                return result;
            case JsonArray items:
                return new JsonArray([.. items.Select(Resolve).Where(item => item is not null)]);
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>The value of an expression that has to be one text.</summary>
    public string ResolveText(JsonNode? node, string what) =>
        Text(Resolve(node)) ?? throw TemplateErrors.Template($"{what} must resolve to a string.");

    private JsonNode? Call(string function, JsonNode? argument) => function switch
    {
        "Ref" => Ref(argument),
        "Fn::GetAtt" => GetAtt(argument),
        "Fn::Sub" => Sub(argument),
        "Fn::Join" => Join(argument),
        "Fn::Split" => Split(argument),
        "Fn::Select" => Select(argument),
        "Fn::If" => If(argument),
        "Fn::Equals" => Equal(argument),
        "Fn::And" or "Fn::Or" or "Fn::Not" => Truth(new JsonObject { [function] = argument?.DeepClone() }),
        "Fn::FindInMap" => FindInMap(argument),
        "Fn::ImportValue" => Import(argument),
        "Fn::Base64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(ResolveText(argument, "Fn::Base64"))),
        "Fn::Cidr" => Cidr(argument),
        "Fn::GetAZs" => GetAZs(argument),
        _ => throw TemplateErrors.Template($"LocalCloud does not support the intrinsic function {function}."),
    };

    private JsonNode? Ref(JsonNode? argument)
    {
        var name = Intrinsics.IsText(argument)
            ? argument!.GetValue<string>()
            : throw TemplateErrors.Format("All Ref objects must have a single String value.");
        return name == PseudoParameters.NoValue ? null : Named(name);
    }

    private JsonNode Named(string name)
    {
        if (parameters.TryGetValue(name, out var value))
        {
            return value.DeepClone();
        }

        return pseudoParameters.Find(name) ?? references.FindResource(name)?.DeepClone()
            ?? throw TemplateErrors.Format($"Unresolved resource dependencies [{name}] in the Resources block of the template");
    }

    private JsonNode GetAtt(JsonNode? argument)
    {
        var (logicalId, attribute) = Intrinsics.ReadGetAtt(argument);
        return references.GetAttribute(logicalId, ResolveText(attribute, "The attribute of Fn::GetAtt")).DeepClone();
    }

    private string Sub(JsonNode? argument)
    {
        var (text, variables) = Intrinsics.ReadSub(argument);
        var result = new StringBuilder(text.Length);
        foreach (var (piece, isVariable) in Intrinsics.SplitSub(text))
        {
            result.Append(isVariable ? Variable(piece, variables) : piece);
        }

        return result.ToString();
    }

    private string Variable(string name, JsonObject variables)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var value = variables.TryGetPropertyValue(name, out var given) ? Resolve(given)
            : dot < 0 ? Named(name)
            : references.GetAttribute(name[..dot], name[(dot + 1)..]);
        return Text(value) ?? throw TemplateErrors.Template($"variable {name} in Fn::Sub expression does not resolve to a string");
    }

    private string Join(JsonNode? argument)
    {
        const string Usage = "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a "
            + "function that returns a list of strings (such as Fn::GetAZs) to be joined.";
        if (argument is not JsonArray { Count: 2 } pair || !Intrinsics.IsText(pair[0]))
        {
            throw TemplateErrors.Template(Usage);
        }

        return Resolve(pair[1]) switch
        {
            JsonArray items => string.Join(pair[0]!.GetValue<string>(), items.Select(item => Text(item) ?? throw TemplateErrors.Template(Usage))),
            var unknown when IsUnknown(unknown) => KnownAfterApply,
            _ => throw TemplateErrors.Template(Usage),
        };
    }

    private JsonArray Split(JsonNode? argument)
    {
        const string Usage = "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
            + "function that returns a string to be split.";
        if (argument is not JsonArray { Count: 2 } pair
            || !Intrinsics.IsText(pair[0]) || pair[0]!.GetValue<string>() is not { Length: > 0 } delimiter
            || Text(Resolve(pair[1])) is not { } text)
        {
            throw TemplateErrors.Template(Usage);
        }

        return new JsonArray([.. text.Split(delimiter).Select(piece => (JsonNode?)piece)]);
    }

    private JsonNode? Select(JsonNode? argument)
    {
        const string Usage = "Fn::Select requires a list argument with two elements: an integer index and a list";
        if (argument is not JsonArray { Count: 2 } pair
            || !int.TryParse(Text(Resolve(pair[0])), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            throw TemplateErrors.Template(Usage);
        }

        return Resolve(pair[1]) switch
        {
            JsonArray list when index < list.Count => list[index]?.DeepClone(),
            JsonArray list when list.Any(IsUnknown) => KnownAfterApply,
            JsonArray => throw TemplateErrors.Template($"Fn::Select cannot select nonexistent value at index {index}"),
            var unknown when IsUnknown(unknown) => KnownAfterApply,
            _ => throw TemplateErrors.Template(Usage),
        };
    }

    private JsonNode? If(JsonNode? argument)
    {
        if (argument is not JsonArray { Count: 3 } branches || !Intrinsics.IsText(branches[0]))
        {
            throw TemplateErrors.Template("Fn::If requires a list argument with the first element being a condition");
        }

        var name = branches[0]!.GetValue<string>();
        return template.Conditions.ContainsKey(name)
            ? Resolve(branches[Holds(name) ? 1 : 2])
            : throw TemplateErrors.Template($"unresolved condition dependency {name} in Fn::If");
    }

    private bool Equal(JsonNode? argument)
    {
        if (argument is not JsonArray { Count: 2 } pair)
        {
            throw TemplateErrors.Template("every Fn::Equals object requires a list of 2 string parameters.");
        }

        var (first, second) = (Resolve(pair[0]), Resolve(pair[1]));
        return Text(first) is { } text && Text(second) is { } other ? text == other : JsonNode.DeepEquals(first, second);
    }

    private bool Condition(string name)
    {
        if (_conditions.TryGetValue(name, out var known))
        {
            return known;
        }

        if (!template.Conditions.TryGetPropertyValue(name, out var expression))
        {
            throw TemplateErrors.Format($"Unresolved condition dependency {name} in the Conditions block of the template");
        }

        if (!_underWay.Add(name))
        {
            throw TemplateErrors.Format($"Circular dependency between conditions: [{string.Join(", ", _underWay)}]");
        }

        var result = Truth(expression);
        _underWay.Remove(name);
        return _conditions[name] = result;
    }

    private bool Truth(JsonNode? expression)
    {
        if (expression is JsonObject { Count: 1 } call)
        {
            var (name, argument) = call.First();
            switch (name)
            {
                case "Condition" when Intrinsics.IsText(argument):
                    return Condition(argument!.GetValue<string>());
                case "Fn::Equals":
                    return Equal(argument);
                case "Fn::Not" when argument is JsonArray { Count: 1 } only:
                    return !Truth(only[0]);
                case "Fn::And" when argument is JsonArray { Count: >= 2 and <= 10 } all:
                    return all.All(Truth);
                case "Fn::Or" when argument is JsonArray { Count: >= 2 and <= 10 } any:
                    return any.Any(Truth);
                case "Fn::Not":
                    throw TemplateErrors.Template("every Fn::Not object requires one parameter: a condition");
                case "Fn::And" or "Fn::Or":
                    throw TemplateErrors.Template($"every {name} object requires a list of at least 2 and at most 10 boolean parameters.");
            }
        }

        return bool.TryParse(Text(Resolve(expression)), out var value)
            ? value
            : throw TemplateErrors.Format("Conditions can only be boolean operations on parameters and other conditions");
    }

    private JsonNode FindInMap(JsonNode? argument)
    {
        if (argument is not JsonArray { Count: 3 } path)
        {
            throw TemplateErrors.Template(
                "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value");
        }

        var map = ResolveText(path[0], "The map name of Fn::FindInMap");
        var key = ResolveText(path[1], "The map key of Fn::FindInMap");
        var attribute = ResolveText(path[2], "The attribute of Fn::FindInMap");
        if (!template.Mappings.TryGetPropertyValue(map, out var keys))
        {
            throw TemplateErrors.Template($"mapping named '{map}' is not present in the 'Mappings' section of template.");
        }

        return keys![key]?[attribute]?.DeepClone() ?? throw TemplateErrors.Template($"Unable to get mapping for {map}::{key}::{attribute}");
    }

    private string Import(JsonNode? argument)
    {
        var name = ResolveText(argument, "Fn::ImportValue");
        return references.FindExport(name) ?? throw TemplateErrors.Validation($"No export named {name} found.");
    }

    private JsonNode Cidr(JsonNode? argument)
    {
        if (argument is not JsonArray { Count: 2 or 3 } values
            || !int.TryParse(Text(Resolve(values[1])), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            throw TemplateErrors.Template("every Fn::Cidr object requires two or three parameters: an IP block, a count and optional cidr bits");
        }

        var block = Resolve(values[0]);
        var bits = values.Count == 3 ? Text(Resolve(values[2])) : "8";
        return IsUnknown(block)
            ? KnownAfterApply
            : new JsonArray([.. CidrBlocks.Divide(Text(block), count, bits).Select(part => (JsonNode?)part)]);
    }

    private JsonArray GetAZs(JsonNode? argument)
    {
        var region = Text(Resolve(argument)) is { Length: > 0 } given ? given : pseudoParameters.Region;
        return [region + "a", region + "b", region + "c"];
    }

    private static bool IsUnknown(JsonNode? value) =>
        Intrinsics.IsText(value) && value!.GetValue<string>().Contains(KnownAfterApply, StringComparison.Ordinal);

    private static string? Text(JsonNode? value) => value switch
    {
        JsonValue text when Intrinsics.IsText(text) => text.GetValue<string>(),
        JsonValue other => other.ToJsonString(),
        _ => null,
    };
}
