using System.Text.Json;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;
using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Wire;

/// <summary>The tables of input shapes, and what a call is told that does not fit.</summary>
public sealed class InputShapesTests
{
    private static readonly string s_folder = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.LocalCloud", "Wire", "Shapes", "Tables");

    // The signing name of CloudWatch is not its name in the models.
    private static readonly Dictionary<string, string> s_modelNames = new() { ["monitoring"] = "cloudwatch" };

    public static TheoryData<string> Tables { get; } = [.. Directory.GetFiles(s_folder).Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    private static string[] Operations(string[] lines) =>
        [.. lines.Select(line => line.Split(": ")).Where(line => line[1].StartsWith("structure", StringComparison.Ordinal)).Select(line => line[0])];

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Table_Is_What_The_Model_Of_The_AWS_CLI_Says(string service)
    {
        Assert.SkipWhen(ExternalTool.Find("python3") is null, "python3 is not installed.");
        var known = await ExternalTool.RunAsync("python3", ["-c", "import botocore.session; print(botocore.__version__)"]);
        Assert.SkipUnless(known.ExitCode == 0 && known.Output.StartsWith("1.43.", StringComparison.Ordinal), "The models of botocore 1.43 are not installed.");
        var text = await File.ReadAllTextAsync(Path.Combine(s_folder, service + ".txt"), TestContext.Current.CancellationToken);
        var script = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "LocalCloud", "Wire", "shapes.py");
        var operations = await ExternalTool.RunAsync(
            "python3", ["-c", "import sys, botocore.session; print(' '.join(botocore.session.get_session().get_service_model(sys.argv[1]).operation_names))", ModelOf(service)]);
        var own = Operations(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Intersect(operations.Output.Trim().Split(' '));

        var printed = await ExternalTool.RunAsync("python3", [script, .. service == "monitoring" ? new[] { "--optional" } : [], ModelOf(service), .. own]);

        Assert.Equal("", printed.Error);
        Assert.Equal(text, printed.Output);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_Can_Be_Read(string service)
    {
        var shapes = InputShapes.Of(service);
        var lines = File.ReadAllLines(Path.Combine(s_folder, service + ".txt"));

        foreach (var name in lines.Select(line => line.Split(": ")[0]))
        {
            var shape = shapes.Find(name);
            Assert.NotNull(shape);
            Assert.All(shape.Members.Values, member => Assert.NotNull(shapes.Find(member.Shape)));
            Assert.True(shape.Item is null || shapes.Find(shape.Item) is not null);
        }
    }

    [Theory]
    [InlineData("PutRule", "{}", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null")]
    [InlineData(
        "PutRule",
        """{"Name": "a b", "State": "ON"}""",
        """2 validation errors detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+; """
        + "Value 'ON' at 'state' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]")]
    [InlineData(
        "ListRules", """{"Limit": 0}""", "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData(
        "PutTargets",
        """{"Rule": "r", "Targets": [{"Id": "1"}]}""",
        "1 validation error detected: Value null at 'targets.1.member.arn' failed to satisfy constraint: Member must not be null")]
    [InlineData("PutRule", """{"Name": "r", "Nmae": "r"}""", "LocalCloud does not know the member Nmae of PutRule.")]
    public void Input_Is_Refused_In_AWS_Words_When_It_Breaks_A_Constraint(string operation, string input, string message)
    {
        var error = Assert.Throws<AwsServiceException>(() => Check(operation, input, AwsProtocol.Json));

        Assert.Equal("ValidationException", error.Code);
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("PutRule", """{"Name": 7}""")]
    [InlineData("ListRules", """{"Limit": "7"}""")]
    [InlineData("PutTargets", """{"Rule": "r", "Targets": ["x"]}""")]
    [InlineData("PutRule", """{"Name": "r", "Tags": {}}""")]
    public void Input_Of_A_Wrong_Type_Cannot_Be_Serialized(string operation, string input) =>
        Assert.Equal("SerializationException", Assert.Throws<AwsServiceException>(() => Check(operation, input, AwsProtocol.Json)).Code);

    [Fact]
    public void Number_May_Be_A_Text_When_The_Protocol_Knows_Texts_Only() => Check("ListRules", """{"Limit": "7"}""", AwsProtocol.Query);

    private static string ModelOf(string service) => s_modelNames.GetValueOrDefault(service, service);

    private static void Check(string operation, string input, AwsProtocol protocol)
    {
        using var document = JsonDocument.Parse(input);
        InputCheck.Run(InputShapes.Of("events"), new AwsCall("events", operation, document.RootElement) { Protocol = protocol });
    }
}
