using System.Security.Cryptography;
using System.Text.Json;

namespace Oith.LocalCloud.DynamoDB.Operations;

/// <summary>Remembers for ten minutes which transactions were carried out, so that a repeated one changes nothing.</summary>
internal sealed class IdempotencyTokens(TimeProvider time)
{
    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _digests = new(StringComparer.Ordinal);
    private readonly Queue<(DateTimeOffset Ends, string Token)> _ends = new();

    /// <summary>Was the request of this <see cref="Digest"/> carried out before?</summary>
    /// <exception cref="Wire.AwsServiceException">IdempotentParameterMismatchException: another request had the token.</exception>
    public bool IsRepeated(string token, byte[] digest)
    {
        lock (_lock)
        {
            while (_ends.TryPeek(out var first) && first.Ends <= time.GetUtcNow())
            {
                _digests.Remove(_ends.Dequeue().Token);
            }

            return _digests.TryGetValue(token, out var former)
                && (former.AsSpan().SequenceEqual(digest) ? true : throw DynamoDBError.IdempotentParameterMismatch());
        }
    }

    public void Add(string token, byte[] digest)
    {
        lock (_lock)
        {
            _digests[token] = digest;
            _ends.Enqueue((time.GetUtcNow() + s_kept, token));
        }
    }

    /// <summary>Tells requests apart; the order of an object's members is no difference.</summary>
    public static byte[] Digest(JsonElement request)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WriteSorted(writer, request);
        }

        return SHA256.HashData(buffer.WrittenSpan);
    }

    private static void WriteSorted(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    WriteSorted(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var element in value.EnumerateArray())
                {
                    WriteSorted(writer, element);
                }

                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
