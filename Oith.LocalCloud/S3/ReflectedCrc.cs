namespace Oith.LocalCloud.S3;

/// <summary>A cyclic redundancy check over bits in reflected order, of 32 or 64 bits, as S3's checksums are.</summary>
internal sealed class ReflectedCrc
{
    private static readonly ulong[] s_crc32 = Table(0xEDB88320);
    private static readonly ulong[] s_crc32C = Table(0x82F63B78);
    private static readonly ulong[] s_crc64Nvme = Table(0x9A6C9329AC4BC9B5);

    private readonly ulong[] _table;
    private readonly int _bytes;
    private ulong _value = ulong.MaxValue;

    private ReflectedCrc(ulong[] table, int bytes)
    {
        (_table, _bytes) = (table, bytes);
        _value >>= 64 - (8 * bytes);
    }

    public static ReflectedCrc Crc32() => new(s_crc32, 4);

    public static ReflectedCrc Crc32C() => new(s_crc32C, 4);

    public static ReflectedCrc Crc64Nvme() => new(s_crc64Nvme, 8);

    public void Append(ReadOnlySpan<byte> data)
    {
        var value = _value;
        foreach (var octet in data)
        {
            value = _table[(byte)(value ^ octet)] ^ (value >> 8);
        }

        _value = value;
    }

    /// <summary>The check, most significant byte first.</summary>
    public byte[] Finish()
    {
        var result = new byte[_bytes];
        for (var i = 0; i < _bytes; i++)
        {
            result[_bytes - 1 - i] = (byte)~(_value >> (8 * i));
        }

        return result;
    }

    private static ulong[] Table(ulong polynomial) => [.. Enumerable.Range(0, 256).Select(octet =>
    {
        var value = (ulong)octet;
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value & 1) == 1 ? (value >> 1) ^ polynomial : value >> 1;
        }

        return value;
    })];
}
