namespace Oith.Matching.Engine;

/// <summary>
/// The words behind the codes of a writer's records, in the order of their codes. It goes with the blocks, because each process
/// gives codes as words come to it.
/// </summary>
internal sealed record VocabularyWords(
    string[] Smoking,
    string[] Drinking,
    string[] Exercise,
    string[] Children,
    string[] Religion,
    string[] LookingFor,
    string[][] SmokingLists,
    string[][] DrinkingLists,
    string[] Interests)
{
    public static VocabularyWords Of(Vocabulary vocabulary) => new(
        vocabulary.Smoking.Words.Words.ToArray(),
        vocabulary.Drinking.Words.Words.ToArray(),
        vocabulary.Exercise.Words.ToArray(),
        vocabulary.Children.Words.ToArray(),
        vocabulary.Religion.Words.ToArray(),
        vocabulary.LookingFor.Words.ToArray(),
        vocabulary.Smoking.Lists.Lists,
        vocabulary.Drinking.Lists.Lists,
        vocabulary.Interests.Words.ToArray());
}

/// <summary>A cell at one moment.</summary>
internal sealed record CellSnapshot(VocabularyWords Vocabulary, BucketSnapshot[] Buckets);

/// <param name="Version">Of the bucket when it was read.</param>
/// <param name="Block">Null when it need not be encoded again.</param>
internal readonly record struct BucketSnapshot(Bucket Bucket, int Version, byte[]? Block);
