using Aspire.Hosting;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Aspire;

/// <summary>LocalCloud's project, as an app host that references it would see it.</summary>
internal sealed class LocalCloudProject : IProjectMetadata
{
    public string ProjectPath { get; } = Path.Combine(RepositoryFiles.Root, "Oith.LocalCloud", "Oith.LocalCloud.csproj");
}
