using System.Globalization;
using System.Numerics;
using System.Text;
using CsCheck;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class NumberEncodingTests
{
    private static readonly Gen<decimal> s_numbers = Gen.OneOf(
        Gen.Decimal, Gen.Int[-1000, 1000].Select(value => (decimal)value), Gen.Int[-9999, 9999].Select(value => value / 100m));

    [Fact]
    public void Bytes_Are_Ordered_As_The_Numbers_Are() => Gen.Select(s_numbers, s_numbers).Sample(
        pair => Math.Sign(Encode(pair.Item1).AsSpan().SequenceCompareTo(Encode(pair.Item2))) == Math.Sign(pair.Item1.CompareTo(pair.Item2)),
        iter: 20_000);

    [Fact]
    public void Text_Comes_Back_With_The_Same_Value() => s_numbers.Sample(
        number => decimal.Parse(NumberEncoding.ToText(Encode(number)), CultureInfo.InvariantCulture) == number, iter: 20_000);

    [Fact]
    public void Sums_Are_Exact()
    {
        var parts = Gen.Select(Gen.Long, Gen.Int[-20, 17]);
        Gen.Select(parts, parts, Gen.Bool).Sample(
            sample =>
            {
                var ((left, leftScale), (right, rightScale), subtract) = sample;
                Span<byte> sum = stackalloc byte[NumberEncoding.MaximumLength];
                var result = NumberEncoding.Add(Encode($"{left}E{leftScale}"), Encode($"{right}E{rightScale}"), subtract, sum, out var length);
                var scale = Math.Min(leftScale, rightScale);
                var expected = (left * BigInteger.Pow(10, leftScale - scale)) + ((subtract ? BigInteger.MinusOne : BigInteger.One) * right * BigInteger.Pow(10, rightScale - scale));
                return result == NumberEncoding.ParseResult.TooPrecise
                    ? BigInteger.Abs(expected).ToString(CultureInfo.InvariantCulture).TrimEnd('0').Length > 38
                    : sum[..length].SequenceEqual(Encode($"{expected}E{scale}"));
            },
            iter: 5_000);
    }

    private static byte[] Encode(decimal number) => Encode(number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Encode(string text)
    {
        var bytes = new byte[NumberEncoding.MaximumLength];
        Assert.Equal(NumberEncoding.ParseResult.Ok, NumberEncoding.TryParse(Encoding.ASCII.GetBytes(text), bytes, out var length));
        return bytes[..length];
    }
}
