using Microsoft.Extensions.Options;
using Oith.Matching;

namespace Oith.Tests.Architecture;

/// <summary>
/// The floors of Oith.Matching: a folder may use the folders of the floors below, and folders of its own floor as long as no circle
/// comes of it.
/// </summary>
public sealed class MatchingFloorTests
{
    private const string Root = "Oith.Matching";
    private const string Application = "";

    private static readonly string[][] s_floors =
    [
        ["Geo", "Profiles", "Compatibility"],
        ["Engine"],
        ["Settings", "Telemetry", "Storage", "Redis", "Caching", "Changes"],
        ["Candidates", "Decks", "Exclusions", "Matches", "Requests", "Blocks", "Erasure", "Notifications"],
        ["Api", "Workflow"],
        [Application],
    ];

    private static readonly string[] s_rules = s_floors[0];

    private static readonly IReadOnlySet<TypeUse> s_uses = TypeDependencies.Of(typeof(MatchingApplication).Assembly);

    private static IEnumerable<TypeUse> BetweenFolders =>
        s_uses.Where(use => FolderOf(use.User) is { } user && FolderOf(use.Used) is { } used && user != used);

    [Fact]
    public void Every_Folder_Stands_On_A_Floor() => Assert.Equal(
        s_floors.SelectMany(floor => floor).Order(StringComparer.Ordinal),
        s_uses.Select(use => FolderOf(use.User)).OfType<string>().Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void No_Folder_Uses_A_Floor_Above_Its_Own() =>
        Assert.Empty(BetweenFolders.Where(use => FloorOf(use.User) < FloorOf(use.Used)).Select(use => use.ToString()).Order(StringComparer.Ordinal));

    [Fact]
    public void No_Folders_Use_Each_Other_In_A_Circle()
    {
        var uses = BetweenFolders.Select(use => (User: FolderOf(use.User)!, Used: FolderOf(use.Used)!)).Distinct().ToList();
        // Takes away, again and again, the folders that use none of those left; what remains is in a circle or uses one.
        var left = uses.SelectMany(use => new[] { use.User, use.Used }).ToHashSet(StringComparer.Ordinal);
        while (left.RemoveWhere(folder => !uses.Exists(use => use.User == folder && left.Contains(use.Used))) > 0)
        {
        }

        Assert.Empty(left.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_Rules_Use_Nothing_But_System() => Assert.Empty(
        s_uses
            .Where(use => s_rules.Contains(FolderOf(use.User)) && !s_rules.Contains(FolderOf(use.Used)))
            .Where(use => use.Used.Namespace is not { } name || (name != "System" && !name.StartsWith("System.", StringComparison.Ordinal)))
            .Select(use => use.ToString()).Order(StringComparer.Ordinal));

    [Fact]
    public void The_Service_Never_References_The_Emulator() => Assert.DoesNotContain(
        typeof(MatchingApplication).Assembly.GetReferencedAssemblies(), reference => reference.Name == "Oith.LocalCloud");

    [Fact]
    public void All_Options_Have_A_Validator()
    {
        var types = typeof(MatchingApplication).Assembly.GetTypes();
        var options = types
            .SelectMany(type => type.GetConstructors().SelectMany(constructor => constructor.GetParameters()))
            .Select(parameter => parameter.ParameterType)
            .Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IOptions<>))
            .Select(type => type.GetGenericArguments()[0])
            .Distinct()
            .ToList();
        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Contains(
            types, type => typeof(IValidateOptions<>).MakeGenericType(option).IsAssignableFrom(type)));
    }

    private static int FloorOf(Type type) => Array.FindIndex(s_floors, floor => floor.Contains(FolderOf(type)));

    // The folder is the first part of the namespace below the project's; null for what is not of the project, or generated outside of it.
    private static string? FolderOf(Type type) => type.Namespace switch
    {
        Root => Application,
        { } name when name.StartsWith(Root + '.', StringComparison.Ordinal) => name[(Root.Length + 1)..].Split('.')[0],
        _ => null,
    };
}
