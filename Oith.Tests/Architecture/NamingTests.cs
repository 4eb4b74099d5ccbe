using System.Reflection;
using System.Text.RegularExpressions;

namespace Oith.Tests.Architecture;

public sealed partial class NamingTests
{
    /// <summary>The assemblies of this solution that lie beside the tests.</summary>
    public static TheoryData<string> Assemblies => new(
        Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => name.StartsWith("Oith.", StringComparison.Ordinal) || name is "Aspire.Hosting.CloudFormation" or "Aspire.Hosting.LocalCloud")
            .Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Assemblies))]
    public void No_Type_Is_Named_Utils_Helper_Or_Manager(string assembly) =>
        Assert.DoesNotContain(Assembly.Load(assembly).GetTypes(), type => IsOwn(type) && PurposelessName.IsMatch(type.Name));

    // Source generators write into namespaces of .NET.
    private static bool IsOwn(Type type) =>
        type.Namespace is { } name && (name.StartsWith("Oith", StringComparison.Ordinal) || name.StartsWith("Aspire.Hosting", StringComparison.Ordinal));

    [GeneratedRegex("(Utils?|Utility|Utilities|Helpers?|Manager)(`[0-9]+)?$")]
    private static partial Regex PurposelessName { get; }
}
