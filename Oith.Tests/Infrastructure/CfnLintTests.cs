using Oith.Tests.Fixtures;

namespace Oith.Tests.Infrastructure;

public sealed class CfnLintTests
{
    [Fact]
    public async Task Templates_Are_Clean()
    {
        var lint = ExternalTool.Find("cfn-lint");
        Assert.SkipWhen(lint is null, "cfn-lint is not installed.");

        var result = await ExternalTool.RunAsync(lint, [.. Template.Stacks.Select(stack => Path.Combine(RepositoryFiles.InfrastructureFolder, $"cloudformation-{stack}.yaml"))]);

        Assert.Equal((0, ""), (result.ExitCode, result.Output + result.Error));
    }
}
