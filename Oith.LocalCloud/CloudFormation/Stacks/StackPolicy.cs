using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>
/// A stack policy: which resources an update may modify, replace or delete. What no statement allows is denied, and a
/// denial goes before any allowance. The empty policy <c>{}</c> takes a policy away: it allows everything.
/// </summary>
internal sealed class StackPolicy
{
    public const string Modify = "Update:Modify";
    public const string Replace = "Update:Replace";
    public const string Delete = "Update:Delete";

    private readonly IReadOnlyList<JsonObject>? _statements;

    private StackPolicy(IReadOnlyList<JsonObject>? statements) => _statements = statements;

    /// <exception cref="Wire.AwsServiceException">ValidationError: not a policy.</exception>
    public static StackPolicy Parse(string text)
    {
        try
        {
            var policy = JsonInput.Parse(text) as JsonObject;
            if (policy?.Count == 0)
            {
                return new StackPolicy(null);
            }

            if (policy?["Statement"] is { } statement)
            {
                var statements = statement is JsonArray list ? list.OfType<JsonObject>().ToList() : [statement.AsObject()];
                if (statements.TrueForAll(item => item["Effect"]?.ToString() is "Allow" or "Deny"))
                {
                    return new StackPolicy(statements);
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Invalid();
        }

        throw Invalid();
    }

    /// <exception cref="ProvisioningException">The policy does not allow it.</exception>
    public void Check(string action, string logicalId, string resourceType)
    {
        if (_statements is null)
        {
            return;
        }

        var resource = "LogicalResourceId/" + logicalId;
        var allows = false;
        for (var i = 0; i < _statements.Count; i++)
        {
            var statement = _statements[i];
            if (!Applies(statement, "Action", action) || !Applies(statement, "Resource", resource) || !HoldsFor(statement["Condition"] as JsonObject, resourceType))
            {
                continue;
            }

            if (statement["Effect"]!.ToString() == "Deny")
            {
                throw new ProvisioningException(
                    $"Action denied by stack policy: Statement [#{i + 1}] does not allow [{action}] for resource [{resource}]", "InvalidRequest");
            }

            allows = true;
        }

        if (!allows)
        {
            throw new ProvisioningException($"Action denied by stack policy: No statement allows [{action}] for resource [{resource}]", "InvalidRequest");
        }
    }

    // Action or NotAction, Resource or NotResource.
    private static bool Applies(JsonObject statement, string member, string value) =>
        statement[member] is { } patterns ? Texts(patterns).Any(pattern => Matches(pattern, value))
        : statement["Not" + member] is { } others && !Texts(others).Any(pattern => Matches(pattern, value));

    // {"StringEquals": {"ResourceType": ["AWS::DynamoDB::Table"]}}
    private static bool HoldsFor(JsonObject? condition, string resourceType) => (condition ?? []).All(test =>
    {
        var values = Texts(test.Value?["ResourceType"]);
        return test.Key switch
        {
            "StringEquals" => values.Contains(resourceType),
            "StringLike" => values.Any(pattern => Matches(pattern, resourceType)),
            _ => false,
        };
    });

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        null => [],
        JsonArray list => list.Select(item => item!.ToString()),
        _ => [node.ToString()],
    };

    private static bool Matches(string pattern, string value) =>
        Regex.IsMatch(value, "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant);

    private static Wire.AwsServiceException Invalid() => TemplateErrors.Validation("Error validating stack policy: Invalid stack policy");
}
