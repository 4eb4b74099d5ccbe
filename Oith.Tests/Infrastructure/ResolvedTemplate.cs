using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Oith.Tests.Infrastructure;

/// <summary>
/// A template as CloudFormation would create it in one environment: conditions decided, names put together. What only AWS knows stays a word:
/// <c>${ApiId}</c> for a value that an output of the stack gives, <c>${import:name}</c> for an import, <c>{LogicalId.Attribute}</c> otherwise.
/// </summary>
internal sealed partial class ResolvedTemplate
{
    private const string NoValue = "AWS::NoValue";

    private static readonly Dictionary<string, string> s_pseudo = new()
    {
        ["AWS::Partition"] = "aws",
        ["AWS::Region"] = "us-east-1",
        ["AWS::AccountId"] = "123456789012",
        ["AWS::URLSuffix"] = "amazonaws.com",
    };

    /// <summary>The property that Ref or GetAtt of a type gives back.</summary>
    private static readonly Dictionary<string, string> s_names = new()
    {
        ["AWS::DynamoDB::Table"] = "TableName",
        ["AWS::DAX::Cluster"] = "ClusterName",
        ["AWS::ElastiCache::ReplicationGroup"] = "ReplicationGroupId",
        ["AWS::Lambda::Function"] = "FunctionName",
        ["AWS::CloudWatch::Dashboard"] = "DashboardName",
    };

    private readonly Template _template;
    private readonly Dictionary<string, JsonNode?> _parameters = [];
    private readonly Dictionary<string, string> _outputs = [];

    public ResolvedTemplate(Template template, string environment, params (string Name, string Value)[] parameters)
    {
        _template = template;
        foreach (var (name, parameter) in template.Parameters)
        {
            var given = name == "Environment" ? environment : parameters.FirstOrDefault(p => p.Name == name).Value;
            var text = given ?? parameter!["Default"]?.ToString() ?? $"${{{name}}}";
            var isList = parameter!["Type"]!.ToString() is var type && (type.StartsWith("List<", StringComparison.Ordinal) || type == "CommaDelimitedList");
            _parameters[name] = isList ? new JsonArray([.. text.Split(',').Select(item => JsonValue.Create(item))]) : JsonValue.Create(text);
        }

        foreach (var (name, output) in template.Outputs)
        {
            _outputs.TryAdd(output!["Value"]!.ToJsonString(), name);
        }

        Resources = new JsonObject(template.Resources
            .Where(resource => resource.Value!["Condition"] is not { } condition || IsTrue(condition.ToString()))
            .Select(resource => KeyValuePair.Create(resource.Key, Resolve(resource.Value))));
        Outputs = new JsonObject(template.Outputs.Select(output => KeyValuePair.Create(output.Key, Resolve(output.Value!["Value"]))));
    }

    public Template Source => _template;

    public JsonObject Resources { get; }

    public JsonObject Outputs { get; }

    public static ResolvedTemplate Load(string stack, string environment, params (string Name, string Value)[] parameters) =>
        new(Template.Load(stack), environment, parameters);

    public JsonObject Properties(string logicalId) => Resources[logicalId]!["Properties"]!.AsObject();

    public IEnumerable<(string LogicalId, JsonObject Properties)> OfType(string type) => Resources
        .Where(resource => resource.Value!["Type"]!.ToString() == type)
        .Select(resource => (resource.Key, resource.Value!["Properties"]!.AsObject()));

    [GeneratedRegex(@"\$\{([^!}][^}]*)\}")]
    private static partial Regex Variable { get; }

    private bool IsTrue(string condition) => Evaluate(_template.Root["Conditions"]![condition]!);

    private bool Evaluate(JsonNode node)
    {
        var (function, argument) = node.AsObject().Single();
        return function switch
        {
            "Condition" => IsTrue(argument!.ToString()),
            "Fn::Equals" => Resolve(argument![0])!.ToString() == Resolve(argument[1])!.ToString(),
            "Fn::Not" => !Evaluate(argument![0]!),
            "Fn::And" => argument!.AsArray().All(part => Evaluate(part!)),
            "Fn::Or" => argument!.AsArray().Any(part => Evaluate(part!)),
            _ => throw new InvalidOperationException($"{function} in a condition"),
        };
    }

    private JsonNode? Resolve(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                return new JsonArray([.. array.Select(Resolve).Where(item => item?.ToString() != NoValue)]);
            case JsonObject { Count: 1 } call when call.Single() is var (function, argument) && (function == "Ref" || function.StartsWith("Fn::", StringComparison.Ordinal)):
                return Call(function, argument, call);
            case JsonObject value:
                return new JsonObject(value.Select(member => KeyValuePair.Create(member.Key, Resolve(member.Value))).Where(member => member.Value?.ToString() != NoValue));
            default:
                return node?.DeepClone();
        }
    }

    private JsonNode? Call(string function, JsonNode? argument, JsonObject call) => function switch
    {
        "Ref" => Reference(argument!.ToString(), call),
        "Fn::GetAtt" => Attribute(argument![0]!.ToString(), argument[1]!.ToString(), call),
        "Fn::If" => Resolve(argument![IsTrue(argument[0]!.ToString()) ? 1 : 2]),
        "Fn::FindInMap" => _template.Root["Mappings"]![Resolve(argument![0])!.ToString()]![Resolve(argument[1])!.ToString()]![Resolve(argument[2])!.ToString()]!.DeepClone(),
        "Fn::Join" => string.Join(argument![0]!.ToString(), Resolve(argument[1])!.AsArray().Select(item => item!.ToString())),
        "Fn::Split" => new JsonArray([.. Resolve(argument![1])!.ToString().Split(argument[0]!.ToString()).Select(part => JsonValue.Create(part))]),
        "Fn::ImportValue" => $"${{import:{Resolve(argument)}}}",
        "Fn::Sub" => argument is JsonArray array ? Substitute(array[0]!.ToString(), array[1]!.AsObject()) : Substitute(argument!.ToString(), []),
        _ => throw new InvalidOperationException($"{function} in a template"),
    };

    private JsonValue Substitute(string text, JsonObject variables) => JsonValue.Create(Variable.Replace(text, match =>
    {
        var name = match.Groups[1].Value;
        return variables.TryGetPropertyValue(name, out var value) ? Resolve(value)!.ToString()
            : name.Split('.', 2) is [var resource, var attribute]
                ? Attribute(resource, attribute, new JsonObject { ["Fn::GetAtt"] = new JsonArray(resource, attribute) })!.ToString()
                : Reference(name, new JsonObject { ["Ref"] = name })!.ToString();
    }));

    private JsonNode? Reference(string name, JsonObject call) =>
        name == NoValue ? NoValue
        : name == "AWS::StackName" ? $"oith-{_parameters["Environment"]}-{_template.Stack}"
        : s_pseudo.TryGetValue(name, out var pseudo) ? pseudo
        : _parameters.TryGetValue(name, out var parameter) ? parameter?.DeepClone()
        : Named(name) ?? Output(call) ?? $"{{{name}}}";

    private JsonNode? Attribute(string resource, string attribute, JsonObject call) =>
        attribute == "QueueName" ? Resolve(_template.Resources[resource]!["Properties"]![attribute])
        : Output(call) ?? $"{{{resource}.{attribute}}}";

    private JsonNode? Named(string logicalId)
    {
        var resource = _template.Resources[logicalId] ?? throw new InvalidOperationException($"Nothing is called {logicalId}.");
        return s_names.TryGetValue(resource["Type"]!.ToString(), out var property) ? Resolve(resource["Properties"]![property]) : null;
    }

    private string? Output(JsonObject call) => _outputs.TryGetValue(call.ToJsonString(), out var name) ? $"${{{name}}}" : null;
}
