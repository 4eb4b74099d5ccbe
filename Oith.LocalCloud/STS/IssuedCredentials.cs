using System.Collections.Concurrent;

namespace Oith.LocalCloud.STS;

/// <summary>The accounts of the access keys that AssumeRole gave, of the latest thousands: whoever signs with one acts in the role's account.</summary>
internal sealed class IssuedCredentials
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, string> _accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public IssuedCredentials() => _lookup = _accounts.GetAlternateLookup<ReadOnlySpan<char>>();

    public void Add(string accessKeyId, string accountId)
    {
        if (_accounts.Count >= Most)
        {
            _accounts.Clear();
        }

        _accounts[accessKeyId] = accountId;
    }

    /// <summary>Null for a key that AssumeRole did not give.</summary>
    public string? FindAccount(ReadOnlySpan<char> accessKeyId) => _lookup.TryGetValue(accessKeyId, out var account) ? account : null;
}
