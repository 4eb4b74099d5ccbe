using Oith.Matching.Compatibility;
using Oith.Matching.Engine;
using Oith.Matching.Profiles;

namespace Oith.Tests.Matching.Engine;

/// <summary>The rules read one by one over everybody, then sorted: what the engine must answer.</summary>
internal static class PlainReference
{
    public static Candidate[] FindTop(
        IEnumerable<Profile> people, Profile seeker, IReadOnlySet<string> excluded, DateTimeOffset seenSince, int count) =>
    [
        .. people
            .Where(person => person.Email != seeker.Email && !excluded.Contains(person.Email)
                && person.IsVisible && person.ActiveMatchEmail is null && person.LastSeen >= seenSince
                && PreferenceRules.IsReciprocal(seeker, person))
            .Select(person => new Candidate(
                person.Email, CompatibilityScore.Of(seeker, person), PreferenceRules.Distance(seeker, person)!.Value))
            .Order()
            .Take(count),
    ];
}
