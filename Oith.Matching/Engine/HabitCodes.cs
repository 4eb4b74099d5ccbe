using System.Runtime.Intrinsics;

namespace Oith.Matching.Engine;

/// <summary>The codes of a habit that people accept by lists; immutable.</summary>
internal sealed class HabitCodes
{
    public static readonly HabitCodes Empty = new(WordCodes.Empty, AcceptedLists.Empty);

    private readonly Vector128<byte>[] _acceptedBy;

    private HabitCodes(WordCodes words, AcceptedLists lists)
    {
        Words = words;
        Lists = lists;
        _acceptedBy = [.. Enumerable.Range(0, words.Count + 1).Select(code => code == WordCodes.Absent ? lists.Known : lists.Accepting(words[code]))];
    }

    public WordCodes Words { get; }

    public AcceptedLists Lists { get; }

    /// <summary>Rules out the lists that do not accept this habit; <paramref name="code"/> is that of the word, where it has one.</summary>
    public Vector128<byte> AcceptedBy(string? word, int code) =>
        code != WordCodes.Absent || string.IsNullOrEmpty(word) ? _acceptedBy[code] : Lists.Accepting(word);

    public HabitCodes With(WordCodes words) => new(words, Lists);

    public HabitCodes With(AcceptedLists lists) => new(Words, lists);
}
