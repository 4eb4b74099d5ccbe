namespace Aspire.Hosting.LocalCloud;

/// <summary>Where LocalCloud's project file is.</summary>
internal sealed class LocalCloudProjectMetadata(string projectPath) : IProjectMetadata
{
    public string ProjectPath { get; } = projectPath;
}
