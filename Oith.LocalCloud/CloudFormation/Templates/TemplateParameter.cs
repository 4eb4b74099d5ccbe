using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>A parameter as the template declares it, and the rules that its value has to keep.</summary>
internal sealed partial record TemplateParameter(string Name, string Type)
{
    private static readonly HashSet<string> s_members =
    [
        "Type", "Default", "NoEcho", "AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue", "MaxValue", "Description",
        "ConstraintDescription",
    ];

    public string? Default { get; init; }

    public bool NoEcho { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<string>? AllowedValues { get; init; }

    private string? AllowedPattern { get; init; }

    private string? ConstraintDescription { get; init; }

    private int? MinLength { get; init; }

    private int? MaxLength { get; init; }

    private decimal? MinValue { get; init; }

    private decimal? MaxValue { get; init; }

    /// <summary>The type without SSM's wrapping: <c>String</c> of <c>AWS::SSM::Parameter::Value&lt;String&gt;</c>.</summary>
    public string ValueType => IsStoredInSsm ? Type["AWS::SSM::Parameter::Value<".Length..^1] : Type;

    /// <summary>The value given is the name of an SSM parameter that holds the value.</summary>
    public bool IsStoredInSsm => Type.StartsWith("AWS::SSM::Parameter::Value<", StringComparison.Ordinal);

    public bool IsList => ValueType == "CommaDelimitedList" || ValueType.StartsWith("List<", StringComparison.Ordinal);

    public static TemplateParameter Parse(string name, JsonNode? node)
    {
        if (node is not JsonObject parameter)
        {
            throw TemplateErrors.Format("Any Parameters member must be an object.");
        }

        if (parameter[nameof(Type)]?.ToString() is not { } type)
        {
            throw TemplateErrors.Format($"Every Parameters object must contain a Type member.");
        }

        if (!TypePattern.IsMatch(type))
        {
            throw TemplateErrors.Format($"Unrecognized parameter type: {type}");
        }

        if (parameter.Select(pair => pair.Key).FirstOrDefault(member => !s_members.Contains(member)) is { } unknown)
        {
            throw TemplateErrors.Validation($"Invalid template parameter property '{unknown}'");
        }

        return new TemplateParameter(name, type)
        {
            Default = Text(parameter[nameof(Default)]),
            NoEcho = bool.TryParse(Text(parameter[nameof(NoEcho)]), out var noEcho) && noEcho,
            Description = Text(parameter[nameof(Description)]),
            AllowedValues = (parameter[nameof(AllowedValues)] as JsonArray)?.Select(value => Text(value)!).ToList(),
            AllowedPattern = Text(parameter[nameof(AllowedPattern)]),
            ConstraintDescription = Text(parameter[nameof(ConstraintDescription)]),
            MinLength = (int?)Number(name, parameter, "MinLength"),
            MaxLength = (int?)Number(name, parameter, "MaxLength"),
            MinValue = Number(name, parameter, "MinValue"),
            MaxValue = Number(name, parameter, "MaxValue"),
        };
    }

    /// <summary>What <c>Ref</c> gives: a list for the list types, text for all others.</summary>
    public JsonNode ToReference(string value) => IsList ? new JsonArray([.. Items(value).Select(item => (JsonNode?)item)]) : value;

    /// <exception cref="Wire.AwsServiceException">ValidationError that names the parameter and the rule.</exception>
    public void CheckValue(string value)
    {
        foreach (var item in IsList ? Items(value) : [value])
        {
            CheckItem(item);
        }
    }

    private static string[] Items(string value) => value.Length == 0 ? [] : value.Split(',', StringSplitOptions.TrimEntries);

    private void CheckItem(string value)
    {
        if (AllowedValues is not null && !AllowedValues.Contains(value))
        {
            throw Violation($"must be one of AllowedValues");
        }

        if (AllowedPattern is not null && !MatchesPattern(value))
        {
            throw Violation($"must match pattern {AllowedPattern}");
        }

        if (value.Length < MinLength)
        {
            throw Violation($"must contain at least {MinLength} characters");
        }

        if (value.Length > MaxLength)
        {
            throw Violation($"must contain at most {MaxLength} characters");
        }

        if (ValueType is "Number" or "List<Number>")
        {
            CheckNumber(value);
        }
        else if (IdentifierPrefix() is { } prefix && !value.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw Violation($"must be a valid {ValueType} ({prefix}…), it is '{value}'");
        }
    }

    private bool MatchesPattern(string value)
    {
        try
        {
            return Regex.IsMatch(value, $"^(?:{AllowedPattern})$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException)
        {
            throw TemplateErrors.Format($"Parameter '{Name}' has an invalid AllowedPattern {AllowedPattern}");
        }
    }

    private void CheckNumber(string value)
    {
        if (!decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            throw TemplateErrors.Validation($"Parameter '{Name}' must be a number.");
        }

        if (number < MinValue)
        {
            throw Violation($"must be a number not less than {MinValue}");
        }

        if (number > MaxValue)
        {
            throw Violation($"must be a number not greater than {MaxValue}");
        }
    }

    // A parameter typed as an id is refused by AWS when no such resource exists; an empty optional one always is.
    private string? IdentifierPrefix() => ValueType switch
    {
        "AWS::EC2::VPC::Id" or "List<AWS::EC2::VPC::Id>" => "vpc-",
        "AWS::EC2::Subnet::Id" or "List<AWS::EC2::Subnet::Id>" => "subnet-",
        "AWS::EC2::SecurityGroup::Id" or "List<AWS::EC2::SecurityGroup::Id>" => "sg-",
        _ => null,
    };

    private Wire.AwsServiceException Violation(string rule) => TemplateErrors.Validation(
        ConstraintDescription is null ? $"Parameter '{Name}' {rule}" : $"Parameter '{Name}' failed to satisfy constraint: {ConstraintDescription}");

    private static decimal? Number(string name, JsonObject parameter, string member) => Text(parameter[member]) switch
    {
        null => null,
        var text when decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw TemplateErrors.Format($"Parameter '{name}' has a {member} that is not a number."),
    };

    private static string? Text(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => node.ToJsonString(),
    };

    [GeneratedRegex(@"^(String|Number|List<Number>|CommaDelimitedList|AWS::SSM::Parameter::Name|(List<)?AWS::(EC2|Route53)::[A-Za-z0-9]+::[A-Za-z]+(::[A-Za-z]+)?>?|AWS::SSM::Parameter::Value<(String|List<String>|CommaDelimitedList|(List<)?AWS::EC2::[A-Za-z0-9:]+>?)>)$")]
    private static partial Regex TypePattern { get; }
}
