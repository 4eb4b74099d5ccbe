using System.Text.RegularExpressions;

namespace Oith.Tests.Infrastructure;

/// <summary>Every link of a document to a file, folder or heading of this repository leads somewhere.</summary>
public sealed partial class DocumentLinkTests
{
    private static readonly string[] s_generated = ["bin", "obj", "artifacts", "node_modules", ".git"];

    [Fact]
    public void Links_Lead_To_Files_And_Headings_That_Exist()
    {
        var documents = Documents(new DirectoryInfo(RepositoryFiles.Root)).ToList();

        Assert.Contains(documents, document => document.Name == "README.md");
        Assert.Empty(documents.SelectMany(Broken));
    }

    private static IEnumerable<FileInfo> Documents(DirectoryInfo folder) => folder.EnumerateFiles("*.md").Concat(
        folder.EnumerateDirectories().Where(child => !s_generated.Contains(child.Name)).SelectMany(Documents));

    private static IEnumerable<string> Broken(FileInfo document)
    {
        foreach (var target in Links(File.ReadAllText(document.FullName)))
        {
            var (path, heading) = target.Split('#') is [var file, var anchor] ? (file, anchor) : (target, "");
            var full = path.Length == 0 ? document.FullName : Path.GetFullPath(Path.Combine(document.DirectoryName!, path));
            if (!Path.Exists(full))
            {
                yield return $"{document.Name}: {target} does not exist.";
            }
            else if (heading.Length > 0 && !Headings(File.ReadAllText(full)).Contains(heading))
            {
                yield return $"{document.Name}: {target} has no such heading.";
            }
        }
    }

    private static IEnumerable<string> Links(string text) => Link().Matches(Fence().Replace(text, ""))
        .Select(match => match.Groups["target"].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal));

    // As GitHub names them: small letters, punctuation left out, spaces as hyphens.
    private static HashSet<string> Headings(string text) =>
    [
        .. Heading().Matches(Fence().Replace(text, "")).Select(match =>
            Punctuation().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"(?<!`)\]\((?<target>[^)\s`]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[^\p{L}\p{N}\- _]")]
    private static partial Regex Punctuation();
}
