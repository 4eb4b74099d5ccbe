using Oith.Tests.Infrastructure;

namespace Oith.Tests.Architecture;

public sealed class ArchitectureDocumentTests
{
    private static readonly string[] s_built = ["bin", "obj"];

    [Theory, InlineData("Oith.Matching"), InlineData("Oith.LocalCloud")]
    public void Every_Folder_Stands_In_The_Table(string project)
    {
        var document = RepositoryFiles.Read("docs", "architecture.md");
        var folders = new DirectoryInfo(Path.Combine(RepositoryFiles.Root, project)).EnumerateDirectories()
            .Where(folder => !s_built.Contains(folder.Name) && folder.EnumerateFiles("*.cs", SearchOption.AllDirectories).Any())
            .Select(folder => folder.Name)
            .ToList();

        Assert.NotEmpty(folders);
        Assert.DoesNotContain(folders, folder => !document.Contains($"| `{project}/{folder}` |", StringComparison.Ordinal));
    }
}
