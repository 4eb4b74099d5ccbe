using System.Collections.Frozen;

namespace Oith.Matching.Engine;

/// <summary>Codes for the words of one fact, in the order they came; immutable, so that a search keeps one reading of them.</summary>
internal sealed class WordCodes
{
    public const int Absent = 0;

    /// <summary>Words that have a code: 1…14.</summary>
    public const int MaxWords = 14;

    /// <summary>A record's word that came when all codes were taken: it passes every filter and equals everything.</summary>
    public const int Other = 15;

    public static readonly WordCodes Empty = new([]);

    private readonly string[] _words;
    private readonly FrozenDictionary<string, int> _codes;

    private WordCodes(string[] words)
    {
        _words = words;
        _codes = words.Select((word, i) => KeyValuePair.Create(word, i + 1)).ToFrozenDictionary(StringComparer.Ordinal);
    }

    public int Count => _words.Length;

    public string this[int code] => _words[code - 1];

    /// <summary>False when the word, which is not null or empty, has no code.</summary>
    public bool TryGet(string word, out int code) => _codes.TryGetValue(word, out code);

    public WordCodes With(string word) => new([.. _words, word]);
}
