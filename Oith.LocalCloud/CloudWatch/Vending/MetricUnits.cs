namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>CloudWatch's words for the units (UCUM) of instruments.</summary>
internal static class MetricUnits
{
    public static string Of(string? unit) => unit switch
    {
        "s" => "Seconds",
        "ms" => "Milliseconds",
        "us" => "Microseconds",
        "By" => "Bytes",
        "KiBy" or "kBy" => "Kilobytes",
        "MiBy" or "MBy" => "Megabytes",
        "%" => "Percent",
        { Length: > 0 } when unit[0] == '{' => "Count",
        _ => "None",
    };
}
