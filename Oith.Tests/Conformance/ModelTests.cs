using Oith.Tests.Fixtures;

namespace Oith.Tests.Conformance;

/// <summary>boto3 as the judge: what LocalCloud answers, against the models of AWS's services that botocore has.</summary>
public sealed class ModelTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    [Theory]
    [InlineData("sqs")]
    [InlineData("dynamodb")]
    [InlineData("sns")]
    [InlineData("events")]
    [InlineData("cloudwatch")]
    [InlineData("cloudformation")]
    [InlineData("lambda")]
    [InlineData("pipes")]
    [InlineData("scheduler")]
    [InlineData("small")]
    public async Task Answers_Are_What_The_Model_Says_And_Wrong_Types_Are_Refused(string scenario)
    {
        Assert.SkipWhen(ExternalTool.Find("python3") is null, "python3 is not installed.");
        var boto3 = await ExternalTool.RunAsync("python3", ["-c", "import boto3"]);
        Assert.SkipUnless(boto3.ExitCode == 0, "boto3 is not installed.");
        var script = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "Conformance", "model_judge.py");

        var judged = await ExternalTool.RunAsync("python3", [script, cloud.Endpoint.ToString(), scenario]);

        Assert.Equal("", judged.Output);
        Assert.True(judged.ExitCode == 0, judged.Error);
    }
}
