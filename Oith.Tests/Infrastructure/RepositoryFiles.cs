namespace Oith.Tests.Infrastructure;

/// <summary>Files of the clone that the tests run from.</summary>
internal static class RepositoryFiles
{
    /// <summary>The folder that holds Oith.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string InfrastructureFolder => Path.Combine(Root, "infrastructure");

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Oith.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No Oith.sln above {AppContext.BaseDirectory}.");
    }
}
