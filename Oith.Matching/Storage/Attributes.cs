using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace Oith.Matching.Storage;

/// <summary>DynamoDB's typed values, written and read.</summary>
internal static class Attributes
{
    public static AttributeValue Text(string value) => new() { S = value };

    public static AttributeValue Number(long value) => new() { N = value.ToString(CultureInfo.InvariantCulture) };

    public static AttributeValue Number(double value) => new() { N = value.ToString("R", CultureInfo.InvariantCulture) };

    public static AttributeValue Flag(bool value) => new() { BOOL = value };

    /// <summary>Epoch milliseconds.</summary>
    public static AttributeValue Time(DateTimeOffset value) => Number(value.ToUnixTimeMilliseconds());

    public static AttributeValue Texts(IEnumerable<string> values) => new() { L = [.. values.Select(Text)], IsLSet = true };

    public static string? TextOf(this Dictionary<string, AttributeValue> item, string name) => item.GetValueOrDefault(name)?.S;

    public static long? NumberOf(this Dictionary<string, AttributeValue> item, string name) =>
        item.GetValueOrDefault(name)?.N is { } number ? long.Parse(number, CultureInfo.InvariantCulture) : null;

    public static double? DoubleOf(this Dictionary<string, AttributeValue> item, string name) =>
        item.GetValueOrDefault(name)?.N is { } number ? double.Parse(number, CultureInfo.InvariantCulture) : null;

    public static bool? FlagOf(this Dictionary<string, AttributeValue> item, string name) => item.GetValueOrDefault(name)?.BOOL;

    public static DateTimeOffset? TimeOf(this Dictionary<string, AttributeValue> item, string name) =>
        item.NumberOf(name) is { } milliseconds ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    public static IReadOnlyList<string> TextsOf(this Dictionary<string, AttributeValue> item, string name) =>
        item.GetValueOrDefault(name)?.L is { Count: > 0 } values ? [.. values.Select(value => value.S)] : [];
}
