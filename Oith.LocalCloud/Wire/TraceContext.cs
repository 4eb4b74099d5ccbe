using System.Diagnostics;

namespace Oith.LocalCloud.Wire;

/// <summary>
/// The trace context of a call in the two forms that AWS clients send: W3C's
/// <c>00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01</c> and X-Ray's
/// <c>Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1</c>.
/// </summary>
internal static class TraceContext
{
    /// <summary>The request's header in either form, null when it has none.</summary>
    public static string? HeaderOf(HttpRequest request) =>
        request.Headers.TryGetValue("traceparent", out var w3c) ? w3c.ToString()
        : request.Headers.TryGetValue("X-Amzn-Trace-Id", out var xray) ? xray.ToString()
        : null;

    /// <summary>Reads either form; the default context when <paramref name="text"/> is neither.</summary>
    public static ActivityContext Parse(string? text)
    {
        if (text is null)
        {
            return default;
        }

        return ActivityContext.TryParse(text.StartsWith("Root=", StringComparison.Ordinal) ? ToW3C(text) : text, null, isRemote: true, out var context)
            ? context
            : default;
    }

    public static string ToW3C(ActivityContext context) =>
        $"00-{context.TraceId.ToHexString()}-{context.SpanId.ToHexString()}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";

    public static string ToXRay(ActivityContext context)
    {
        var trace = context.TraceId.ToHexString();
        var sampled = context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? 1 : 0;
        return $"Root=1-{trace[..8]}-{trace[8..]};Parent={context.SpanId.ToHexString()};Sampled={sampled}";
    }

    private static string? ToW3C(string xray)
    {
        string? root = null, parent = null;
        var sampled = false;
        foreach (var part in xray.Split(';'))
        {
            var (name, value) = part.IndexOf('=') is > 0 and var at ? (part[..at].Trim(), part[(at + 1)..]) : ("", "");
            switch (name)
            {
                case "Root" when value.Split('-') is ["1", { Length: 8 } time, { Length: 24 } unique]:
                    root = time + unique;
                    break;
                case "Parent":
                    parent = value;
                    break;
                case "Sampled":
                    sampled = value == "1";
                    break;
            }
        }

        return root is null || parent is null ? null : $"00-{root}-{parent}-{(sampled ? "01" : "00")}";
    }
}
