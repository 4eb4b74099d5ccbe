using System.Runtime.Intrinsics;

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
    private readonly WordTable _table;

    private WordCodes(string[] words)
    {
        _words = words;
        _table = new WordTable(words);
        Known = CodeTable.Known(words.Length);
    }

    public int Count => _words.Length;

    /// <summary>In the order of their codes, from 1.</summary>
    public ReadOnlySpan<string> Words => _words;

    /// <summary>Rules out the codes that there are not.</summary>
    public Vector128<byte> Known { get; }

    public string this[int code] => _words[code - 1];

    /// <summary>The code of a word that is not null or empty; <see cref="Absent"/> when it has none.</summary>
    public int Find(string word) => _table.Find(word) + 1;

    public WordCodes With(string word) => new([.. _words, word]);
}

/// <summary>What a seeker's tables begin with.</summary>
internal static class CodeTable
{
    /// <summary>
    /// Rules out the codes beyond the known ones: records that have them came after the search began, which does not know them.
    /// </summary>
    public static Vector128<byte> Known(int count)
    {
        Span<byte> table = stackalloc byte[SeekerTable.Entries];
        table[(count + 1)..].Fill(Seeker.Rejects);
        table[WordCodes.Other] = 0;
        return Vector128.Create<byte>(table);
    }
}
