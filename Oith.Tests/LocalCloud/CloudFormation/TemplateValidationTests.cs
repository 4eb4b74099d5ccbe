using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class TemplateValidationTests
{
    public static TheoryData<string, string> Faults => new()
    {
        { "just text", "Template format error: unsupported structure." },
        { "{\"Resources\": {\"A\": }}", "Template format error: JSON not well-formed. (line 1, column 21)" },
        { "Resources:\n  A: [", "Template format error: YAML not well-formed. (line 3, column 1)" },
        { "Resources:\n  A:\n   :\n    Type: AWS::SNS::Topic\n    Condition: C\n", "Template format error: YAML not well-formed." },
        { "{}", "Template format error: At least one Resources member must be defined." },
        { "Resources: {A: text}", "Template format error: Any Resources member must be an object." },
        { "Resources: {A: {Properties: {}}}", "Template format error: [/Resources/A] Every Resources object must contain a Type member." },
        { "Resources: {A: {Type: 'AWS::SNS::Topic', Invalid: 10}}", "Invalid template resource property 'Invalid'" },
        { "Resources: {my-topic: {Type: 'AWS::SNS::Topic'}}", "Template format error: Resource name my-topic is non alphanumeric." },
        { "Resources: {A: {Type: 'AWS::Unknown::Thing'}}", "Template format error: Unrecognized resource types: [AWS::Unknown::Thing]" },
        { "Resorces: {}\nResources: {A: {Type: 'AWS::SNS::Topic'}}", "Invalid template property or properties [Resorces]" },
        {
            "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref Missing}}}",
            "Template format error: Unresolved resource dependencies [Missing] in the Resources block of the template"
        },
        {
            "Resources: {A: {Type: 'AWS::SNS::Topic', DependsOn: Missing}}",
            "Template format error: Unresolved resource dependencies [Missing] in the Resources block of the template"
        },
        {
            "Resources: {A: {Type: 'AWS::SNS::Topic'}}\nOutputs: {B: {Value: !Ref Missing}}",
            "Template format error: Unresolved resource dependencies [Missing] in the Outputs block of the template"
        },
        {
            "Resources: {A: {Type: 'AWS::SNS::Topic'}}\nOutputs: {B: {Value: !GetAtt A.Colour}}",
            "Template error: resource A does not support attribute type Colour in Fn::GetAtt"
        },
        {
            "Resources: {A: {Type: 'AWS::SNS::Topic'}}\nOutputs: {B: {Value: !GetAtt C.Arn}}",
            "Template error: instance of Fn::GetAtt references undefined resource C"
        },
        { "Resources: {A: {Type: 'AWS::SNS::Topic'}}\nOutputs: {B: {}}", "Template format error: Every Outputs member must contain a Value object" },
        { "Resources: {A: {Type: 'AWS::SNS::Topic'}}\nOutputs: {B: {Value: null}}", "[/Outputs/B/Value] 'null' values are not allowed in templates" },
        {
            "Mappings: {A: {B: {C: {D: 1}}}}\nResources: {A: {Type: 'AWS::SNS::Topic'}}",
            "Template format error: Every Mappings attribute must be a String or a List."
        },
        { "Mappings: {A: text}\nResources: {A: {Type: 'AWS::SNS::Topic'}}", "Template format error: Every Mappings member A must be a map" },
        {
            "Parameters: {A: {Type: Text}}\nResources: {A: {Type: 'AWS::SNS::Topic'}}", "Template format error: Unrecognized parameter type: Text"
        },
        { "Resources: {A: {Type: 'AWS::SNS::Topic', DeletionPolicy: Keep}}", "Template format error: Unrecognized DeletionPolicy Keep" },
        {
            "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: 'AWS::SNS::Topic'}}",
            "LocalCloud supports no transforms; the template asks for \"AWS::Serverless-2016-10-31\"."
        },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Template_Is_Refused_In_The_Words_Of_AWS(string body, string message)
    {
        var error = Assert.Throws<AwsServiceException>(() => Template.Parse(body));

        Assert.Equal("ValidationError", error.Code);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("{Type: String, AllowedValues: [a, b]}", "c", "Parameter 'P' must be one of AllowedValues")]
    [InlineData("{Type: String, AllowedPattern: '[a-z]+'}", "A", "Parameter 'P' must match pattern [a-z]+")]
    [InlineData("{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: only small letters}", "A", "Parameter 'P' failed to satisfy constraint: only small letters")]
    [InlineData("{Type: String, MinLength: 3}", "ab", "Parameter 'P' must contain at least 3 characters")]
    [InlineData("{Type: String, MaxLength: 3}", "abcd", "Parameter 'P' must contain at most 3 characters")]
    [InlineData("{Type: Number}", "x", "Parameter 'P' must be a number.")]
    [InlineData("{Type: Number, MinValue: 2}", "1", "Parameter 'P' must be a number not less than 2")]
    [InlineData("{Type: Number, MaxValue: 2}", "3", "Parameter 'P' must be a number not greater than 2")]
    [InlineData("{Type: List<Number>}", "1, x", "Parameter 'P' must be a number.")]
    [InlineData("{Type: 'AWS::EC2::Subnet::Id'}", "", "Parameter 'P' must be a valid AWS::EC2::Subnet::Id (subnet-…), it is ''")]
    public void Parameter_Value_Is_Refused_When_It_Breaks_A_Rule(string declaration, string value, string message)
    {
        var template = Template.Parse($"Parameters: {{P: {declaration}}}\nResources: {{A: {{Type: 'AWS::SNS::Topic'}}}}");

        var error = Assert.Throws<AwsServiceException>(() => template.Parameters["P"].CheckValue(value));

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Json_And_Yaml_Give_The_Same_Tree()
    {
        var yaml = TemplateReader.Read("Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 5\n      QueueName: !Sub '${AWS::StackName}-a'\n");
        var json = TemplateReader.Read(
            """{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5, "QueueName": {"Fn::Sub": "${AWS::StackName}-a"}}}}}""");

        Assert.Equal(json.ToJsonString(), yaml.ToJsonString());
    }
}
