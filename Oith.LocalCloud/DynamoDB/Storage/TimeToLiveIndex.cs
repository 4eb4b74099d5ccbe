using System.Text;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.LocalCloud.DynamoDB.Storage;

/// <summary>The items that have a time to live, soonest first.</summary>
internal sealed class TimeToLiveIndex(string attribute)
{
    /// <summary>DynamoDB leaves alone what expired longer ago: it is more likely a mistake than a time.</summary>
    private static readonly TimeSpan s_oldest = TimeSpan.FromDays(5 * 365.25);

    private readonly byte[] _attribute = Encoding.UTF8.GetBytes(attribute);
    private readonly SortedDictionary<long, HashSet<byte[]>> _keys = [];

    public void Update(byte[] key, Item? old, Item? current)
    {
        var (before, after) = (SecondsOf(old), SecondsOf(current));
        if (before == after)
        {
            return;
        }

        if (before is { } gone && _keys.TryGetValue(gone, out var keys))
        {
            keys.Remove(key);
            if (keys.Count == 0)
            {
                _keys.Remove(gone);
            }
        }

        if (after is { } added)
        {
            if (!_keys.TryGetValue(added, out var same))
            {
                _keys[added] = same = new HashSet<byte[]>(KeyComparer.Instance);
            }

            same.Add(key);
        }
    }

    public byte[]? FirstExpired(DateTimeOffset now)
    {
        var oldest = (now - s_oldest).ToUnixTimeSeconds();
        foreach (var (seconds, keys) in _keys)
        {
            if (seconds > now.ToUnixTimeSeconds())
            {
                return null;
            }

            if (seconds >= oldest)
            {
                return keys.First();
            }
        }

        return null;
    }

    private long? SecondsOf(Item? item)
    {
        var value = item is null ? default : item[_attribute];
        return value.IsPresent && value.Type == AttributeType.N ? NumberEncoding.ToInt64(value.Scalar) : null;
    }

    private sealed class KeyComparer : IEqualityComparer<byte[]>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(byte[]? left, byte[]? right) => left.AsSpan().SequenceEqual(right);

        public int GetHashCode(byte[] key)
        {
            var hash = new HashCode();
            hash.AddBytes(key);
            return hash.ToHashCode();
        }
    }
}
