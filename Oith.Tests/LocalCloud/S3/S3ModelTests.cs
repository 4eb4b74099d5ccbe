using Oith.Tests.Conformance;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.S3;

/// <summary>S3 against botocore's model of it, and against boto3 as a client.</summary>
public sealed class S3ModelTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    [Theory]
    [InlineData("refusals")]
    [InlineData("expect")]
    public async Task What_Is_Not_Implemented_Is_Refused_And_Touches_Nothing(string scenario)
    {
        Assert.SkipWhen(ExternalTool.Find("python3") is null, "python3 is not installed.");
        var boto3 = await ExternalTool.RunAsync("python3", ["-c", "import boto3"]);
        Assert.SkipUnless(boto3.ExitCode == 0, "boto3 is not installed.");
        var script = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "LocalCloud", "S3", "s3_model.py");

        var judged = await ExternalTool.RunAsync("python3", [script, scenario, cloud.Endpoint.ToString()]);

        Assert.Equal("", judged.Output);
        Assert.True(judged.ExitCode == 0, judged.Error);
    }
}
