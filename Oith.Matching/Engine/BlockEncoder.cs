using System.Runtime.InteropServices;
using System.Text.Json;
using Oith.Matching.Profiles;

namespace Oith.Matching.Engine;

/// <summary>
/// A bucket as a block that other processes read: <see cref="BlockHeader"/>; 12 hot planes of as many bytes as there are records;
/// the cold bytes of all, whose ids have but the bit that says <see cref="RecordId.Wide"/>; the encoded e-mails, one after the
/// other; the profiles of the wide as a JSON array.
/// </summary>
internal static class BlockEncoder
{
    public static byte[] Encode(Bucket bucket, EmailArena emails, WideProfiles wide, ulong version)
    {
        var count = bucket.Count;
        var wideProfiles = new List<Profile>();
        var emailBytes = 0;
        for (var slot = 0; slot < count; slot++)
        {
            var id = bucket.IdAt(slot);
            emailBytes += emails.Encoded(RecordId.Address(id)).Length;
            if (RecordId.IsWide(id))
            {
                wideProfiles.Add(Essence(wide.Find(RecordId.Address(id))!));
            }
        }

        byte[] json = wideProfiles.Count == 0 ? [] : JsonSerializer.SerializeToUtf8Bytes(wideProfiles, BlockJson.Default.ListProfile);
        var block = new byte[BlockHeader.Size + count * PackedProfile.Size + emailBytes + json.Length];
        var texts = block.AsSpan(BlockHeader.Size + count * PackedProfile.Size);
        for (var slot = 0; slot < count; slot++)
        {
            var (hot, cold) = bucket.At(slot);
            for (var plane = 0; plane < PackedProfile.HotSize; plane++)
            {
                block[BlockHeader.Size + plane * count + slot] = hot[plane];
            }

            MemoryMarshal.Write(
                block.AsSpan(BlockHeader.Size + count * PackedProfile.HotSize + slot * PackedProfile.ColdSize), cold.WithId(cold.Id & RecordId.Wide));
            var email = emails.Encoded(RecordId.Address(cold.Id));
            email.CopyTo(texts);
            texts = texts[email.Length..];
        }

        json.CopyTo(texts);
        BlockHeader.Seal(block, new BlockHeader
        {
            Cell = bucket.Cell.Id,
            Key = bucket.Key,
            Count = count,
            Version = version,
            EmailBytes = emailBytes,
            WideBytes = json.Length,
        });
        return block;
    }

    // Nothing of it but what decides about matches.
    private static Profile Essence(Profile profile) => profile with
    {
        FirstName = null,
        Bio = null,
        Photos = [],
        MatchPreferences = profile.MatchPreferences with
        {
            InterestedIn = BucketKey.InterestedIn(BucketKey.Group(profile.Gender, profile.MatchPreferences.InterestedIn)),
        },
    };
}
