using Oith.LocalCloud.Durability;

namespace Oith.Tests.LocalCloud.Durability;

public sealed class JournalTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("oith-journal-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Journal_Replays_Records_In_Order_After_Reopening()
    {
        using (var journal = new Journal(_directory, "sqs"))
        {
            journal.Append("one"u8);
            journal.Append(""u8);
            journal.Append("three"u8);
        }

        using var reopened = new Journal(_directory, "sqs");
        Assert.Equal(["one"u8.ToArray(), [], "three"u8.ToArray()], reopened.Replay());
    }

    [Fact]
    public void Journal_Drops_A_Record_Cut_Short_And_Appends_After_The_Last_Whole_One()
    {
        using (var journal = new Journal(_directory, "sqs"))
        {
            journal.Append("whole"u8);
            journal.Append("cut short"u8);
        }

        var path = Path.Combine(_directory, "sqs.journal");
        using (var stream = File.OpenWrite(path))
        {
            stream.SetLength(stream.Length - 3);
        }

        using (var journal = new Journal(_directory, "sqs"))
        {
            Assert.Equal(["whole"u8.ToArray()], journal.Replay());
            journal.Append("next"u8);
        }

        using var reopened = new Journal(_directory, "sqs");
        Assert.Equal(["whole"u8.ToArray(), "next"u8.ToArray()], reopened.Replay());
    }

    [Fact]
    public void Journal_Holds_Only_The_Compacted_Records_After_Rewrite()
    {
        using (var journal = new Journal(_directory, "sqs"))
        {
            journal.Append("old"u8);
            journal.Rewrite([new([1, 2]), new([3])]);
            journal.Append([4]);
        }

        using var reopened = new Journal(_directory, "sqs");
        Assert.Equal([[1, 2], [3], [4]], reopened.Replay());
    }

    [Fact]
    public void Journal_Keeps_Nothing_Without_A_Directory()
    {
        using var journal = new Journal(null, "sqs");
        journal.Append("gone"u8);
        Assert.False(journal.IsEnabled);
        Assert.Empty(journal.Replay());
    }
}
