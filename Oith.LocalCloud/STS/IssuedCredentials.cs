using System.Collections.Concurrent;

namespace Oith.LocalCloud.STS;

/// <summary>
/// The accounts of the latest 10,000 access keys that AssumeRole gave, since the start: whoever signs with one acts in the role's account.
/// </summary>
internal sealed class IssuedCredentials
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, string> _accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _oldestFirst = new();
    private readonly ConcurrentDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public IssuedCredentials() => _lookup = _accounts.GetAlternateLookup<ReadOnlySpan<char>>();

    public void Add(string accessKeyId, string accountId)
    {
        _accounts[accessKeyId] = accountId;
        _oldestFirst.Enqueue(accessKeyId);
        if (_oldestFirst.Count > Most && _oldestFirst.TryDequeue(out var oldest))
        {
            _accounts.TryRemove(oldest, out _);
        }
    }

    /// <summary>Null for a key that AssumeRole did not give.</summary>
    public string? FindAccount(ReadOnlySpan<char> accessKeyId) => _lookup.TryGetValue(accessKeyId, out var account) ? account : null;
}
