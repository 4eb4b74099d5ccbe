using System.Collections.Frozen;

namespace Oith.LocalCloud.StepFunctions.Integrations;

/// <summary>
/// The services and actions that <c>aws-sdk</c> resources may name. The table AwsSdkActions.txt is printed by
/// Oith.Tests/LocalCloud/StepFunctions/aws_sdk_actions.py, which documents its form; a service's line is read when a definition first names it.
/// </summary>
internal static class AwsSdkActions
{
    private const char NoVerb = '_';

    private static readonly Lazy<Table> s_table = new(Table.Read);

    /// <param name="service">The service as the resource names it: <c>dynamodb</c>.</param>
    /// <param name="action">The action as the resource names it: <c>getItem</c>.</param>
    public static bool Exists(string service, string action) =>
        s_table.Value.Services.TryGetValue(service, out var actions) && char.IsAsciiLetterLower(action[0]) && actions.Value.Contains(action);

    /// <summary>The actions of a service, none of an unknown one.</summary>
    public static IReadOnlyCollection<string> Of(string service) => s_table.Value.Services.TryGetValue(service, out var actions) ? actions.Value : [];

    private static FrozenSet<string> Actions(string nouns, string[] verbs)
    {
        var actions = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in nouns.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var dot = entry.IndexOf('.', StringComparison.Ordinal);
            foreach (var letter in entry.AsSpan(0, dot))
            {
                var operation = (letter == NoVerb ? "" : verbs[char.IsAsciiLetterLower(letter) ? letter - 'a' : letter - 'A' + 26]) + entry[(dot + 1)..];
                actions.Add(char.ToLowerInvariant(operation[0]) + operation[1..]);
            }
        }

        return actions.ToFrozenSet(StringComparer.Ordinal);
    }

    private sealed record Table(FrozenDictionary<string, Lazy<FrozenSet<string>>> Services)
    {
        public static Table Read()
        {
            using var stream = typeof(AwsSdkActions).Assembly.GetManifestResourceStream("StepFunctions/AwsSdkActions")!;
            using var reader = new StreamReader(stream);
            var verbs = reader.ReadLine()!.Split(' ');
            var services = new Dictionary<string, Lazy<FrozenSet<string>>>(StringComparer.Ordinal);
            string? service = null;
            var nouns = "";
            while (reader.ReadLine() is { } line)
            {
                if (line[0] == ' ')
                {
                    nouns += line;
                    continue;
                }

                Add();
                var end = line.IndexOf(' ', StringComparison.Ordinal);
                (service, nouns) = (line[..end], line[end..]);
            }

            Add();
            return new Table(services.ToFrozenDictionary(StringComparer.Ordinal));

            void Add()
            {
                if (service is not null)
                {
                    var own = nouns;
                    services[service] = new Lazy<FrozenSet<string>>(() => Actions(own, verbs));
                }
            }
        }
    }
}
