using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class IntrinsicFunctionTests
{
    private const string Frame = """
        Parameters:
          Environment: {Type: String, Default: development}
          Subnets: {Type: CommaDelimitedList, Default: 'subnet-1, subnet-2'}
          Size: {Type: Number, Default: 3}
        Mappings:
          Nodes:
            development: {Type: cache.t3.medium, Zones: [a, b]}
        Conditions:
          IsProduction: !Equals [!Ref Environment, production]
          IsSmall: !Not [Condition: IsProduction]
          IsEither: !Or [!Condition IsProduction, !Condition IsSmall]
          IsBoth: !And [!Condition IsProduction, !Condition IsSmall]
        Resources:
          Queue: {Type: 'AWS::SQS::Queue'}

        """;

    public static TheoryData<string, string> Expressions => new()
    {
        { "!Ref Environment", "\"development\"" },
        { "!Ref Size", "\"3\"" },
        { "!Ref Subnets", "[\"subnet-1\",\"subnet-2\"]" },
        { "!Ref AWS::AccountId", "\"000000000000\"" },
        { "!Ref AWS::Region", "\"us-east-1\"" },
        { "!Ref AWS::StackName", "\"oith\"" },
        { "!Ref AWS::Partition", "\"aws\"" },
        { "!Ref AWS::URLSuffix", "\"amazonaws.com\"" },
        { "!Ref Queue", "\"physical-Queue\"" },
        { "!GetAtt Queue.Arn", "\"Queue.Arn\"" },
        { "!GetAtt [Queue, Arn]", "\"Queue.Arn\"" },
        { "Fn::GetAtt: Queue.Arn", "\"Queue.Arn\"" },
        { "!Sub 'oith-${Environment}-${Queue.Arn}-${!Literal}-${AWS::Region}'", "\"oith-development-Queue.Arn-${Literal}-us-east-1\"" },
        { "!Sub ['${A}-${Environment}', {A: !Join ['+', [x, y]]}]", "\"x+y-development\"" },
        { "!Sub 'no variable, ${ unclosed'", "\"no variable, ${ unclosed\"" },
        { "!Join [':', [a, !Ref Environment, 1, true]]", "\"a:development:1:true\"" },
        { "!Join ['', []]", "\"\"" },
        { "!Select [1, !Ref Subnets]", "\"subnet-2\"" },
        { "!Select ['0', [a, b]]", "\"a\"" },
        { "!Split [',', 'a,b,,c']", "[\"a\",\"b\",\"\",\"c\"]" },
        { "!Select [2, !Split ['|', 'a|b|c']]", "\"c\"" },
        { "!If [IsProduction, big, small]", "\"small\"" },
        { "!If [IsEither, {A: 1}, !Ref 'AWS::NoValue']", "{\"A\":1}" },
        { "{A: !If [IsBoth, x, !Ref 'AWS::NoValue'], B: [!Ref 'AWS::NoValue', y]}", "{\"B\":[\"y\"]}" },
        { "!FindInMap [Nodes, !Ref Environment, Type]", "\"cache.t3.medium\"" },
        { "!FindInMap [Nodes, development, Zones]", "[\"a\",\"b\"]" },
        { "!ImportValue shared-QueueArn", "\"imported shared-QueueArn\"" },
        { "Fn::ImportValue: !Sub '${Environment}-Arn'", "\"imported development-Arn\"" },
        { "!Base64 hello", "\"aGVsbG8=\"" },
        { "!Cidr [10.0.0.0/16, 3, 8]", "[\"10.0.0.0/24\",\"10.0.1.0/24\",\"10.0.2.0/24\"]" },
        { "!Select [1, !Cidr ['192.168.0.0/24', 2, 5]]", "\"192.168.0.32/27\"" },
        { "!Cidr ['2001:db8::/56', 2, 64]", "[\"2001:db8::/64\",\"2001:db8:0:1::/64\"]" },
        { "!GetAZs ''", "[\"us-east-1a\",\"us-east-1b\",\"us-east-1c\"]" },
        { "!GetAZs eu-west-1", "[\"eu-west-1a\",\"eu-west-1b\",\"eu-west-1c\"]" },
        { "2012-10-17", "\"2012-10-17\"" },
        { "000000000000", "\"000000000000\"" },
        { "[1, 1.5, -2, true, 'true', \"3\"]", "[1,1.5,-2,true,\"true\",\"3\"]" },
    };

    public static TheoryData<string, string> Faults => new()
    {
        { "!Select [5, [a]]", "Template error: Fn::Select cannot select nonexistent value at index 5" },
        { "!Select [x, [a]]", "Template error: Fn::Select requires a list argument with two elements: an integer index and a list" },
        { "!FindInMap [Nodes, staging, Type]", "Template error: Unable to get mapping for Nodes::staging::Type" },
        { "!FindInMap [Sizes, a, b]", "Template error: mapping named 'Sizes' is not present in the 'Mappings' section of template." },
        { "!If [IsMissing, a, b]", "Template error: unresolved condition dependency IsMissing in Fn::If" },
        { "!Equals [a]", "Template error: every Fn::Equals object requires a list of 2 string parameters." },
        { "!ImportValue missing", "No export named missing found." },
        {
            "!Split ['', a]",
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function "
            + "that returns a string to be split."
        },
        {
            "!Join [a, b]",
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a "
            + "function that returns a list of strings (such as Fn::GetAZs) to be joined."
        },
        { "!Cidr [10.0.0.0/30, 5, 8]", "Template error: Fn::Cidr cannot divide 10.0.0.0/30 into 5 parts of 8 bits" },
        { "Fn::Transform: {}", "Template error: LocalCloud does not support the intrinsic function Fn::Transform." },
    };

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Function_Gives_Its_Value(string expression, string expected)
    {
        var value = Resolve(expression);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), value), $"{expression} gave {value?.ToJsonString() ?? "nothing"}, expected {expected}.");
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Function_Is_Refused_In_The_Words_Of_AWS(string expression, string message)
    {
        var error = Assert.Throws<AwsServiceException>(() => Resolve(expression));

        Assert.Equal("ValidationError", error.Code);
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void NoValue_Gives_Nothing() => Assert.Null(Resolve("!Ref AWS::NoValue"));

    [Fact]
    public void Conditions_Are_Refused_When_They_Form_A_Circle()
    {
        var template = Template.Parse("""
            Conditions:
              A: !Not [!Condition B]
              B: !Not [!Condition A]
            Resources:
              Queue: {Type: 'AWS::SQS::Queue'}
            """);

        var error = Assert.Throws<AwsServiceException>(() => Resolver(template).Holds("A"));

        Assert.Contains("Circular dependency", error.Message);
    }

    private static JsonNode? Resolve(string expression)
    {
        var template = Template.Parse(Frame);
        return Resolver(template).Resolve(TemplateReader.Read($"Value: {(expression.StartsWith("Fn::", StringComparison.Ordinal) ? "\n  " : "")}{expression}")["Value"]);
    }

    private static TemplateResolver Resolver(Template template) => new(
        template,
        template.Parameters.Values.ToDictionary(parameter => parameter.Name, parameter => parameter.ToReference(parameter.Default!)),
        new PseudoParameters("000000000000", "us-east-1", "oith", "arn:aws:cloudformation:us-east-1:000000000000:stack/oith/1", []),
        new FixedReferences());

    private sealed class FixedReferences : IStackReferences
    {
        public JsonNode? FindResource(string logicalId) => "physical-" + logicalId;

        public JsonNode GetAttribute(string logicalId, string attribute) => $"{logicalId}.{attribute}";

        public string? FindExport(string name) => name == "missing" ? null : "imported " + name;
    }
}
