using Oith.StressTest.Crowds;
using Oith.StressTest.Load;

namespace Oith.StressTest.Invariants;

/// <summary>What the tables and queues hold when a load is over and everything has come to rest. People are numbers.</summary>
/// <param name="History">Who is not shown whom again.</param>
/// <param name="Blocks">Who blocked whom.</param>
/// <param name="DeadLetters">Requests in the dead-letter queue.</param>
internal sealed record StoredState(
    IReadOnlyDictionary<int, StoredHand> Hands,
    IReadOnlySet<(int User, int Match)> History,
    IReadOnlySet<(int Blocker, int Blocked)> Blocks,
    IReadOnlyDictionary<int, StoredProfile> Profiles,
    IReadOnlyDictionary<Guid, StoredRequest> Requests,
    IReadOnlyList<StoredNotification> Notifications,
    IReadOnlySet<Guid> DeadLetters);

/// <param name="Owner">Whose item says that it is; must be the one whose key it has.</param>
/// <param name="Unannounced">A connection whose notifications are still to be sent.</param>
internal sealed record StoredHand(int Owner, int Match, Hand State, bool Unannounced = false);

/// <param name="Revision">Which version the tool has put; 0 for none.</param>
/// <param name="ActiveMatch">0 for none.</param>
internal sealed record StoredProfile(int Revision, int ActiveMatch);

/// <param name="Match">0 for nobody.</param>
internal sealed record StoredRequest(RequestState State, int Match);

internal sealed record StoredNotification(string Id, string Type, int User, int Match);
