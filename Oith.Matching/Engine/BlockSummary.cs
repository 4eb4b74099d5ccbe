using System.Runtime.Intrinsics;

namespace Oith.Matching.Engine;

/// <summary>
/// The codes that the records of a block have at the two levels of <see cref="BucketKey"/> below its bucket's depth: a bit each, from the low end
/// 16 for the one level and 16 for the next. In a sorted bucket they are few, so that a search passes by most blocks without touching them.
/// </summary>
internal static class BlockSummary
{
    public const int Size = sizeof(uint);

    /// <summary>How many are looked at in one call.</summary>
    public const int Batch = 32;

    private const int Codes = 16;

    public static uint Of(uint key, int depth) => 1u << BucketKey.CodeOrNone(key, depth) | 1u << Codes + BucketKey.CodeOrNone(key, depth + 1);

    /// <summary>Those of the summaries at whose blocks somebody may fit who loses no more points than may be lost.</summary>
    /// <param name="summaries">Reading 32 bytes from the start of every eighth must be allowed.</param>
    /// <param name="count">At most <see cref="Batch"/>.</param>
    /// <param name="mayLose">Of the bucket's bound; negative when nothing may be.</param>
    /// <param name="mostOfInterests">The points that shared interests have in the bound.</param>
    /// <param name="needed">Receives for each how many points somebody there needs of interests; room for <see cref="Batch"/>.</param>
    /// <returns>A bit for each.</returns>
    public static uint Promising(ref byte summaries, int count, in SoughtCodes sought, int mayLose, int mostOfInterests, ref int needed)
    {
        var promising = 0u;
        for (var first = 0; first < count; first += Vector256<uint>.Count)
        {
            var codes = Vector256.LoadUnsafe(ref summaries, (nuint)(first * Size)).AsUInt32();
            var lost = Vector256.Equals((codes & Vector256.Create(sought.Best)).AsUInt16(), Vector256<ushort>.Zero) & Vector256.Create(sought.Worth).AsUInt16();
            // All bits, and so more than may be lost.
            lost |= Vector256.Equals((codes & Vector256.Create(sought.Fitting)).AsUInt16(), Vector256<ushort>.Zero);
            var sum = ((lost.AsUInt32() & Vector256.Create((uint)ushort.MaxValue)) + Vector256.ShiftRightLogical(lost.AsUInt32(), Codes)).AsInt32();
            promising |= Vector256.LessThanOrEqual(sum, Vector256.Create(mayLose)).ExtractMostSignificantBits() << first;
            Vector256.Max(sum + Vector256.Create(mostOfInterests - mayLose), Vector256<int>.Zero).StoreUnsafe(ref needed, (nuint)first);
        }

        return promising & uint.MaxValue >> (Batch - count);
    }
}

/// <summary>What a seeker makes of the codes in a <see cref="BlockSummary"/>, in the same places.</summary>
/// <param name="Fitting">Those that do not rule a candidate out.</param>
/// <param name="Best">Those that are worth the most.</param>
/// <param name="Worth">How many points that is: 16 bits for each of the two levels.</param>
internal readonly record struct SoughtCodes(uint Fitting, uint Best, uint Worth);
