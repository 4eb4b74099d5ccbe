using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Oith.Matching.Compatibility;

namespace Oith.Matching.Engine;

/// <summary>
/// Holds up to 32 records at once against a seeker: everything but distance, last visit and exclusions, which only survivors
/// are asked. Three forms of the same: 256 bits (AVX2), 128 bits (any processor with vectors), and one record at a time.
/// </summary>
internal static class BlockFilter
{
    public const int Lanes = 32;

    /// <summary>Bytes of a block that is as wide as can be.</summary>
    public const int BlockSize = Lanes * PackedProfile.HotSize;

    private const int InterestPlanes = sizeof(uint);

    /// <summary>Finds the records that fit and reach <paramref name="threshold"/>.</summary>
    /// <param name="hot">The first plane; reading 32 bytes from the start of each plane must be allowed.</param>
    /// <param name="stride">Bytes from one plane to the next: the records that the block has room for.</param>
    /// <param name="needed">Points that whoever reaches the threshold has of interests at least.</param>
    /// <param name="compatibilities">Receives the compatibility of each record that fits; the rest is undefined.</param>
    /// <returns>A bit for each record; beyond the records that there are, undefined.</returns>
    public static uint Run(ref byte hot, nuint stride, int needed, Seeker seeker, int threshold, ref byte compatibilities)
    {
        if (Avx2.IsSupported)
        {
            var only = 1u;
            NextAvx2(ref hot, ref only, stride, ref needed, seeker, threshold, ref compatibilities, out var lanes);
            return lanes;
        }

        if (Vector128.IsHardwareAccelerated)
        {
            var low = Run128(ref hot, stride, seeker, threshold, ref compatibilities);
            return stride <= (nuint)Vector128<byte>.Count
                ? low
                : low | Run128(ref Unsafe.Add(ref hot, Vector128<byte>.Count), stride, seeker, threshold,
                    ref Unsafe.Add(ref compatibilities, Vector128<byte>.Count)) << Vector128<byte>.Count;
        }

        return RunScalar(ref hot, stride, seeker, threshold, ref compatibilities);
    }

    /// <summary>Finds the next block that somebody fits in.</summary>
    /// <param name="hot">The first plane of the first block; all of them are as wide as can be.</param>
    /// <param name="blocks">A bit for each block to look at; those that were looked at are taken from it.</param>
    /// <param name="needed">As for <see cref="Run"/>, of each block.</param>
    /// <param name="lanes">As <see cref="Run"/> tells of the block; 0 when there is none.</param>
    /// <returns>Its number.</returns>
    public static int Next(ref byte hot, ref uint blocks, ref int needed, Seeker seeker, int threshold, ref byte compatibilities, out uint lanes)
    {
        if (Avx2.IsSupported)
        {
            return NextAvx2(ref hot, ref blocks, Lanes, ref needed, seeker, threshold, ref compatibilities, out lanes);
        }

        int block;
        do
        {
            block = BitOperations.TrailingZeroCount(blocks);
            blocks &= blocks - 1;
            lanes = Run(ref Unsafe.Add(ref hot, block * BlockSize), Lanes, Unsafe.Add(ref needed, block), seeker, threshold, ref compatibilities);
        }
        while (lanes == 0 && blocks != 0);
        return block;
    }

    // Inlined, so that the offsets of the planes are constants where the stride is one. Interests first: they rule out most, and where they rule
    // out all, no other plane is fetched.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NextAvx2(
        ref byte hot, ref uint blocks, nuint stride, ref int needed, Seeker seeker, int threshold, ref byte compatibilities, out uint lanes)
    {
        ref var tables = ref Unsafe.AsRef(in seeker.Tables);
        ref var leastShared = ref Unsafe.AsRef(in seeker.LeastShared);
        var nibble = Vector256.Create((byte)15);
        var block = 0;
        for (var left = blocks; left != 0;)
        {
            block = BitOperations.TrailingZeroCount(left);
            left &= left - 1;
            ref var planes = ref Unsafe.Add(ref hot, block * BlockSize);
            var counts = Vector256<byte>.Zero;
            for (var i = 0; i < InterestPlanes; i++)
            {
                var interests = Vector256.LoadUnsafe(ref planes, (nuint)(Plane.Interests + i) * stride);
                counts += Low(ref tables, SeekerTable.Interests + 2 * i, interests) + High(ref tables, SeekerTable.Interests + 2 * i + 1, interests);
            }

            var shared = counts & nibble;
            var theirs = Vector256.ShiftRightLogical(counts.AsUInt16(), 4).AsByte() & nibble;
            var least = Avx2.Shuffle(Table(ref leastShared, Unsafe.Add(ref needed, block)), theirs);
            var fits = Vector256.Equals(Vector256.Max(shared, least), shared);
            if (fits == Vector256<byte>.Zero)
            {
                continue;
            }

            var mine = Vector256.Create(seeker.Age);
            var age = Vector256.LoadUnsafe(ref planes, Plane.Age * stride) - Vector256.Create(seeker.AgeMin);
            var ageMin = Vector256.LoadUnsafe(ref planes, Plane.AgeMin * stride);
            var ageMax = Vector256.LoadUnsafe(ref planes, Plane.AgeMax * stride);
            fits &= Vector256.Equals(Vector256.Min(age, Vector256.Create(seeker.AgeSpan)), age)
                & Vector256.Equals(Vector256.Min(ageMin, mine), ageMin)
                & Vector256.Equals(Vector256.Max(ageMax, mine), ageMax);

            var lists = Vector256.LoadUnsafe(ref planes, Plane.AcceptedSmokingAndDrinking * stride);
            var wanted = Vector256.LoadUnsafe(ref planes, Plane.WantedReligionAndChildren * stride);
            var smokingDrinking = Vector256.LoadUnsafe(ref planes, Plane.SmokingAndDrinking * stride);
            var exerciseChildren = Vector256.LoadUnsafe(ref planes, Plane.ExerciseAndChildren * stride);
            var religionLookingFor = Vector256.LoadUnsafe(ref planes, Plane.ReligionAndLookingFor * stride);
            // Sums saturate, so that a rejection stays one however many there are.
            var points = Avx2.AddSaturate(
                Avx2.AddSaturate(
                    Avx2.AddSaturate(Low(ref tables, SeekerTable.AcceptedSmoking, lists), High(ref tables, SeekerTable.AcceptedDrinking, lists)),
                    Avx2.AddSaturate(Low(ref tables, SeekerTable.WantedReligion, wanted), High(ref tables, SeekerTable.WantedChildren, wanted))),
                Avx2.AddSaturate(
                    Avx2.AddSaturate(Low(ref tables, SeekerTable.Smoking, smokingDrinking), High(ref tables, SeekerTable.Drinking, smokingDrinking)),
                    Avx2.AddSaturate(
                        Avx2.AddSaturate(Low(ref tables, SeekerTable.Exercise, exerciseChildren), High(ref tables, SeekerTable.Children, exerciseChildren)),
                        Avx2.AddSaturate(Low(ref tables, SeekerTable.Religion, religionLookingFor), High(ref tables, SeekerTable.LookingFor, religionLookingFor)))));
            var total = points + InterestPoints(ref tables, shared, theirs) + Vector256.Create((byte)CompatibilityScore.Base);
            fits &= Vector256.GreaterThanOrEqual(points.AsSByte(), Vector256<sbyte>.Zero).AsByte()
                & Vector256.Equals(Vector256.Max(total, Vector256.Create((byte)threshold)), total);
            lanes = fits.ExtractMostSignificantBits();
            if (lanes != 0)
            {
                total.StoreUnsafe(ref compatibilities);
                blocks = left;
                return block;
            }
        }

        lanes = 0;
        blocks = 0;
        return block;
    }

    // 25 x shared / the smaller count, rounded half up: 50 x shared + roundUp in 16 bits, then the high half of the product with the reciprocal.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> InterestPoints(ref byte tables, Vector256<byte> shared, Vector256<byte> theirs)
    {
        var roundUp = Avx2.Shuffle(Table(ref tables, SeekerTable.RoundUp), theirs);
        var reciprocalLow = Avx2.Shuffle(Table(ref tables, SeekerTable.ReciprocalLow), theirs);
        var reciprocalHigh = Avx2.Shuffle(Table(ref tables, SeekerTable.ReciprocalHigh), theirs);
        var factors = Vector256.Create((ushort)(2 * CompatibilityScore.SharedInterests | 1 << 8)).AsSByte();
        var low = Avx2.MultiplyHigh(
            Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(shared, roundUp), factors).AsUInt16(),
            Avx2.UnpackLow(reciprocalLow, reciprocalHigh).AsUInt16());
        var high = Avx2.MultiplyHigh(
            Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(shared, roundUp), factors).AsUInt16(),
            Avx2.UnpackHigh(reciprocalLow, reciprocalHigh).AsUInt16());
        return Vector256.Min(
            Avx2.PackUnsignedSaturate(low.AsInt16(), high.AsInt16()), Vector256.Create((byte)CompatibilityScore.SharedInterests));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Table(ref byte tables, int table) => Vector256.LoadUnsafe(ref tables, (nuint)(table * SeekerTable.Size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Low(ref byte tables, int table, Vector256<byte> codes) =>
        Avx2.Shuffle(Table(ref tables, table), codes & Vector256.Create((byte)15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> High(ref byte tables, int table, Vector256<byte> codes) =>
        Avx2.Shuffle(Table(ref tables, table), Vector256.ShiftRightLogical(codes.AsUInt16(), 4).AsByte() & Vector256.Create((byte)15));

    // Filters and facts in vectors; interests one by one, for the few that are left.
    private static uint Run128(ref byte hot, nuint stride, Seeker seeker, int threshold, ref byte compatibilities)
    {
        ref var tables = ref Unsafe.AsRef(in seeker.Tables);
        var age = Vector128.LoadUnsafe(ref hot, Plane.Age * stride) - Vector128.Create(seeker.AgeMin);
        var mine = Vector128.Create(seeker.Age);
        var fits = Vector128.LessThanOrEqual(age, Vector128.Create(seeker.AgeSpan))
            & Vector128.LessThanOrEqual(Vector128.LoadUnsafe(ref hot, Plane.AgeMin * stride), mine)
            & Vector128.GreaterThanOrEqual(Vector128.LoadUnsafe(ref hot, Plane.AgeMax * stride), mine);
        var points = Vector128.AddSaturate(
            Vector128.AddSaturate(
                Pair(ref tables, SeekerTable.AcceptedSmoking, SeekerTable.AcceptedDrinking, ref hot, Plane.AcceptedSmokingAndDrinking * stride),
                Pair(ref tables, SeekerTable.WantedReligion, SeekerTable.WantedChildren, ref hot, Plane.WantedReligionAndChildren * stride)),
            Vector128.AddSaturate(
                Pair(ref tables, SeekerTable.Smoking, SeekerTable.Drinking, ref hot, Plane.SmokingAndDrinking * stride),
                Vector128.AddSaturate(
                    Pair(ref tables, SeekerTable.Exercise, SeekerTable.Children, ref hot, Plane.ExerciseAndChildren * stride),
                    Pair(ref tables, SeekerTable.Religion, SeekerTable.LookingFor, ref hot, Plane.ReligionAndLookingFor * stride))));
        fits &= Vector128.GreaterThanOrEqual(points, Vector128.Create((byte)Math.Max(0, threshold - CompatibilityScore.Base - CompatibilityScore.SharedInterests)))
            & Vector128.LessThan(points, Vector128.Create(Seeker.Rejects));

        var lanes = fits.ExtractMostSignificantBits();
        var survivors = 0u;
        while (lanes != 0)
        {
            var lane = BitOperations.TrailingZeroCount(lanes);
            lanes &= lanes - 1;
            var total = points[lane] + CompatibilityScore.Base + InterestPoints(ref Unsafe.Add(ref hot, lane), stride, ref tables);
            if (total >= threshold)
            {
                Unsafe.Add(ref compatibilities, lane) = (byte)total;
                survivors |= 1u << lane;
            }
        }

        return survivors;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Pair(ref byte tables, int low, int high, ref byte hot, nuint plane)
    {
        var codes = Vector128.LoadUnsafe(ref hot, plane);
        return Vector128.AddSaturate(
            Vector128.Shuffle(Vector128.LoadUnsafe(ref tables, (nuint)(low * SeekerTable.Size)), codes & Vector128.Create((byte)15)),
            Vector128.Shuffle(Vector128.LoadUnsafe(ref tables, (nuint)(high * SeekerTable.Size)), Vector128.ShiftRightLogical(codes, 4)));
    }

    private static uint RunScalar(ref byte hot, nuint stride, Seeker seeker, int threshold, ref byte compatibilities)
    {
        ref var tables = ref Unsafe.AsRef(in seeker.Tables);
        var survivors = 0u;
        for (var lane = 0; lane < (int)Math.Min(stride, Lanes); lane++)
        {
            ref var record = ref Unsafe.Add(ref hot, lane);
            if ((byte)(Code(ref record, Plane.Age, stride) - seeker.AgeMin) > seeker.AgeSpan
                || Code(ref record, Plane.AgeMin, stride) > seeker.Age
                || Code(ref record, Plane.AgeMax, stride) < seeker.Age)
            {
                continue;
            }

            var points = Pair(ref tables, SeekerTable.AcceptedSmoking, SeekerTable.AcceptedDrinking, Code(ref record, Plane.AcceptedSmokingAndDrinking, stride))
                + Pair(ref tables, SeekerTable.WantedReligion, SeekerTable.WantedChildren, Code(ref record, Plane.WantedReligionAndChildren, stride))
                + Pair(ref tables, SeekerTable.Smoking, SeekerTable.Drinking, Code(ref record, Plane.SmokingAndDrinking, stride))
                + Pair(ref tables, SeekerTable.Exercise, SeekerTable.Children, Code(ref record, Plane.ExerciseAndChildren, stride))
                + Pair(ref tables, SeekerTable.Religion, SeekerTable.LookingFor, Code(ref record, Plane.ReligionAndLookingFor, stride));
            if (points >= Seeker.Rejects)
            {
                continue;
            }

            var total = points + CompatibilityScore.Base + InterestPoints(ref record, stride, ref tables);
            if (total >= threshold)
            {
                Unsafe.Add(ref compatibilities, lane) = (byte)total;
                survivors |= 1u << lane;
            }
        }

        return survivors;
    }

    private static byte Code(ref byte record, int plane, nuint stride) => Unsafe.Add(ref record, (nuint)plane * stride);

    private static int Pair(ref byte tables, int low, int high, byte codes) =>
        Entry(ref tables, low, codes & 15) + Entry(ref tables, high, codes >> 4);

    private static int Entry(ref byte tables, int table, int code) => Unsafe.Add(ref tables, table * SeekerTable.Size + code);

    private static int InterestPoints(ref byte record, nuint stride, ref byte tables)
    {
        var counts = 0;
        for (var i = 0; i < InterestPlanes; i++)
        {
            counts += Pair(ref tables, SeekerTable.Interests + 2 * i, SeekerTable.Interests + 2 * i + 1, Code(ref record, Plane.Interests + i, stride));
        }

        var theirs = counts >> 4;
        var dividend = 2 * CompatibilityScore.SharedInterests * (counts & 15) + Entry(ref tables, SeekerTable.RoundUp, theirs);
        var reciprocal = Entry(ref tables, SeekerTable.ReciprocalLow, theirs) | Entry(ref tables, SeekerTable.ReciprocalHigh, theirs) << 8;
        return Math.Min(dividend * reciprocal >> 16, CompatibilityScore.SharedInterests);
    }
}
