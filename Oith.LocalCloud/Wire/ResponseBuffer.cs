using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Oith.LocalCloud.Wire;

/// <summary>A reusable buffer with its JSON writer. Whoever rents one returns it, in a finally block.</summary>
internal sealed class ResponseBuffer
{
    private const int LargestKept = 1 << 20;

    private static readonly ConcurrentBag<ResponseBuffer> s_free = [];

    // AWS does not escape what JSON does not ask for; the answers are never embedded in HTML.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _buffer = new(4096);

    private ResponseBuffer() => Writer = new Utf8JsonWriter(_buffer, s_options);

    public Utf8JsonWriter Writer { get; }

    /// <summary>What was written and flushed so far; valid until <see cref="Return"/>.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public static ResponseBuffer Rent() => s_free.TryTake(out var buffer) ? buffer : new ResponseBuffer();

    public void Return()
    {
        if (_buffer.Capacity > LargestKept)
        {
            return;
        }

        _buffer.ResetWrittenCount();
        Writer.Reset();
        s_free.Add(this);
    }
}
