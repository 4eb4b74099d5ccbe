namespace Oith.Matching.Engine;

/// <summary>
/// Numbers of a few words, compared ordinally: each search looks a dozen up, so the hash takes only the length and three
/// characters. Immutable.
/// </summary>
internal sealed class WordTable
{
    private readonly (string? Word, int Number)[] _slots;
    private readonly int _mask;

    /// <param name="words">Their numbers are their places.</param>
    public WordTable(string[] words)
    {
        var size = 16;
        while (size < 4 * words.Length)
        {
            size *= 2;
        }

        _slots = new (string?, int)[size];
        _mask = size - 1;
        for (var number = 0; number < words.Length; number++)
        {
            var at = Hash(words[number]) & _mask;
            while (_slots[at].Word is not null)
            {
                at = (at + 1) & _mask;
            }

            _slots[at] = (words[number], number);
        }
    }

    /// <returns>The number of the word; -1 when it is not there.</returns>
    public int Find(string word)
    {
        for (var at = Hash(word) & _mask; ; at = (at + 1) & _mask)
        {
            ref readonly var slot = ref _slots[at];
            if (slot.Word is null)
            {
                return -1;
            }

            if (slot.Word == word)
            {
                return slot.Number;
            }
        }
    }

    private static int Hash(string word) =>
        word.Length == 0 ? 0 : word.Length * 0x9E5 + word[0] * 0x3B + word[word.Length / 2] * 0x1F3 + word[^1] * 0x7;
}
