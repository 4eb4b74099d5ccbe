using System.Numerics;
using System.Text;
using Oith.LocalCloud.Durability;

namespace Oith.Tests.LocalCloud.Durability;

public sealed class JournalTests : IDisposable
{
    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Journal_Replays_Records_In_Order_After_Reopening()
    {
        _folder.Append("sqs", "one", "", "three");

        Assert.Equal(["one", "", "three"], _folder.Read("sqs"));
    }

    [Fact]
    public void Journal_Cuts_A_Torn_Tail_With_A_Log_Line_And_Appends_After_The_Last_Whole_Record()
    {
        _folder.Append("sqs", "whole");
        var path = _folder.PathOf("sqs");
        var whole = File.ReadAllBytes(path);
        // As a process leaves it that dies in the middle of its write: the record is there in part, the mark is not moved.
        File.WriteAllBytes(path, [.. whole, .. JournalFormat.Marker, 9, 0, 0, 0, 2, 0, 0]);

        Assert.Equal(["whole"], _folder.Read("sqs"));
        var line = Assert.Single(_folder.Logged);
        Assert.Contains($"11 bytes from offset {whole.Length} on are cut off", line);
        Assert.Equal(whole, File.ReadAllBytes(path));

        _folder.Append("sqs", "next");
        Assert.Equal(["whole", "next"], _folder.Read("sqs"));
    }

    [Fact]
    public void Journal_Holds_Only_The_Compacted_Records_After_Rewrite()
    {
        using (var journals = _folder.Open())
        {
            using var journal = journals.Open("sqs");
            journal.Append("old"u8);
            journal.Rewrite([new([1, 2]), new([3])]);
            journal.Append([4]);
        }

        using var again = _folder.Open();
        using var reopened = again.Open("sqs");
        var records = new List<byte[]>();
        reopened.Replay(records.Add);
        Assert.Equal([[1, 2], [3], [4]], records);
    }

    [Fact]
    public void Journal_Keeps_Nothing_Without_A_Directory()
    {
        using var journal = new Journal(null, "sqs");
        journal.Append("gone"u8);
        Assert.False(journal.IsEnabled);
        journal.Replay(_ => Assert.Fail("nothing is kept"));
    }

    [Fact]
    public void Journal_Of_The_First_Format_Is_Read_And_Rewritten()
    {
        var path = _folder.PathOf("sqs");
        File.WriteAllBytes(path, [.. FirstFormat("one"), .. FirstFormat("two"), 5, 0]);

        Assert.Equal(["one", "two"], _folder.Read("sqs", rewritten: ["both"]));
        Assert.Contains("2 bytes", Assert.Single(_folder.Logged));
        _folder.Append("sqs", "three");
        Assert.Equal(["both", "three"], _folder.Read("sqs"));
    }

    [Fact]
    public void Damage_In_A_Journal_Of_The_First_Format_Is_Refused_And_Repaired()
    {
        var path = _folder.PathOf("sqs");
        byte[] damaged = [.. FirstFormat("one"), .. FirstFormat("two"), .. FirstFormat("three")];
        damaged[FirstFormat("one").Length + 9] ^= 1;
        File.WriteAllBytes(path, damaged);

        var refused = Assert.Throws<JournalDamagedException>(() => _folder.Read("sqs"));
        Assert.Equal((path, 11L), (refused.Path, refused.Offset));

        Assert.Equal(["one", "three"], _folder.Read("sqs", repair: true, rewritten: ["one", "three"]));
        Assert.Equal(damaged, File.ReadAllBytes(Assert.Single(_folder.Aside("sqs"))));
        Assert.Equal(["one", "three"], _folder.Read("sqs"));
    }

    [Fact]
    public void Empty_Journal_Of_The_First_Format_Is_Not_Damage()
    {
        File.WriteAllBytes(_folder.PathOf("ssm"), []);

        Assert.Empty(_folder.Read("ssm", rewritten: []));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("header")]
    [InlineData("exchanged")]
    [InlineData("cut at a record")]
    public void Damaged_File_Is_Refused(string damage)
    {
        _folder.Append("sqs", "one", "two");
        _folder.Append("sns", "topic");
        var path = _folder.PathOf("sqs");
        var offset = 0L;
        switch (damage)
        {
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "header":
                File.WriteAllBytes(path, File.ReadAllBytes(path)[..20]);
                break;
            case "exchanged":
                File.Copy(_folder.PathOf("sns"), path, overwrite: true);
                break;
            default:
                // The last acknowledged record is gone whole: only the mark knows.
                offset = JournalFormat.HeaderLength + JournalFormat.RecordHeaderLength + "one".Length;
                File.WriteAllBytes(path, File.ReadAllBytes(path)[..(int)offset]);
                break;
        }

        var before = File.ReadAllBytes(path);
        var refused = Assert.Throws<JournalDamagedException>(() => _folder.Read("sqs"));
        Assert.Equal((path, offset), (refused.Path, refused.Offset));
        Assert.Contains("--repair", refused.Message);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Missing_Journal_Is_Refused_Until_Repair_Goes_On_Without_It()
    {
        _folder.Append("sqs", "one");
        File.Delete(_folder.PathOf("sqs"));

        var refused = Assert.Throws<DataDirectoryException>(() => _folder.Read("sqs"));
        Assert.Contains(_folder.PathOf("sqs"), refused.Message);
        Assert.Empty(_folder.Read("sqs", repair: true));
        _folder.Append("sqs", "anew");
        Assert.Equal(["anew"], _folder.Read("sqs"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Journal_Of_A_Newer_Format_Is_Refused_Also_By_Repair(bool repair)
    {
        _folder.Append("sqs", "one");
        var path = _folder.PathOf("sqs");
        var bytes = File.ReadAllBytes(path);
        bytes[8] = JournalFormat.Version + 1;
        BitConverter.TryWriteBytes(bytes.AsSpan(12), JournalFormat.Checksum(bytes.AsSpan(0, 12)));
        File.WriteAllBytes(path, bytes);

        var refused = Assert.Throws<DataDirectoryException>(() => _folder.Read("sqs", repair));
        Assert.Contains("newer LocalCloud", refused.Message);
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public void Record_That_Cannot_Be_Applied_Is_Refused_And_Left_Out_By_Repair()
    {
        _folder.Append("sqs", "good", "strange", "good too");

        var refused = Assert.Throws<JournalDamagedException>(() => _folder.Read("sqs", cannotApply: "strange"));
        Assert.Equal(JournalFormat.HeaderLength + JournalFormat.RecordHeaderLength + "good".Length, refused.Offset);
        Assert.Equal(["good", "good too"], _folder.Read("sqs", repair: true, cannotApply: "strange", rewritten: ["good", "good too"]));
        Assert.Single(_folder.Aside("sqs"));
    }

    private static byte[] FirstFormat(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var crc = uint.MaxValue;
        foreach (var value in payload)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return [.. BitConverter.GetBytes(payload.Length), .. BitConverter.GetBytes(~crc), .. payload];
    }
}
