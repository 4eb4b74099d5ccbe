using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Oith.Matching.Engine;

/// <summary>A profile as the columns hold it: 12 hot bytes that every search reads, 14 cold ones that only survivors need.</summary>
/// <param name="Cell">Where it lives: <see cref="CellId"/>.</param>
/// <param name="Key">What its bucket is chosen by: <see cref="BucketKey"/>.</param>
internal readonly record struct PackedProfile(int Cell, uint Key, HotBytes Hot, ColdBytes Cold)
{
    public const int HotSize = 12;
    public const int ColdSize = 14;
    public const int Size = HotSize + ColdSize;
}

/// <summary>One byte a plane; see <see cref="Plane"/>.</summary>
[InlineArray(PackedProfile.HotSize)]
internal struct HotBytes
{
    private byte _first;
}

/// <summary>The byte planes of a block. Two facts in one byte: the first in the low nibble, the second in the high one.</summary>
internal static class Plane
{
    public const int Age = 0;
    public const int AgeMin = 1;
    public const int AgeMax = 2;
    public const int AcceptedSmokingAndDrinking = 3;
    public const int SmokingAndDrinking = 4;
    public const int ExerciseAndChildren = 5;
    public const int ReligionAndLookingFor = 6;
    public const int WantedReligionAndChildren = 7;
    public const int Interests = 8;
}

/// <summary>
/// Bits of <c>Place</c>, from the low end: 21 latitude and 22 longitude, in steps from the corner of the cell, 21 low bits of
/// the last visit. Bits of <c>Rest</c>: 9 high bits of the last visit, 7 of the code of maxDistance.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal readonly struct ColdBytes(int latSteps, int lngSteps, uint lastSeen, int maxDistanceCode, uint id)
{
    private const int LatBits = 21;
    private const int LngBits = 22;
    private const int SeenBits = 64 - LatBits - LngBits;
    private const int SeenHighBits = SeenTime.Bits - SeenBits;

    private readonly ulong _place = (uint)latSteps | (ulong)(uint)lngSteps << LatBits | (ulong)lastSeen << (LatBits + LngBits);

    /// <summary>The e-mail in <see cref="EmailArena"/>, and whether the record tells less than the profile.</summary>
    public readonly uint Id = id;

    private readonly ushort _rest = (ushort)(lastSeen >> SeenBits | (uint)maxDistanceCode << SeenHighBits);

    /// <summary>Steps of 1e-7 degrees north of the cell's south border.</summary>
    public int LatSteps => (int)(_place & ((1u << LatBits) - 1));

    /// <summary>Steps of 1e-7 degrees east of the cell's west border.</summary>
    public int LngSteps => (int)(_place >> LatBits & ((1u << LngBits) - 1));

    /// <summary><see cref="SeenTime"/>; 0 when nobody may see this person.</summary>
    public uint LastSeen => (uint)(_place >> (LatBits + LngBits)) | ((uint)_rest & ((1u << SeenHighBits) - 1)) << SeenBits;

    public int MaxDistanceCode => _rest >> SeenHighBits;

    public ColdBytes WithId(uint id) => new(LatSteps, LngSteps, LastSeen, MaxDistanceCode, id);
}

/// <summary>The low 31 bits of an id say where the e-mail is; the highest says that the whole profile must be asked.</summary>
internal static class RecordId
{
    /// <summary>
    /// Set when a fact of the profile has no code. The record then holds what lets it pass, so that its compatibility is an
    /// upper bound, and whoever survives is held against the plain rules.
    /// </summary>
    public const uint Wide = 1u << 31;

    public static bool IsWide(uint id) => (id & Wide) != 0;

    public static uint Address(uint id) => id & ~Wide;
}

/// <summary>Whole seconds since 2020, from 1: 30 bits reach until 2054.</summary>
internal static class SeenTime
{
    public const int Bits = 30;

    /// <summary>Nobody may see this person.</summary>
    public const uint Hidden = 0;

    /// <summary>A time that has no code: later than all that have one, so that it passes; the profile must be asked.</summary>
    public const uint Other = (1u << Bits) - 1;

    private const long Origin = 1_577_836_800;

    /// <summary>False when the time has no code.</summary>
    public static bool TryEncode(DateTimeOffset time, out uint code)
    {
        var seconds = time.ToUnixTimeSeconds() - Origin + 1;
        code = (uint)Math.Clamp(seconds, 1, Other);
        return seconds is > 0 and < Other;
    }

    /// <summary>The second that a code other than <see cref="Hidden"/> and <see cref="Other"/> stands for.</summary>
    public static DateTimeOffset Decode(uint code) => DateTimeOffset.FromUnixTimeSeconds(Origin + code - 1);

    /// <summary>The smallest code of those seen at or after the second of <paramref name="time"/>.</summary>
    public static uint Since(DateTimeOffset time) => (uint)Math.Clamp(time.ToUnixTimeSeconds() - Origin + 1, 1, Other);
}

/// <summary>Codes for the distances that people choose: each mile up to 100, then round numbers.</summary>
internal static class MaxDistanceCodes
{
    /// <summary>Any other number: the profile must be asked.</summary>
    public const int Other = 127;

    private const int LastDirect = 100;

    private static readonly int[] s_beyond =
    [
        110, 120, 125, 130, 140, 150, 160, 175, 180, 200, 225, 250, 300, 350, 400, 450, 500, 600, 750, 1000, 1500, 2000, 2500, 3000, 5000, 12500,
    ];

    private static readonly int[] s_miles = [.. Enumerable.Range(0, LastDirect + 1), .. s_beyond, int.MaxValue];

    public static int Encode(int miles)
    {
        if (miles is >= 0 and <= LastDirect)
        {
            return miles;
        }

        var at = Array.IndexOf(s_beyond, miles);
        return at < 0 ? Other : LastDirect + 1 + at;
    }

    public static int Miles(int code) => s_miles[code];
}
