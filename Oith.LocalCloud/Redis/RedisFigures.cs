using System.Globalization;

namespace Oith.LocalCloud.Redis;

/// <summary>What Redis says of itself.</summary>
/// <param name="Hits">Reads that found their key, since the start.</param>
/// <param name="Misses">Reads that did not.</param>
/// <param name="Memory">Bytes of data.</param>
/// <param name="MemoryLimit">Bytes that data may take.</param>
/// <param name="BusySeconds">How long it has worked on what clients sent, since the start; null when it could not tell at the moment.</param>
internal sealed record RedisFigures(double Hits, double Misses, double Connections, double Memory, double MemoryLimit, double? BusySeconds)
{
    public static async Task<RedisFigures> ReadAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        var info = Parse(await RedisInfo.ReadAsync(connection, cancellationToken));
        return new(
            info.GetValueOrDefault("total_found"),
            info.GetValueOrDefault("total_notfound"),
            info.GetValueOrDefault("connected_clients"),
            info.GetValueOrDefault("store_mainlog_memory_size"),
            info.GetValueOrDefault("store_heap_memory_target_size"),
            await BusySecondsAsync(connection, cancellationToken));
    }

    private static async Task<double?> BusySecondsAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var latency = await connection.CallAsync(cancellationToken, "LATENCY", "HISTOGRAM", "NET_RS_LAT");
            return Value(latency, "calls") * Value(latency, "mean") / 1e6;
        }
        catch (IOException)
        {
            // Garnet drops the connection when the histogram changes while it is written, which is once a second.
            return null;
        }
    }

    private static Dictionary<string, double> Parse(string info)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in info.Split('\n'))
        {
            if (line.Trim().Split(':') is [var name, var text] && TryNumber(text, out var value))
            {
                values[name] = value;
            }
        }

        return values;
    }

    // ["NET_RS_LAT", ["calls", 9000, "size", 32256, "histogram_usec", ["min", "7.20", …, "mean", "1,023.83", …]]]
    private static double Value(object? node, string name)
    {
        var items = node as object?[] ?? [];
        for (var index = 0; index < items.Length; index++)
        {
            if (items[index] is string text && text == name && index + 1 < items.Length && TryNumber(items[index + 1]?.ToString(), out var value))
            {
                return value;
            }

            if (Value(items[index], name) is > 0 and var inside)
            {
                return inside;
            }
        }

        return 0;
    }

    private static bool TryNumber(string? text, out double value) =>
        double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out value);
}
