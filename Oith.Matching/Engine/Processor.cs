using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Oith.Matching.Engine;

/// <summary>What the processor can be told about memory that is read soon.</summary>
internal static class Processor
{
    /// <summary>Bytes that are fetched at once.</summary>
    public const int CacheLine = 64;

    /// <summary>Fetches without waiting; nothing where the processor has no such instruction. The reference may be to anywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch<T>(ref T soon)
    {
        if (Sse.IsSupported)
        {
            // No address is kept: should the collector move the object just now, the wrong line is fetched and nothing else.
#pragma warning disable CS8500 // the pointer is never dereferenced
            Sse.Prefetch0(Unsafe.AsPointer(ref soon));
#pragma warning restore CS8500
        }
    }

    /// <summary>As <see cref="Prefetch"/>, of an object's first bytes. That there is one is not made sure of, as that would wait for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void PrefetchObject<T>(ref T soon, int bytes = 1)
        where T : class
    {
        if (Sse.IsSupported)
        {
            var address = (byte*)Unsafe.As<T, nint>(ref soon);
            for (var line = 0; line < bytes; line += CacheLine)
            {
                Sse.Prefetch0(address + line);
            }
        }
    }
}
