using System.Collections.Concurrent;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>The profiles with a fact that has no code, by the address of their e-mail.</summary>
internal sealed class WideProfiles
{
    private readonly ConcurrentDictionary<uint, Profile> _profiles = new();

    public int Count => _profiles.Count;

    public Profile? Find(uint address) => _profiles.GetValueOrDefault(address);

    public void Set(uint address, Profile profile) => _profiles[address] = profile;

    public void Remove(uint address) => _profiles.TryRemove(address, out _);
}
