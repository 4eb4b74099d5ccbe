using System.Buffers.Binary;

namespace Oith.LocalCloud.SQS;

/// <summary>What a receipt handle says: one receive of one message of one queue. Opaque to clients.</summary>
/// <param name="Queue">The queue's id, which a deleted and re-created queue does not keep.</param>
/// <param name="Number">The message's number.</param>
/// <param name="ReceiveCount">The message's receive count at that receive.</param>
internal readonly record struct ReceiptHandle(Guid Queue, long Number, int ReceiveCount)
{
    private const int Length = 28;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        Queue.TryWriteBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], ReceiveCount);
        return "AQEB" + Convert.ToBase64String(bytes);
    }

    public static bool TryParse(string text, out ReceiptHandle handle)
    {
        Span<byte> bytes = stackalloc byte[Length];
        if (!text.StartsWith("AQEB", StringComparison.Ordinal)
            || !Convert.TryFromBase64Chars(text.AsSpan(4), bytes, out var written)
            || written != Length)
        {
            handle = default;
            return false;
        }

        handle = new ReceiptHandle(
            new Guid(bytes[..16]), BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]));
        return true;
    }
}
