using System.Globalization;
using Oith.LocalCloud.Durability;

namespace Oith.Tests.LocalCloud.Durability;

public sealed class JournalCorruptionTests : IDisposable
{
    private const int Cases = 600;

    private readonly JournalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every damage ends in "all acknowledged records are there" or in a refusal that names file and offset; a repair keeps what reads.</summary>
    [Fact]
    public void Damage_Never_Loses_A_Record_In_Silence()
    {
        var (refused, whole) = (0, 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var service = "s" + seed.ToString(CultureInfo.InvariantCulture);
            var written = Records(random);
            _folder.Append(service, written);
            var path = _folder.PathOf(service);
            var intact = File.ReadAllBytes(path);
            var (kind, damaged) = Damage(random, intact);
            File.WriteAllBytes(path, damaged);
            try
            {
                Assert.Equal(written, _folder.Read(service));
                whole++;
            }
            catch (JournalDamagedException error)
            {
                Assert.True(error.Path == path && error.Offset >= 0 && error.Offset <= damaged.Length, $"seed {seed}, {kind}: {error.Message}");
                Assert.True(damaged.AsSpan().SequenceEqual(File.ReadAllBytes(path)), $"seed {seed}, {kind}: the evidence is changed");
                Repair(service, written, damaged, $"seed {seed}, {kind}");
                refused++;
            }
        }

        Assert.True(refused > Cases / 2 && whole > 0, $"{refused} refused, {whole} whole");
    }

    private void Repair(string service, List<string> written, byte[] damaged, string what)
    {
        using (var journals = _folder.Open(repair: true))
        {
            using var journal = journals.Open(service);
            var kept = new List<byte[]>();
            journal.Replay(kept.Add);
            journal.Rewrite(kept.Select(record => (ReadOnlyMemory<byte>)record));
        }

        var left = _folder.Read(service);
        Assert.True(damaged.AsSpan().SequenceEqual(File.ReadAllBytes(Assert.Single(_folder.Aside(service)))), what);
        var line = _folder.Logged.Last(text => text.Contains($"{service}.journal was damaged", StringComparison.Ordinal));
        Assert.Contains($"{left.Count} records are kept", line);
        // In the order that they were written, and every one whose bytes are still there in one piece.
        var position = -1;
        foreach (var record in left)
        {
            position = written.IndexOf(record, position + 1);
            Assert.True(position >= 0, $"{what}: a record that was never written, or out of order");
        }

        foreach (var record in written.Where(record => damaged.AsSpan().IndexOf(Framed(service, written.IndexOf(record) + 1, record)) >= 0))
        {
            Assert.True(left.Contains(record), $"{what}: a record that reads is lost");
        }
    }

    private static byte[] Framed(string service, long sequence, string record)
    {
        var payload = System.Text.Encoding.UTF8.GetBytes(record);
        var framed = new byte[JournalFormat.RecordHeaderLength + payload.Length];
        JournalFormat.WriteRecord(framed, JournalFormat.Seed(service), sequence, payload);
        return framed;
    }

    private static List<string> Records(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(1, 40)).Select(number =>
            number.ToString(CultureInfo.InvariantCulture) + "|" + new string((char)random.Next('a', 'z'), random.Next(10) == 0 ? random.Next(20_000) : random.Next(200))),
    ];

    private static (string Kind, byte[] Bytes) Damage(Random random, byte[] bytes)
    {
        var damaged = bytes.ToList();
        var at = random.Next(bytes.Length);
        var length = Math.Min(random.Next(1, 4097), bytes.Length - at);
        switch (random.Next(9))
        {
            case 0:
                damaged[at] ^= (byte)(1 << random.Next(8));
                return ($"bit {at} flipped", [.. damaged]);
            case 1:
                var page = at / 512 * 512;
                damaged.RemoveRange(page, Math.Min(512, bytes.Length - page));
                damaged.InsertRange(page, new byte[bytes.Length - damaged.Count]);
                return ($"page {page} zeroed", [.. damaged]);
            case 2:
                return ($"cut at {at}", bytes[..at]);
            case 3:
                var header = bytes.AsSpan(at).IndexOf(JournalFormat.Marker);
                if (header >= 0)
                {
                    damaged[at + header + 4 + random.Next(4)] ^= (byte)random.Next(1, 256);
                }

                return ($"length at {at + header} changed", [.. damaged]);
            case 4:
                damaged.RemoveRange(at, length);
                return ($"{length} bytes at {at} missing", [.. damaged]);
            case 5:
                damaged.InsertRange(at, bytes.Skip(at).Take(length));
                return ($"{length} bytes at {at} doubled", [.. damaged]);
            case 6:
                var half = length / 2;
                return ($"blocks at {at} exchanged", [.. bytes[..at], .. bytes[(at + half)..(at + length)], .. bytes[at..(at + half)], .. bytes[(at + length)..]]);
            case 7:
                damaged.AddRange(bytes.Skip(at).Take(length));
                return ($"{length} bytes from {at} again at the end", [.. damaged]);
            default:
                var garbage = new byte[length];
                random.NextBytes(garbage);
                damaged.RemoveRange(at, length);
                damaged.InsertRange(at, garbage);
                return ($"{length} bytes at {at} overwritten", [.. damaged]);
        }
    }
}
