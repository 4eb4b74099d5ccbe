using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace Oith.LocalCloud.CloudFormation.Templates;

/// <summary>Divides an address block: <c>10.0.0.0/16</c> with 8 bits gives <c>10.0.0.0/24</c>, <c>10.0.1.0/24</c>…</summary>
internal static class CidrBlocks
{
    /// <param name="block">An IPv4 or IPv6 block.</param>
    /// <param name="count">How many parts, 1 to 256.</param>
    /// <param name="hostBits">How many bits each part's addresses have (32 minus the part's prefix, for IPv4).</param>
    /// <exception cref="Wire.AwsServiceException">ValidationError: not a block, or it cannot be divided so often.</exception>
    public static IEnumerable<string> Divide(string? block, int count, string? hostBits)
    {
        if (!IPNetwork.TryParse(block, out var network)
            || !int.TryParse(hostBits, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
            || count is < 1 or > 256)
        {
            throw TemplateErrors.Template($"Fn::Cidr cannot divide {block} into {count} parts of {hostBits} bits");
        }

        var length = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = length - bits;
        if (prefix < network.PrefixLength || bits < 1 || BigInteger.Pow(2, prefix - network.PrefixLength) < count)
        {
            throw TemplateErrors.Template($"Fn::Cidr cannot divide {block} into {count} parts of {hostBits} bits");
        }

        return Parts(network, count, bits, length, prefix);
    }

    private static IEnumerable<string> Parts(IPNetwork network, int count, int bits, int length, int prefix)
    {
        var first = new BigInteger(network.BaseAddress.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[length / 8];
            var address = (first + ((BigInteger)i << bits)).ToByteArray(isUnsigned: true, isBigEndian: true);
            address.CopyTo(bytes.AsSpan(bytes.Length - address.Length));
            yield return $"{new IPAddress(bytes)}/{prefix}";
        }
    }
}
