namespace Oith.Matching.Engine;

/// <summary>A bit for each of the first 32 interests that came; immutable, so that a search keeps one reading of them.</summary>
internal sealed class InterestCodes
{
    public const int MaxWords = 32;

    /// <summary>As many as a record can tell; who has more must be asked.</summary>
    public const int MaxCount = 14;

    /// <summary>What a record says of interests that it cannot tell: a number of bits that no other has.</summary>
    public const uint Other = (1u << (MaxCount + 1)) - 1;

    public static readonly InterestCodes Empty = new([]);

    private readonly string[] _words;
    private readonly WordTable _table;

    private InterestCodes(string[] words)
    {
        _words = words;
        _table = new WordTable(words);
    }

    public int Count => _words.Length;

    /// <summary>In the order of their bits.</summary>
    public ReadOnlySpan<string> Words => _words;

    public bool IsFull => _words.Length == MaxWords;

    /// <returns>The bit of the word; -1 when it has none.</returns>
    public int Find(string word) => _table.Find(word);

    public InterestCodes With(string word) => new([.. _words, word]);
}
