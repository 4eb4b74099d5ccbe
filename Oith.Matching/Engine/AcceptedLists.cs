using System.Collections.Frozen;
using System.Runtime.Intrinsics;

namespace Oith.Matching.Engine;

/// <summary>
/// Codes for lists of accepted words. Words that differ in case only are one here, as the rules compare them so; two lists of
/// the same words in another order are one list. Immutable, so that a search keeps one reading of them.
/// </summary>
internal sealed class AcceptedLists
{
    /// <summary>The empty list: any word is accepted.</summary>
    public const int Any = 0;

    /// <summary>Lists that have a code: 1…14.</summary>
    public const int MaxLists = 14;

    /// <summary>A record's list that came when all codes were taken: it accepts everybody.</summary>
    public const int Other = 15;

    /// <summary>Words that lists are made of.</summary>
    public const int MaxWords = 32;

    public static readonly AcceptedLists Empty = new([], []);

    private readonly string[] _words;
    private readonly uint[] _lists;
    private readonly FrozenDictionary<string, int> _bits;

    private AcceptedLists(string[] words, uint[] lists)
    {
        _words = words;
        _lists = lists;
        _bits = words.Select((word, i) => KeyValuePair.Create(word, i)).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Known = CodeTable.Known(lists.Length);
    }

    /// <summary>Rules out the codes that there are not.</summary>
    public Vector128<byte> Known { get; }

    /// <summary>The lists in the order of their codes, from 1; each list's words in some order and case.</summary>
    public string[][] Lists => Array.ConvertAll(_lists, list => _words.Where((_, bit) => (list >> bit & 1) != 0).ToArray());

    /// <summary>Rules out the lists that have not this word.</summary>
    public Vector128<byte> Accepting(string word)
    {
        var bit = Word(word);
        var table = Known;
        for (var i = 0; i < _lists.Length; i++)
        {
            if ((_lists[i] & bit) == 0)
            {
                table = table.WithElement(i + 1, Seeker.Rejects);
            }
        }

        return table;
    }

    /// <summary>The code of a list that is not empty, and the lists with it where it is new.</summary>
    public (AcceptedLists Lists, int Code) Add(IReadOnlyList<string> list)
    {
        var words = Words(list);
        var at = Array.IndexOf(_lists, words);
        if (at >= 0 && HasAll(list))
        {
            return (this, at + 1);
        }

        string[] added = [.. list.Where(word => !_bits.ContainsKey(word)).Distinct(StringComparer.OrdinalIgnoreCase)];

        if (_lists.Length == MaxLists || _words.Length + added.Length > MaxWords)
        {
            return (this, Other);
        }

        for (var i = 0; i < added.Length; i++)
        {
            words |= 1u << (_words.Length + i);
        }

        return (new AcceptedLists([.. _words, .. added], [.. _lists, words]), _lists.Length + 1);
    }

    private uint Words(IReadOnlyList<string> list)
    {
        var words = 0u;
        for (var i = 0; i < list.Count; i++)
        {
            words |= Word(list[i]);
        }

        return words;
    }

    private uint Word(string word) => _bits.TryGetValue(word, out var bit) ? 1u << bit : 0;

    private bool HasAll(IReadOnlyList<string> list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (!_bits.ContainsKey(list[i]))
            {
                return false;
            }
        }

        return true;
    }
}
